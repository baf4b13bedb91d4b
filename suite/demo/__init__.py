"""Demo data: an invented provider whose subscribers have been paying for television for some months."""
