"""The page for people: accounts, the catalogue, the last calls, and a set-top box to play with."""

import sqlite3
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from .ask import utc_text
from .box import sign_in
from .codes import Refused
from .partner import Partner
from .users import confirm

PAGE_SIZE = 20

bp = Blueprint("page", __name__)


@bp.after_request
def protect(response: Response) -> Response:
    """Only own files; nobody frames the page."""
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _partner() -> Partner:
    partner: Partner = current_app.extensions["ispapi"]
    return partner


@bp.get("/")
def index() -> str:
    """Accounts that match `q` (part of account, e-mail or phone), 20 a page; catalogue; calls; the box."""
    partner, search = _partner(), request.args.get("q", "").strip()
    number = max(request.args.get("page", 1, type=int), 1)
    with partner.store.reading() as db:
        total = _count(db, search)
        users = [_card(db, row) for row in _found(db, search, number)]
    return render_template(
        "index.html",
        users=users,
        total=total,
        search=search,
        number=number,
        pages=max(-(-total // PAGE_SIZE), 1),
        offers=partner.catalogue.all(),
        calls=partner.calls.last(),
    )


def _count(db: sqlite3.Connection, search: str) -> int:
    query = """
        SELECT count(*) FROM user
        WHERE :search = '' OR instr(lower(coalesce(account, '') || ' ' || email || ' ' || phone), lower(:search))"""
    return int(db.execute(query, {"search": search}).fetchone()[0])


def _found(db: sqlite3.Connection, search: str, number: int) -> list[sqlite3.Row]:
    query = """
        SELECT user.*, operator.login AS operator FROM user LEFT JOIN operator ON operator.id = user.operator_id
        WHERE :search = '' OR instr(lower(coalesce(account, '') || ' ' || email || ' ' || phone), lower(:search))
        ORDER BY user.id LIMIT :limit OFFSET :offset"""
    values = {"search": search, "limit": PAGE_SIZE, "offset": (number - 1) * PAGE_SIZE}
    return db.execute(query, values).fetchall()


def _card(db: sqlite3.Connection, user: sqlite3.Row) -> dict[str, Any]:
    bundles = db.execute("SELECT * FROM bundle WHERE user_id = ? ORDER BY kind DESC, id", (user["id"],))
    devices = db.execute(
        "SELECT device.*, bundle.sub_id FROM device JOIN bundle ON bundle.id = bundle_id WHERE user_id = ?",
        (user["id"],),
    )
    return {"user": user, "bundles": bundles.fetchall(), "devices": devices.fetchall()}


@bp.post("/confirm")
def confirm_binding() -> ResponseReturnValue:
    """The user presses the link in the mail. Nothing waiting for this address any more is no error."""
    try:
        with _partner().store.writing() as db:
            confirm(db, request.form.get("email", ""))
    except Refused as refusal:
        return render_template("box.html", screen=None, problem=str(refusal)), 422
    return redirect(url_for(".index"), 303)


@bp.post("/box")
def play_box() -> ResponseReturnValue:
    """A set-top box signs in."""
    partner = _partner()
    marks = {name: request.form.get(name, "").strip() for name in ("phone", "code", "mac", "serial_number")}
    try:
        with partner.store.writing() as db:
            screen = sign_in(db, partner.catalogue, **marks, now=utc_text())
    except Refused as refusal:
        return render_template("box.html", screen=None, problem=str(refusal)), 422
    return render_template("box.html", screen=screen, problem="")
