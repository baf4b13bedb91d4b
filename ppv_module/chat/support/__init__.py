"""Questions to the staff, with everything that was answered."""
