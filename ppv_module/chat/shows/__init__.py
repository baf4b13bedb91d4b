"""Private shows: asked for, answered, metered by our clock, ended exactly once."""
