"""The first page: how the monthly runs went, and what the partner does not know yet."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from olltv_module import queries
from olltv_module.delivery import queue
from panel.staff import runtime, staff_only

RUNS_SHOWN = 12

bp = Blueprint("overview", __name__)


@bp.get("/")
@staff_only
def show() -> ResponseReturnValue:
    """The latest runs and the length of the queue."""
    billing, now = runtime().billing, runtime().clock()
    with billing.reading() as session:
        runs = queries.fee_runs(session, limit=RUNS_SHOWN)
        length = queue.length(session, now)
    return render_template("overview.html", runs=runs, length=length, unit=billing.unit, month=billing.month(now))
