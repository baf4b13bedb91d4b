"""Checks of the house that no library has, run by `make check`."""
