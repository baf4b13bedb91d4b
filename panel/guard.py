"""Who gets in where: every view says which right it wants, and this asks for it before the view is called."""

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from billing.actors import Actor
from panel import staff
from weblib.rights import public, require_marks, suffices, wanted


def guard(app: Flask) -> None:
    """Let nobody past without the right that a view wants. Call this when all views are known.

    :raises Unmarked: a view does not say who may call it
    """
    public(app.view_functions["static"])
    require_marks(app.view_functions)
    app.before_request(_admit)


def _admit() -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or wanted(view) is None:
        return None
    person = staff.current()
    if person is None:
        if staff.claims_to_be_staff():  # a half-finished sign-in goes on
            session.clear()
        wish = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("signin.show", next=wish), 303)
    g.rights, g.actor = frozenset(person.rights), Actor(person.login, request.remote_addr or "")
    if not suffices(view, person.rights):
        abort(403)
    return staff.detour(person)
