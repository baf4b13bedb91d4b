"""The subscriber's session: his token, kept in a signed cookie and renewed while he is here."""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec

from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats.remote import Billing, Json, Refused, Subject, Unreachable
from weblib.pages import language

P = ParamSpec("P")

REFRESH_AFTER_S = 300
"""Well before the billing's tokens end."""

KEPT_S = 30
"""So long the price list and the news are kept in the process."""

AGENT_LENGTH = 200


def billing() -> Billing:
    """The billing behind the app that serves this request."""
    behind: Billing = current_app.extensions["billing"]
    return behind


def me() -> Json:
    """The subscriber as the billing knows him now; asked once a request.

    :raises Refused, Unreachable: there is nothing to show
    """
    if "me" not in g:
        g.me = billing().get("me", subject())
    found: Json = g.me
    return found


def tariffs() -> list[Json]:
    """What is on sale; kept for half a minute, since it is the same for everybody.

    :raises Refused, Unreachable: there is nothing to show
    """
    found: list[Json] = _kept("tariffs", lambda: billing().get("tariffs")["tariffs"])
    return found


def news() -> list[Json]:
    """What the operator tells in the language of the page; nothing when the billing does not say."""
    found: list[Json] = []
    with suppress(Refused, Unreachable):
        found = _kept(f"news {language()}", lambda: billing().get("news")["news"])
    return found


def chats() -> list[Json]:
    """The chats that there are, worded in the language of the page; kept like the price list.

    :raises Refused, Unreachable: there is nothing to show
    """
    found: list[Json] = _kept(f"chats {language()}", lambda: billing().get("chat")["tenants"])
    return found


def streams() -> Json:
    """What streams there are to watch, which tickets are on sale, and the page of the player; kept like the price list.

    :raises Refused, Unreachable: there is nothing to show
    """
    [found] = _kept("streams", lambda: [billing().get("watch")])
    return found


def _kept(name: str, ask: Callable[[], list[Json]]) -> list[Json]:
    """What `ask` answered lately. An answer that grew old serves the others while one request asks anew, and goes on
    serving when that fails.
    """
    answers: dict[str, tuple[float, list[Json]]] = current_app.extensions["answers"]
    until, answer = answers.get(name, (0.0, None))
    if answer is not None and time.monotonic() < until:
        return answer
    if answer is not None:
        answers[name] = (time.monotonic() + KEPT_S, answer)
    try:
        answer = ask()
    except Unreachable:
        if answer is None:
            raise
        return answer
    answers[name] = (time.monotonic() + KEPT_S, answer)
    return answer


def sign_in(login: str, password: str) -> bool:
    """Begin a session; False when a code of the second factor is wanted first.

    :raises Refused: the pair is wrong, or was tried too often
    """
    return _begin("sessions", {"login": login, "password": password} | _agent(), nonce=_nonce())


def sign_in_by_address() -> bool:
    """Begin a session of the subscriber to whom this address belongs; False when a code is wanted first.

    :raises Refused: it is nobody's, or not enough to sign in
    """
    return _begin("sessions/address", _agent(), nonce=_nonce())


def sign_in_with_code(code: str) -> bool:
    """Go on with a session that waits for the code of the second factor.

    :raises Refused: the code is wrong, was tried too often, or the wait was too long
    """
    begun = session["begun"]
    return _begin("sessions/code", {"challenge": begun["challenge"], "code": code}, nonce=begun["nonce"])


def waits_for_code() -> bool:
    """Whether the password was right and a code is wanted."""
    return "begun" in session


def visit(ticket: str) -> None:
    """Begin a session in which a person of the staff looks at a subscriber's cabinet.

    :raises Refused: the ticket is not valid (any more)
    """
    nonce = _nonce()
    shown = {"ticket": ticket, "nonce": nonce, "address": request.remote_addr}
    answer = billing().post("sessions/visit", shown, key=new_key())
    session.clear()
    session.update(login=answer["login"], nonce=nonce, visitor=answer["visitor"], until=answer["expires_at"])
    _keep(answer["token"])


def sign_out() -> None:
    """End the session here, and at the billing too if that answers: a copied token is dead then."""
    if "token" in session and not is_visit():
        with suppress(Refused, Unreachable):
            billing().post("sessions/end", {}, key=new_key(), subject=Subject(session["token"], session["nonce"]))
    session.clear()


def is_visit() -> bool:
    """Whether somebody of the staff is looking."""
    return "visitor" in session


def subject() -> Subject:
    """The subscriber of this session; a token that grows old is renewed, but not that of a visit.

    :raises Refused: the session has ended
    """
    if not is_visit() and time.time() - session["refreshed_at"] > REFRESH_AFTER_S:
        known = Subject(session["token"], session["nonce"])
        _keep(billing().post("sessions/refresh", {}, key=new_key(), subject=known)["token"])
    return Subject(session["token"], session["nonce"])


def subscribers_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Send everybody else to the sign-in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if "token" not in session:
            return redirect(url_for("entry.show_sign_in"), 303)
        return view(*args, **kwargs)

    return guarded


def new_key() -> str:
    """Another Idempotency-Key."""
    return secrets.token_urlsafe(16)


def _begin(path: str, proof: Json, *, nonce: str) -> bool:
    """Show the billing a proof of who this is. The session of before is forgotten, whoever made it."""
    shown = proof | {"nonce": nonce, "address": request.remote_addr}
    answer = billing().post(path, shown, key=new_key())
    session.clear()
    session.permanent = True
    if not answer["token"]:
        session["begun"] = {"challenge": answer["challenge"], "nonce": nonce}
        return False
    session.update(login=answer.get("login") or proof["login"], nonce=nonce)
    _keep(answer["token"])
    return True


def _nonce() -> str:
    return secrets.token_urlsafe(24)


def _agent() -> Json:
    """What the browser calls itself, so that the subscriber knows his sessions again."""
    named = "".join(each for each in request.user_agent.string if each.isprintable())[:AGENT_LENGTH]
    return {"agent": named} if named else {}


def _keep(token: str) -> None:
    session.update(token=token, refreshed_at=time.time())
