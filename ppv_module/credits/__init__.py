"""Credits: packs, how they are bought, refunded, corrected and frozen. The credits themselves are in the ledger."""
