"""A working stand-in for PayPal's old button and its notices: one process, all in memory, pages to look at.

asked        what a shop's link asks for
bank         payments and what is told of them; `notices` writes the messages, `postman` takes them to the shop
app, page, control, server     one running stand-in and its doors
"""

from .app import create_app
from .config import Config

__all__ = ["Config", "create_app"]
