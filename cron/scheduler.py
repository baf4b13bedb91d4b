"""The worker process: `python -m cron.scheduler`. Any number of workers may share one database."""

import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event as Flag
from threading import Thread

import click
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from werkzeug.serving import make_server

from billing.errors import Misconfigured
from cron.asked import do_asked
from cron.jobs import Job, deliver, jobs, watched
from suite.runtime import Runtime, build_runtime
from weblib.logs import configure_logs
from weblib.ops import ops

GRACE_S = 3.0
"""How long the end may take. A partner call that hangs longer is left: its lease runs out and the state is read."""

ASKED_AT_ONCE = 2
"""So many jobs of the staff are done at the same time, so that a short one does not wait for a long one."""

log = structlog.get_logger(__name__)


@click.command()
@click.option("--port", envvar="WORKER_PORT", type=click.IntRange(1, 65535), help="Serves /healthz and /metrics here.")
def main(port: int | None) -> None:
    """Deliver to the partner, do what staff ask for, finish broken monthly runs, clean up, until SIGTERM or Ctrl-C."""
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        runtime = ready(build_runtime())
        if port:
            serve_health(runtime, port)
    except Misconfigured as error:
        raise click.ClickException(str(error.facts["what"])) from error
    configure_logs(process="worker", directory=runtime.settings.suite.log_dir)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    if not work(runtime, stop):
        os._exit(0)  # the interpreter would wait for the threads that are late


def ready(runtime: Runtime) -> Runtime:
    """Make sure that nothing but database and partner themselves can be in the way.

    :raises Misconfigured: an option is wrong or missing
    """
    _ = runtime.delivering if runtime.settings.olltv.enabled else runtime.billing
    return runtime


def work(runtime: Runtime, stop: Flag) -> bool:
    """Run all jobs until `stop` is set; whether all of them ended in time. A defect in the delivery ends the worker."""
    scheduler = schedule(runtime, stop)
    scheduler.start()
    pool = ThreadPoolExecutor(ASKED_AT_ONCE + 2, "worker")
    running = [pool.submit(do_asked, runtime, stop) for _ in range(ASKED_AT_ONCE)]
    running += [pool.submit(deliver, runtime, stop)] if runtime.settings.olltv.enabled else []
    for each in running:
        each.add_done_callback(lambda _: stop.set())
    log.info("worker started", jobs=[job.id for job in scheduler.get_jobs()])
    stop.wait()
    running.append(pool.submit(scheduler.shutdown))
    ended, late = wait(running, timeout=GRACE_S)
    log.info("worker stopped", late=len(late))
    for each in ended:
        each.result()
    return not late


def schedule(runtime: Runtime, stop: Flag) -> BackgroundScheduler:
    """A scheduler with all jobs, not started yet. A job never runs beside itself, and a missed one runs once."""
    scheduler = BackgroundScheduler(timezone=runtime.settings.suite.zone)
    scheduler.configure(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
    for job in jobs(runtime):
        scheduler.add_job(
            perform,
            "interval",
            args=(job, runtime, stop),
            id=job.name,
            seconds=job.every.total_seconds(),
            next_run_time=runtime.clock(),
        )
    return scheduler


def perform(job: Job, runtime: Runtime, stop: Flag) -> None:
    """Run one job under watch."""
    with watched(job.name):
        job.run(runtime, stop)


def serve_health(runtime: Runtime, port: int) -> None:
    """Answer /healthz and /metrics to callers on this host, in a thread."""
    app = Flask("worker")
    app.register_blueprint(ops({"database": runtime.check_database}))
    server = make_server("127.0.0.1", port, app, threaded=True)
    Thread(target=server.serve_forever, name="health", daemon=True).start()


if __name__ == "__main__":
    main()
