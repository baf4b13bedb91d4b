"""Monthly runs: starting one, following it, reading what it did."""

import csv
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from billing.periods import Month
from olltv_module import queries
from olltv_module.remote import schemas, shown
from olltv_module.remote.door import Door, actor, door, require_module
from olltv_module.services.fees.models import FeeRun, Kind, Outcome
from olltv_module.views import FeeLineView

starting = APIBlueprint("start_fee_runs", __name__, url_prefix="/fee-runs", tag="fee runs")
reading = APIBlueprint("fee_runs", __name__, url_prefix="/fee-runs", tag="fee runs")
for each in (starting, reading):
    each.before_request(require_module)

LOOK_EVERY_S = 0.5
CSV = "text/csv"
CSV_COLUMNS = ("login", "outcome", "fees", "due", "charged", "lack", "unit")
PLAIN_LINES: Any = {"description": "Lines of text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
CSV_LINES: Any = {"content": {CSV: {"schema": {"type": "string"}}}}


@starting.post("")
@starting.input(schemas.NewRun, arg_name="wanted")
@starting.output(schemas.Run, status_code=202)
def start(wanted: dict[str, Any]) -> ResponseReturnValue:
    """Charge a month (the present one unless told), or preview that. It goes on when the caller hangs up."""
    period = Month.parse(wanted["period"]) if "period" in wanted else None
    job = door().charging.start(actor=actor(), period=period, preview=wanted["preview"])
    answer = _shown(next(job.progress()))
    return answer, 202, {"Location": answer["location"]}


@reading.get("")
@reading.input(schemas.Runs, location="query", arg_name="which")
@reading.output(schemas.RunList)
def listed(which: dict[str, Any]) -> dict[str, Any]:
    """Runs and previews, the newest first."""
    with door().billing.reading() as session:
        return {"runs": [_shown(run) for run in queries.fee_runs(session, **which)]}


@reading.get("/<int:run_id>")
@reading.output(schemas.Run)
def show(run_id: int) -> dict[str, Any]:
    """One run, also while it is under way."""
    with door().billing.reading() as session:
        return _shown(queries.fee_run(session, run_id))


@reading.get("/<int:run_id>/progress")
@reading.doc(responses={200: PLAIN_LINES})
def progress(run_id: int) -> Response:
    """Follow a run: a line of text whenever it got further, until it is done or nobody is at it any more."""
    with door().billing.reading() as session:
        queries.fee_run(session, run_id)
    return Response(stream_with_context(_followed(door(), run_id)), content_type="text/plain; charset=utf-8")


@reading.get("/<int:run_id>/lines")
@reading.input(schemas.Page, location="query", arg_name="page")
@reading.output(schemas.Lines)
@reading.doc(responses={200: CSV_LINES})
def lines(run_id: int, page: dict[str, Any]) -> ResponseReturnValue:
    """What the run did with each subscriber, page by page; all of it at once for `Accept: text/csv`."""
    billing = door().billing
    with billing.reading() as session:
        queries.fee_run(session, run_id)
    if request.accept_mimetypes.best_match(("application/json", CSV)) == CSV:
        table = stream_with_context(_table(door(), run_id, page.get("outcome")))
        headers = {"Content-Disposition": f"attachment; filename=fee-run-{run_id}.csv"}
        return Response(table, headers=headers, content_type=f"{CSV}; charset=utf-8")
    found = queries.fee_lines(billing, run_id=run_id, **page)
    return {"lines": found, "next": found[-1].subscriber_id if len(found) == page["limit"] else None}


def _shown(run: FeeRun) -> dict[str, Any]:
    return shown.fee_run(run, unit=door().billing.unit, location=url_for("fee_runs.show", run_id=run.id))


def _followed(door: Door, run_id: int) -> Iterator[str]:
    before = -1
    while True:
        with door.billing.reading() as session:
            run = queries.fee_run(session, run_id)
            at_it = queries.charging(session, now=door.clock(), kind=Kind(run.kind))
        if run.cursor != before or run.is_done:
            yield f"{run.percent}% charged {run.charged + run.kept_main}, suspended {run.suspended}\n"
        if run.is_done:
            return
        if at_it is None or at_it.id != run_id:
            yield "broken off; the worker, or the next start, finishes it\n"
            return
        before = run.cursor
        time.sleep(LOOK_EVERY_S)


def _table(door: Door, run_id: int, outcome: Outcome | None) -> Iterator[str]:
    yield _csv(CSV_COLUMNS)
    after: int | None = 0
    while after is not None:
        page = queries.fee_lines(door.billing, run_id=run_id, after=after, limit=schemas.LINES_A_PAGE, outcome=outcome)
        yield "".join(_csv(_columns(each)) for each in page)
        after = page[-1].subscriber_id if page else None


def _columns(line: FeeLineView) -> tuple[object, ...]:
    amounts = (each.plain() for each in (line.due, line.charged, line.lack))
    return line.login, line.outcome, line.fees, *amounts, line.due.unit


def _csv(row: tuple[object, ...]) -> str:
    text = StringIO()
    csv.writer(text).writerow(row)
    return text.getvalue()
