"""Control endpoints for tests and demonstrations. They ask for no password, so they are off unless wanted."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from .asked import Asked, BadAsk
from .bank import Bank, How, Payment, Refused

bp = Blueprint("control", __name__, url_prefix="/control")
MISCHIEF = ("", "invalid", "broken", "html")


def _bank() -> Bank:
    bank: Bank = current_app.extensions["paypal"]
    return bank


@bp.errorhandler(Refused)
@bp.errorhandler(BadAsk)
@bp.errorhandler(ValueError)
def refuse(error: Exception) -> ResponseReturnValue:
    """Say what is wrong with the request; nothing has changed."""
    return jsonify(error=str(error)), 422


@bp.get("/payments")
def payments() -> Response:
    return jsonify(payments=[_shown(each) for each in _bank().payments()])


@bp.post("/pay")
def pay() -> Response:
    """Somebody pays: `{"fields": what the link asks for, "how": one of the buttons}`."""
    body = _body()
    return jsonify(_shown(_bank().pay(Asked.of(body.get("fields", {})), How(body.get("how", How.PAY)))))


@bp.post("/payments/<txn_id>/<action>")
def act(txn_id: str, action: str) -> Response:
    """`refund` (with `{"amount": "1.00"}` a part), `reverse`, `cancel-reversal`, `resend`, `reorder`."""
    bank = _bank()
    if action == "refund":
        return jsonify(_shown(bank.refund(txn_id, str(_body().get("amount", "")))))
    actions = {
        "reverse": bank.reverse,
        "cancel-reversal": bank.cancel_reversal,
        "resend": bank.resend,
        "reorder": bank.reorder,
    }
    if action not in actions:
        raise Refused("This cannot happen to a payment.")
    return jsonify(_shown(actions[action](txn_id)))


@bp.post("/verifier")
def verifier() -> Response:
    """`{"mischief": ""}` or `invalid`, `broken`, `html`: how the verifier answers from now on."""
    mischief = str(_body().get("mischief", ""))
    if mischief not in MISCHIEF:
        raise Refused(f"The verifier knows no {mischief}.")
    _bank().verifier = mischief
    return jsonify(ok=True)


@bp.post("/wait")
def wait() -> Response:
    """Answers when every message that is on its way has arrived, or was given up."""
    _bank().postman.wait()
    return jsonify(ok=True)


@bp.post("/reset")
def reset() -> Response:
    _bank().reset()
    return jsonify(ok=True)


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


def _shown(payment: Payment) -> dict[str, Any]:
    told = [
        {"title": each.title, "raw": each.raw.decode("ascii"), "sent": each.sent, "answer": each.answer}
        for each in payment.messages
    ]
    return {"txn_id": payment.txn_id, "how": payment.how, "invoice": payment.asked.invoice, "messages": told}
