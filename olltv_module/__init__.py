"""OllTV: tariffs, subscriptions and fees of the TV partner's bundles."""
