"""What performers earn by shows and tips, and how they are paid."""
