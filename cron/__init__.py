"""What runs without a person: the worker process, the cron wrapper, units for systemd and FreeBSD."""
