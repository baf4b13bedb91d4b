"""The first page: money, what comes next, and television in one sentence with the one thing to do."""

from enum import StrEnum

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.offers import Standing
from userstats.remote import Json

bp = Blueprint("home", __name__)

MOST_ASKED = 1000


class Step(StrEnum):
    """The one thing to do next."""

    NONE = ""
    CHOOSE = "choose"
    CODE = "code"
    TOP_UP = "top_up"
    RESUME = "resume"


def next_step(me: Json) -> Step:
    """What the subscriber does next, most urgent first; nothing while an order is under way or he cannot order."""
    charge, state = me["next_charge"], me["tv"]["state"]
    if me["obstacle"] or state == "being_switched_on":
        return Step.NONE
    if state == "no_tv":
        return Step.TOP_UP if me["wallet"]["balance"]["minor"] < 0 else Step.CHOOSE
    if state == "suspended":
        return Step.TOP_UP if me["lack_for_resuming"]["minor"] else Step.RESUME
    return Step.TOP_UP if charge and charge["lack"]["minor"] else Step.CODE


@bp.get("/")
@signed.subscribers_only
def show() -> ResponseReturnValue:
    """Wallet, next charge, television, news. One call to the billing: the news are kept."""
    me = signed.me()
    return render_template(
        "home.html",
        me=me,
        standing=Standing.of(me),
        step=next_step(me),
        news=signed.news(),
    )


@bp.get("/status")
@signed.subscribers_only
def status() -> ResponseReturnValue:
    """The sentence about television, for a page that waits. When all is settled the whole page is loaded anew."""
    me, asked = signed.me(), request.args.get("asked", 0, type=int)
    answer = make_response(render_template("tv_state.html", me=me, asked=min(max(asked, 0), MOST_ASKED)))
    if me["tv"]["settled"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.after_request
def whole_page(answer: Response) -> Response:
    """A part of a page cannot be sent elsewhere, to the sign-in for example: have the browser load the page anew."""
    if "HX-Request" in request.headers and answer.status_code in (301, 302, 303):
        again = Response(status=200, headers={"HX-Refresh": "true"})
        again.headers.extend((name, value) for name, value in answer.headers if name == "Set-Cookie")
        return again
    return answer
