"""Stand-ins for media servers: streams for whoever has a signed link, and a handler that is asked who may stay.

signing            who signed a link or a message, by the vendor's formulas
sessions           who watches what, for how long
messages           what servers tell, and what they are answered, in both forms
mediaserver, faults    one server: admits, tells, believes lists, and misbehaves on demand
place, ticking     all servers of this process, each with its own timer
watching, pages, control, app, server    the doors
simulation         an hour of viewers and faulty posts with a clock of its own, and what it must have cost
"""

from .app import create_app
from .config import Config

__all__ = ["Config", "create_app"]
