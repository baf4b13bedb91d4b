"""How gunicorn serves `wsgi:billing` and `wsgi:cabinet`; the command line adds the address."""

import os
from typing import Any

from weblib.lazy import Lazy

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 10
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Have the app built before the first request: a subscriber who waits for that is told that nobody answers."""
    if isinstance(worker.wsgi, Lazy):
        worker.wsgi.warm_up()


def child_exit(_server: Any, worker: Any) -> None:
    """Keep the numbers of a worker that ended out of `/metrics` where they would mean the present."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess  # noqa: PLC0415 (wants that variable to be set)

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
