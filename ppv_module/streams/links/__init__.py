"""Signed media links: made, placed into an address, checked."""
