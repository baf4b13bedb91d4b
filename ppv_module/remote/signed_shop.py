"""Calls of the signed API about credits that are sold and tipped."""

from hashlib import sha256
from typing import Any

from flask import Response, g

from billing.uow import UnitOfWork
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.credits.buying import order_with
from ppv_module.credits.packs import packs_of
from ppv_module.remote import signed_answers as answers
from ppv_module.remote.door import actor, door
from ppv_module.remote.signed import answered, body, bp, cabinet, caller, idempotency_key, served
from ppv_module.remote.signed_paypal import redirect


def fact_key() -> str:
    """What a tip or an order of this request is known by for ever, also when its answer is kept no more."""
    return f"api:{caller().tenant_id}:{sha256(idempotency_key().encode()).hexdigest()}"


@bp.get("/items")
def items() -> Response:
    """The packs of credits on sale."""
    with door().billing.reading() as session:
        return answered({"items": [answers.pack(each) for each in packs_of(session, caller().tenant_id, active=True)]})


@bp.post("/orders")
def order() -> Response:
    """Order a pack, to be paid at PayPal. Nothing is granted before PayPal has told us of the payment."""
    sent = body()
    number, pack_id = sent.whole("user_id"), sent.whole("item_id")
    sent.end()

    def work(uow: UnitOfWork) -> dict[str, Any]:
        buyer = answers.person(uow.session, number)
        made = order_with(
            uow,
            provider="paypal",
            login=buyer.login,
            tenant_id=caller().tenant_id,
            pack_id=pack_id,
            key=fact_key(),
            actor=actor(),
            now=g.now,
        )
        place = redirect(made, answers.tenant(uow.session), options=door().options, cabinet=cabinet())
        return {"order": answers.order(made, number), "redirect": place}

    return served(work, status=201)


@bp.post("/tips")
def tip() -> Response:
    """A viewer's tip: taken from his credits at once."""
    sent = body()
    payer, performer, credits = (sent.whole(name) for name in ("user_id", "performer_id", "credits"))
    show_id = sent.text("show_id")
    sent.end()

    def work(uow: UnitOfWork) -> dict[str, Any]:
        done = send_tip(
            uow,
            viewer_id=answers.person(uow.session, payer).id,
            performer_id=answers.performer(uow.session, performer).id,
            credits=credits,
            key=fact_key(),
            show_id=show_id or None,
            actor=actor(),
            now=g.now,
        )
        return {"tip_id": done.id, "balance": done.balance}

    return served(work)
