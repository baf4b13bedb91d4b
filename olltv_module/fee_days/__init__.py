"""What pages show of fee days: the calendar of a year, one run with what was found out about it, its lines."""
