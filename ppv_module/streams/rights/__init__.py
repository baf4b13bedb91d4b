"""What may be watched by whom, and what that costs."""
