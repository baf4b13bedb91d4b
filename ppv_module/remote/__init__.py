"""What the module offers to machines: routes of the JSON door, the signed API, the chat's hooks, PayPal's mail slot."""
