"""What machines ask a web process: is it well (`/healthz`), how busy is it (`/metrics`)."""

import os
from collections.abc import Callable, Mapping
from time import perf_counter

import structlog
from flask import Blueprint, Flask, Response, g, jsonify, request, request_started
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from weblib.rights import public

Checks = Mapping[str, Callable[[], None]]

LABELS = ("endpoint", "method", "status")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
REQUESTS = Counter("http_requests_total", "Answered requests.", LABELS)
SECONDS = Histogram("http_request_seconds", "Time until the answer began.", LABELS)

log = structlog.get_logger(__name__)


def ops(checks: Checks) -> Blueprint:
    """Pages for monitoring. A check returns when all is well and raises when not; it should be quick."""
    pages = Blueprint("ops", __name__)
    pages.record_once(_time_requests)
    pages.after_app_request(_count)
    pages.add_url_rule("/metrics", view_func=metrics)

    @pages.get("/healthz")
    @public
    def healthz() -> ResponseReturnValue:
        for name, check in checks.items():
            if not _passes(name, check):
                return jsonify(status="failing", check=name), 503
        return jsonify(status="ok")

    return pages


@public
def metrics() -> Response:
    """The numbers in Prometheus' text form, of all worker processes when PROMETHEUS_MULTIPROC_DIR is set."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # whatever is wrong, the answer is "not well"; the reason is for the log, not for the caller
        log.exception("health check failed", check=name)
        return False
    return True


def _time_requests(setup: BlueprintSetupState) -> None:
    request_started.connect(_start, setup.app)


def _start(_: Flask) -> None:
    g.ops_started = perf_counter()


def _count(response: Response) -> Response:
    # Callers choose paths and may invent methods; labels must stay few.
    method = request.method if request.method in METHODS else "other"
    labels = (request.endpoint or "none", method, str(response.status_code))
    REQUESTS.labels(*labels).inc()
    SECONDS.labels(*labels).observe(perf_counter() - g.ops_started)
    return response
