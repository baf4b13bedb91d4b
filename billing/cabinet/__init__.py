"""A subscriber's access to his cabinet: sessions, second factor, password, sign-in by the address of his line."""
