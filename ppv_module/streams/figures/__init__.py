"""What staff look at: who watches now, unique visitors, days, messages."""
