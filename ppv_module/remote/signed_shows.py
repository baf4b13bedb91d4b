"""Calls of the signed API about private shows. The door has made sure that a show is of the caller's tenant."""

from dataclasses import asdict
from typing import Any

from flask import Response, g

from billing.errors import BillingError
from billing.uow import UnitOfWork
from ppv_module.chat.shows import reading
from ppv_module.chat.shows.answering import accept_show, cancel_show, refuse_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, Show, Source
from ppv_module.chat.shows.running import ready, tick
from ppv_module.remote import signed_answers as answers
from ppv_module.remote.door import actor, door
from ppv_module.remote.signed import answered, body, bp, caller, served

TOLD_REASONS = (
    EndReason.VIEWER_END,
    EndReason.PERFORMER_END,
    EndReason.VIEWER_LOST,
    EndReason.PERFORMER_LOST,
    EndReason.TICK_TIMEOUT,
    EndReason.ADMIN_END,
)
"""Why a caller may end a show; the other reasons are for our own meter to find."""


@bp.post("/shows")
def ask() -> Response:
    """A viewer asks for a private show."""
    sent = body()
    viewer, performer = sent.whole("user_id"), sent.whole("performer_id")
    sent.end()

    def work(uow: UnitOfWork) -> dict[str, Any]:
        ids = {
            "viewer_id": answers.person(uow.session, viewer).id,
            "performer_id": answers.performer(uow.session, performer).id,
        }
        return _told(uow, request_show(uow, **ids, source=Source.API, actor=actor(), now=g.now))

    return served(work, status=201)


@bp.get("/shows/<show_id>")
def show(show_id: str) -> Response:
    with door().billing.reading() as session:
        return answered(answers.show(session, reading.show(session, show_id, caller().tenant_id)))


@bp.post("/shows/<show_id>/accept")
def accept(show_id: str) -> Response:
    """Into a room that nobody has been in before."""
    body().end()

    def work(uow: UnitOfWork) -> dict[str, Any] | BillingError:
        room = door().provider.private_room(answers.tenant(uow.session))
        try:
            return _told(uow, accept_show(uow, show_id=show_id, by=None, room_id=room, actor=actor(), now=g.now))
        except BillingError as refusal:  # which has closed the request: that must not be rolled back
            if reading.show(uow.session, show_id, caller().tenant_id).is_finished:
                return refusal
            raise

    return served(work)


@bp.post("/shows/<show_id>/refuse")
def refuse(show_id: str) -> Response:
    body().end()
    return served(lambda uow: _told(uow, refuse_show(uow, show_id=show_id, by=None, actor=actor(), now=g.now)))


@bp.post("/shows/<show_id>/cancel")
def cancel(show_id: str) -> Response:
    body().end()
    return served(lambda uow: _told(uow, cancel_show(uow, show_id=show_id, by=None, actor=actor(), now=g.now)))


@bp.post("/shows/<show_id>/ready")
def begin(show_id: str) -> Response:
    """Both are in the room: time counts from here on."""
    body().end()
    return served(lambda uow: asdict(ready(uow, show_id=show_id, now=g.now)))


@bp.post("/shows/<show_id>/tick")
def mark(show_id: str) -> Response:
    """Time has passed, by our clock; what the caller measured is only noted."""
    sent = body()
    seq, elapsed_s = sent.whole_or_none("seq"), sent.number_or_none("elapsed_s")
    seen = {name: sent.flag(name, usually=True) for name in ("viewer_present", "performer_present")}
    sent.end()
    noted = "" if elapsed_s is None else f"elapsed_s {elapsed_s}"

    def work(uow: UnitOfWork) -> dict[str, Any]:
        return asdict(tick(uow, show_id=show_id, now=g.now, seq=seq, payload=noted, **seen))

    return served(work)


@bp.post("/shows/<show_id>/end")
def end(show_id: str) -> Response:
    """Close a show; once it is closed the answer stays the same."""
    sent = body()
    reason, by = EndReason(sent.word("reason", TOLD_REASONS)), sent.text("by")
    sent.end()
    by = by or actor().name
    return served(
        lambda uow: _told(uow, end_show(uow, show_id=show_id, reason=reason, by=by, actor=actor(), now=g.now))
    )


def _told(uow: UnitOfWork, of: Show) -> dict[str, Any]:
    return answers.show(uow.session, of)
