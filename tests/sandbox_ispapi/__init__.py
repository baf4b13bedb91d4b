"""Tests of the sandbox partner."""
