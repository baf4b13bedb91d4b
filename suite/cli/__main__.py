"""`python -m suite.cli` is `olltv`."""

from suite.cli import main

main(prog_name="olltv")
