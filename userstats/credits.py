"""Credits: what one has, buying more in two steps, and what they were spent on."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.chat import tell
from userstats.chat_pages import given_key, page_number
from userstats.remote import Json, Refused, Unreachable
from userstats.uncertain import uncertain
from weblib.pages import gettext as _

MEANS = ("wallet", "paypal")

bp = Blueprint("credits", __name__, url_prefix="/credits")


@bp.get("")
@signed.subscribers_only
def show() -> ResponseReturnValue:
    """The balance and the packs on sale, by the chat that sells them."""
    mine = _mine()
    chats = {each["id"]: each for each in signed.chats()}
    shelves: dict[int, list[Json]] = {}
    for pack in mine["packs"]:
        shelves.setdefault(pack["tenant"], []).append(pack)
    return render_template("credits.html", mine=mine, chats=chats, shelves=shelves)


@bp.get("/buy")
@signed.subscribers_only
def ask() -> ResponseReturnValue:
    """Say what the order will do and what it costs, before it does."""
    pack, means = request.args.get("pack", ""), request.args.get("means", "")
    mine = _mine()
    wanted = next((each for each in mine["packs"] if str(each["id"]) == pack and means in each["means"]), None)
    if wanted is None:
        abort(404)
    left = mine["wallet"]["minor"] - wanted["price"]["minor"]
    return render_template("credits_ask.html", mine=mine, pack=wanted, means=means, left=left)


@bp.post("/buy")
@signed.subscribers_only
def buy() -> ResponseReturnValue:
    """Place the order. Pressing twice, or sending the form again, is the same order."""
    pack, means, key = request.form.get("pack", ""), request.form.get("means", ""), given_key()
    if page_number(pack) is None or means not in MEANS:
        abort(400)
    body = {"pack": int(pack), "means": means, "back": url_for(".show", _external=True)}
    try:
        placed = signed.billing().post("me/credits/orders", body, key=key, subject=signed.subject())
    except Unreachable:
        return _uncertain({"key": key, "pack": pack, "means": means}, is_busy=False)
    except Refused as refusal:
        if refusal.code == "busy":  # this very order is being carried out: nobody may think it was not
            return _uncertain({"key": key, "pack": pack, "means": means}, is_busy=True)
        tell(refusal)
        return redirect(url_for(".show"), 303)
    return redirect(url_for(".order", number=placed["order"]), 303)


@bp.get("/orders/<int:number>")
@signed.subscribers_only
def order(number: int) -> ResponseReturnValue:
    """What has become of an order; one that waits for PayPal shows the way there."""
    here = url_for(".order", number=number, _external=True)
    found = signed.billing().get(f"me/credits/orders/{number}", signed.subject(), back=here)
    return render_template("credits_order.html", order=found)


@bp.get("/history")
@signed.subscribers_only
def history() -> ResponseReturnValue:
    """What came and went, the newest first, each with the balance after it."""
    older_than = page_number(request.args.get("older_than", ""))
    page = signed.billing().get("me/credits/history", signed.subject(), older_than=older_than)
    return render_template("credits_history.html", page=page, lines=by_show(page["lines"]), is_first=not older_than)


def by_show(lines: list[Json]) -> list[Json]:
    """The ticks of a show that follow each other as one line, which stands where the last of them stands."""
    found: list[Json] = []
    for line in lines:
        if found and line["show"] and found[-1]["show"] == line["show"]:
            found[-1] = found[-1] | {"credits": found[-1]["credits"] + line["credits"]}
        else:
            found.append(line)
    return found


def _uncertain(sent: Json, *, is_busy: bool) -> ResponseReturnValue:
    return uncertain(url_for(".buy"), sent, back=(url_for(".show"), _("To the credits")), is_busy=is_busy)


def _mine() -> Json:
    return signed.billing().get("me/credits", signed.subject())
