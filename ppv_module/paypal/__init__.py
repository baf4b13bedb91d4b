"""PayPal: the way there, and what it tells us afterwards. It is one `PaymentProvider`; another can stand beside it."""
