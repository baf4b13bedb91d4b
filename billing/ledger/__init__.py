"""The ledger: the only writer of money. Outside this package nobody touches a ledger row."""
