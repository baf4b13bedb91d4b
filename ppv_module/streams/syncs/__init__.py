"""A message of a media server from its body to its answer: one transaction, or nothing."""
