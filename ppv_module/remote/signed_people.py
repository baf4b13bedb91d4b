"""Calls of the signed API about people: who performs and is there, what a viewer's credits are."""

from typing import Any

from flask import Response, g, request

from billing.uow import UnitOfWork
from ppv_module.chat import presence
from ppv_module.chat.models import Status
from ppv_module.chat.wall import card, wall
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.models import CreditState
from ppv_module.remote import signed_answers as answers
from ppv_module.remote.door import door
from ppv_module.remote.signed import answered, body, bp, served
from ppv_module.remote.signed_errors import BadField

STATUSES = tuple(each.value for each in Status)


@bp.get("/performers")
def performers() -> Response:
    """The active performers: online, busy, offline. `?status=` picks those of one status."""
    wanted = request.args.get("status")
    if wanted is not None and wanted not in STATUSES:
        raise BadField(field="status", value=wanted)
    with door().billing.reading() as session:
        cards = wall(session, answers.tenant(session), g.now)
    return answered({"performers": [answers.card(each) for each in cards if wanted in (None, each.status)]})


@bp.get("/performers/<int:number>")
def performer(number: int) -> Response:
    with door().billing.reading() as session:
        return answered(answers.card(card(session, answers.tenant(session), number, g.now)))


@bp.post("/performers/<int:number>/status")
def tell_status(number: int) -> Response:
    """What the chat knows of her. The latest `at` wins, whatever comes later."""
    sent = body()
    status, at = Status(sent.word("status", STATUSES)), sent.instant("at")
    sent.end()

    def work(uow: UnitOfWork) -> dict[str, Any]:
        chat = answers.tenant(uow.session)
        found = card(uow.session, chat, number, g.now)
        presence.told(uow, person_id=found.person_id, status=status, at=at, now=g.now)
        uow.session.expire_all()
        return answers.card(card(uow.session, answers.tenant(uow.session), number, g.now))

    return served(work)


@bp.get("/users/<int:number>/credits")
def credits_of(number: int) -> Response:
    with door().billing.reading() as session:
        login = answers.person(session, number).login
        state = session.get(CreditState, login)
        return answered({"credits": balance_of(session, login), "frozen": bool(state and state.frozen_by)})
