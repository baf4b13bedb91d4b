"""A working stand-in for OLL.TV's partner API (ispAPI 2.1.0): one process, one SQLite file, a page to look at.

codes, ask        the wire: status codes, answers, what a call carries
catalogue, store  the bundles on offer; the SQLite state
users, bundles, devices, purchases, box    what the partner does; `methods` lists it all
faults, mischief  failures on demand: when, and what they do to an answer
partner, app, page, control, server        one running partner and its doors
"""

from .app import create_app
from .config import Config

__all__ = ["Config", "create_app"]
