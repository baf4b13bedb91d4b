"""Measures the product's own paths against plain SQL and against the ideal. `python -m bench --help` says how."""
