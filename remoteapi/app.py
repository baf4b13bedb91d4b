"""The two apps of this door, for whoever serves them."""

from remoteapi.api import create_api
from remoteapi.legacy import create_legacy

__all__ = ["create_api", "create_legacy"]
