"""The first page of the panel: how television stands, and what needs a person."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flask import render_template

from olltv_module.admin.desk import desk
from olltv_module.models import Reason
from olltv_module.reports.dashboard import Need, Task, dashboard
from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_
from weblib.pages import shown
from weblib.rights import may

SUSPENDED = "/subscribers?" + "&".join(f"tv={reason}" for reason in Reason)


@dataclass(frozen=True)
class Remedy:
    """What is to be done about something: a sentence, and where it is done, if this person may go there."""

    text: str
    kind: str
    url: str = ""
    button: str = ""


def first_page() -> str:
    """The page for whoever is signed in: everybody sees what his rights are for."""
    board = dashboard(desk().billing, now=desk().clock())
    return render_template(
        "olltv/dashboard.html",
        board=board,
        remedies=list(_remedies(board.tasks)),
        reasons=list(Reason),
        suspended=SUSPENDED,
    )


def _remedies(tasks: Iterable[Task]) -> Iterator[Remedy]:
    for task in tasks:
        if may("OLLTV") or task.need is Need.NO_WORKER:
            yield REMEDIES[task.need](task)


def _no_worker(task: Task) -> Remedy:
    since = shown(task.since) if task.since else _("never")
    text = _("The worker is not running, so the partner is told nothing. Last sign of life: %(since)s.", since=since)
    return Remedy(text, "bad", "/settings" if may("ADMIN") else "", _("Settings"))


def _partner_down(task: Task) -> Remedy:
    text = _("The partner does not answer properly: %(trouble)s", trouble=task.facts["trouble"])
    return Remedy(text, "bad", "/queue", _("Queue"))


def _broken_off(task: Task) -> Remedy:
    text = _("The monthly run of %(month)s was broken off. The worker goes on with it.", month=shown(task.month))
    return Remedy(text, "bad", f"/fees/{task.id}", _("Show the run"))


def _missed(task: Task) -> Remedy:
    text = _("The fees of %(month)s have not been charged yet.", month=shown(task.month))
    return Remedy(text, "warn", "/fees", _("Fee day"))


def _parked(task: Task) -> Remedy:
    text = ngettext_(
        "%(num)s subscriber is parked: the partner does not do what we want.",
        "%(num)s subscribers are parked: the partner does not do what we want.",
        task.number,
    )
    return Remedy(text, "warn", "/queue?part=parked", _("Look at them"))


def _differences(task: Task) -> Remedy:
    text = ngettext_(
        "The partner’s data and ours differ in %(num)s place.",
        "The partner’s data and ours differ in %(num)s places.",
        task.number,
    )
    return Remedy(f"{text} {_('And in more.')}" if task.is_more else text, "warn", "/reconcile", _("Reconcile"))


def _failed_job(task: Task) -> Remedy:
    text = _("Job %(job)s failed (%(at)s).", job=task.id, at=shown(task.since))
    return Remedy(text, "warn", f"/jobs/{task.id}", _("Show why"))


REMEDIES: dict[Need, Callable[[Task], Remedy]] = {
    Need.NO_WORKER: _no_worker,
    Need.PARTNER_DOWN: _partner_down,
    Need.FEES_BROKEN_OFF: _broken_off,
    Need.FEES_MISSED: _missed,
    Need.PARKED: _parked,
    Need.DIFFERENCES: _differences,
    Need.FAILED_JOB: _failed_job,
}
