"""The worker's part in what staff ask for and do not wait for: exports, previews, work on many subscribers."""

from threading import Event as Flag

import structlog

from billing import worker
from cron.jobs import PAUSE_AFTER_TROUBLE_S, PAUSE_S, watched
from suite.handlers import HANDLERS
from suite.runtime import Runtime

log = structlog.get_logger(__name__)


def do_asked(runtime: Runtime, stop: Flag) -> None:
    """Do the jobs that wait, one after the other, until `stop` is set. Nothing ends this but `stop`."""
    tools = tools_of(runtime)
    while not stop.is_set():
        pause_s = PAUSE_AFTER_TROUBLE_S
        try:
            with watched("asked"):
                while not stop.is_set() and worker.work_one(tools, HANDLERS, stop):
                    pass
                pause_s = PAUSE_S
        except Exception:
            log.exception("jobs that were asked for cannot be done")
        stop.wait(pause_s)


def tools_of(runtime: Runtime) -> worker.Tools:
    """What the handlers of this process work with."""
    return worker.Tools(runtime.billing, runtime.clock, lambda: runtime.delivering, runtime.settings.suite.exports_dir)
