"""A working stand-in for html5-chat.com: rooms in a browser, tokens that it verifies, REST calls, hooks that it posts.

tokens           who may come in: the tenant's tokens, read and verified
chat, rooms      who sits where, what is said, who is with whom; knows no Flask
hooks, ticking   what is posted to the operator's server, and when
rest, faults     the status calls, in every form that their paper leaves open, and their failures
pages, seats     pages and scripts for browsers; what a page asks for while it is open
control, app, server    one running chat and its doors
"""

from .app import create_app
from .config import Config

__all__ = ["Config", "create_app"]
