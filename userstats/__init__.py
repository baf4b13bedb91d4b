"""The subscribers' cabinet: an app of its own that knows the billing only by its RemoteAPI."""
