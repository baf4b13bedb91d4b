"""What staff read about shows, tips, earnings and purchases. Nothing here changes anything."""
