"""Who the subscribers are and where their wallet lives: our own tables, or (later) those of a host billing."""
