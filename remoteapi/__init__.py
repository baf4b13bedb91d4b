"""The door for machines: the old calls `?module=remoteapi` and the JSON API `/api/v1`."""
