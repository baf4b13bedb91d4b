"""Tests of the sandbox video chat."""
