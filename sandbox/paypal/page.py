"""The pages for people: the one to pay at, and the list of payments with what can happen to them."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from .asked import Asked, BadAsk
from .bank import Bank, How, Payment, Refused

bp = Blueprint("page", __name__)

HOWS = {
    How.PAY: "Pay",
    How.TWICE: "Pay and be told twice",
    How.PENDING: "Pay: Pending, then Completed",
    How.WRONG_SUM: "Pay a wrong sum",
    How.WRONG_RECEIVER: "Pay somebody else",
    How.WRONG_CURRENCY: "Pay in another currency",
    How.UNTOLD: "Pay, and the shop is never told",
}


@bp.after_request
def protect(response: Response) -> Response:
    """Only own files; nobody frames the page."""
    csp = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    response.headers["Content-Security-Policy"] = csp
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.errorhandler(Refused)
@bp.errorhandler(BadAsk)
def refuse(error: Exception) -> ResponseReturnValue:
    """Say what is wrong; nothing has changed."""
    return render_template("refused.html", problem=str(error)), 422


def _bank() -> Bank:
    bank: Bank = current_app.extensions["paypal"]
    return bank


def show(fields: Mapping[str, str]) -> ResponseReturnValue:
    """The page to pay at, for a shop's link."""
    try:
        return protect(Response(render_template("pay.html", asked=Asked.of(fields), hows=HOWS)))
    except BadAsk as error:
        return refuse(error)


@bp.get("/")
def index() -> str:
    """Every payment, the newest first, with what was told of it."""
    return render_template("index.html", payments=_bank().payments())


@bp.post("/pay")
def pay() -> ResponseReturnValue:
    """The buyer presses a button."""
    asked = Asked.of(request.form)
    try:
        how = How(request.form.get("how", ""))
    except ValueError as error:
        raise BadAsk("This is none of the buttons.") from error
    payment = _bank().pay(asked, how)
    return redirect(url_for(".done", txn_id=payment.txn_id), 303)


@bp.get("/done/<txn_id>")
def done(txn_id: str) -> str:
    """The receipt, with the way back to the shop."""
    return render_template("done.html", payment=_bank().payment(txn_id))


ACTIONS: dict[str, Callable[[Bank, str], Payment]] = {
    "refund": lambda bank, txn_id: bank.refund(txn_id, request.form.get("amount", "").strip()),
    "reverse": Bank.reverse,
    "cancel-reversal": Bank.cancel_reversal,
    "resend": Bank.resend,
    "reorder": Bank.reorder,
}


@bp.post("/payments/<txn_id>/<action>")
def act(txn_id: str, action: str) -> ResponseReturnValue:
    """Something happens to a payment."""
    if action not in ACTIONS:
        raise Refused("This cannot happen to a payment.")
    ACTIONS[action](_bank(), txn_id)
    return redirect(url_for(".index"), 303)
