"""The apps of this door, for whoever serves them."""

from remoteapi.api import create_api
from remoteapi.legacy import create_legacy
from remoteapi.ppv import create_ppv
from remoteapi.streams import create_streams

__all__ = ["create_api", "create_legacy", "create_ppv", "create_streams"]
