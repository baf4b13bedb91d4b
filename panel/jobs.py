"""What the worker does for people: how far it is, and how it ended."""

from pathlib import Path

from flask import Blueprint, g, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import worker
from billing.errors import N_, NotFound
from billing.jobs import Job, find
from billing.paging import Key, count_upto, page
from panel import staff
from suite import exporting
from suite.handlers import TITLES
from weblib import pages
from weblib.exports import FORMATS
from weblib.pages import gettext as _
from weblib.rights import may, requires
from weblib.tables import Column, Listing, wish

UNNAMED = N_("Job")

bp = Blueprint("jobs", __name__, url_prefix="/jobs")


def title_of(job: Job) -> str:
    """What the job does."""
    return _(TITLES.get(job.kind, UNNAMED))


def state_of(job: Job) -> str:
    """How it stands, in a word."""
    if job.is_open:
        return _("under way") if job.token else _("waiting")
    return _("failed") if job.failure else _("done")


def kind_of_state(job: Job) -> str:
    """The colour of that word."""
    if job.is_open:
        return "info" if job.token else "quiet"
    return "bad" if job.failure else "good"


COLUMNS: tuple[Column[Job], ...] = (
    Column("number", N_("No."), lambda job: job.id, link=lambda job: url_for("jobs.show", job_id=job.id)),
    Column("title", N_("What"), title_of, link=lambda job: url_for("jobs.show", job_id=job.id)),
    Column("state", N_("State"), state_of, badge=kind_of_state),
    Column("actor", N_("Who asked"), lambda job: job.actor),
    Column("asked", N_("Asked"), lambda job: job.asked_at),
    Column("finished", N_("Ended"), lambda job: job.finished_at),
)


@bp.get("")
@requires()
def show_all() -> ResponseReturnValue:
    """The jobs that the person asked for, newest first; an administrator sees everybody's."""
    asked = wish(COLUMNS)
    query = select(Job) if may("ADMIN") else select(Job).where(Job.actor == g.actor.name)
    with staff.runtime().billing.reading() as db:
        found = page(db, query, keys=[Key(Job.id, descending=True)], cursor=asked.cursor)
        counted = count_upto(db, query)
    listing = Listing(
        columns_known=COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=counted,
    )
    return render_template("jobs_list.html", listing=listing)


@bp.get("/<int:job_id>")
@requires()
def show(job_id: int) -> ResponseReturnValue:
    """How one job stands."""
    return render_template("jobs_show.html", **_facts(job_id))


@bp.get("/<int:job_id>/progress")
@requires()
def show_progress(job_id: int) -> ResponseReturnValue:
    """The part of that page that changes; the page asks for it until the job is over."""
    return render_template("jobs_progress.html", **_facts(job_id))


@bp.get("/<int:job_id>/file")
@requires()
def download(job_id: int) -> ResponseReturnValue:
    """The file of an export, for who asked for it and nobody else.

    :raises NotFound: there is no such file, or it is somebody else's
    """
    with staff.runtime().billing.reading() as db:
        job = find(db, job_id)
    path = _file(job)
    if job.actor != g.actor.name or path is None or job.outcome is None:
        raise NotFound(job=job_id)
    return send_file(path, mimetype=FORMATS["xlsx"], as_attachment=True, download_name=str(job.outcome["name"]))


def _facts(job_id: int) -> dict[str, object]:
    with staff.runtime().billing.reading() as db:
        job = _visible(db, job_id)
        waits_in_vain = job.is_open and not worker.is_there(db, now=staff.runtime().clock())
    return {
        "job": job,
        "title": title_of(job),
        "state": state_of(job),
        "kind": kind_of_state(job),
        "waits_in_vain": waits_in_vain,
        "refusal": job.refusal and pages.tell(job.refusal),
        "result_url": _result(job),
        "is_export": job.kind == exporting.KIND,
        "has_file": _file(job) is not None,
        "is_mine": job.actor == g.actor.name,
    }


def _visible(db: Session, job_id: int) -> Job:
    """:raises NotFound: there is no such job, or it is somebody else's"""
    job = find(db, job_id)
    if job.actor != g.actor.name and not may("ADMIN"):
        raise NotFound(job=job_id)
    return job


def _result(job: Job) -> str | None:
    url = (job.outcome or {}).get("url")
    return pages.own_path(str(url)) if url else None


def _file(job: Job) -> Path | None:
    """The file that an export has made, until it is deleted."""
    path = exporting.file_of(staff.runtime().settings.suite.exports_dir, job.id)
    return path.resolve() if job.kind == exporting.KIND and job.outcome and path.exists() else None
