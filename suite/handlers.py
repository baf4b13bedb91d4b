"""Every kind of job that staff can ask for: who does it, and how it is called."""

from billing.jobs import Handler
from olltv_module.jobs import HANDLERS as OLLTV_HANDLERS
from olltv_module.jobs import TITLES as OLLTV_TITLES
from suite import exporting

HANDLERS: dict[str, Handler] = {exporting.KIND: exporting.export, **OLLTV_HANDLERS}

TITLES: dict[str, str] = {exporting.KIND: exporting.TITLE, **OLLTV_TITLES}
"""What a job is called, as marked texts."""
