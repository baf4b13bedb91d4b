"""Bundles on and off. A stop for debt, vacation or malfunction keeps the code and the devices; any other drops them."""

import secrets
import sqlite3

from .ask import Answer, Ask
from .catalogue import Bundle, Kind
from .codes import Refused, Status
from .users import find_user

_ENABLE_TYPES = frozenset({"subs_free_device", "subs_buy_device", "subs_rent_device", "subs_no_device", "subs_renew"})
_KEEPING_TYPES = frozenset({"subs_negative_balance", "subs_malfunction", "subs_vacation"})
_DISABLE_TYPES = _KEEPING_TYPES | {"subs_break_contract"}
_CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that a person takes for another on a TV screen
REFUSED, NO_CODE = 0, 1


def enable_bundle(ask: Ask) -> Answer:
    user, (bundle,) = _asked(ask, "sub_id")
    ask.check_type(_ENABLE_TYPES)
    if not user["active"]:
        raise Refused(Status.USER_NOT_ACTIVE)
    return Answer(data=switch_on(ask.db, user, bundle, ask.now))


def switch_on(db: sqlite3.Connection, user: sqlite3.Row, bundle: Bundle, now: str) -> str | int:
    """Switch a bundle on, or leave it on: its code, 1 when it has no code, 0 when another main is on.

    A bundle kept off gets its code back. :raises Refused: 408 an extra screen without a main
    """
    row = _row(db, user["id"], bundle.sub_id)
    if row is None or not row["is_on"]:
        main_is_on = _any_on(db, user["id"], Kind.MAIN)
        if bundle.kind is Kind.EXTRA and not main_is_on:
            raise Refused(Status.ORDER_VIOLATED)
        if bundle.kind is Kind.MAIN and main_is_on:
            return REFUSED
        row = _put_on(db, user["id"], bundle, now)
        _open_purchase(db, user, bundle, now)
    return str(row["code"]) if bundle.has_code and row["code"] else NO_CODE


def _put_on(db: sqlite3.Connection, user_id: int, bundle: Bundle, now: str) -> sqlite3.Row:
    db.execute(
        "INSERT INTO bundle (user_id, sub_id, kind, is_on, code, since) VALUES (?, ?, ?, 1, ?, ?)"
        " ON CONFLICT (user_id, sub_id)"
        " DO UPDATE SET is_on = 1, since = excluded.since, code = coalesce(code, excluded.code)",
        (user_id, bundle.sub_id, bundle.kind, _new_code(bundle), now),
    )
    row = _row(db, user_id, bundle.sub_id)
    assert row is not None
    return row


def disable_bundle(ask: Ask) -> Answer:
    """504 for one that is off; breaking the contract then still drops the code and devices that were kept."""
    user, (bundle,) = _asked(ask, "sub_id")
    keeps = ask.check_type(_DISABLE_TYPES) in _KEEPING_TYPES
    row = _row(ask.db, user["id"], bundle.sub_id)
    if row is not None and row["is_on"]:
        if row["kind"] == Kind.MAIN and _any_on(ask.db, user["id"], Kind.EXTRA):
            raise Refused(Status.ORDER_VIOLATED)
        _close_purchase(ask.db, user["id"], bundle.sub_id, ask.now)
        _put_off(ask.db, row["id"], keeps=keeps)
        return Answer(data=1)
    if row is not None and not keeps:
        _put_off(ask.db, row["id"], keeps=False)
    return Answer(status=Status.ALREADY_OFF)


def _put_off(db: sqlite3.Connection, bundle_id: int, *, keeps: bool) -> None:
    query = "UPDATE bundle SET is_on = 0 WHERE id = ?" if keeps else "DELETE FROM bundle WHERE id = ?"
    db.execute(query, (bundle_id,))


def check_bundle(ask: Ask) -> Answer:
    user, (bundle,) = _asked(ask, "sub_id")
    row = _row(ask.db, user["id"], bundle.sub_id)
    return Answer(data=int(row is not None and bool(row["is_on"])))


def change_bundle(ask: Ask) -> Answer:
    """Move from one main to another; the code and the devices go along, extra screens stay on.

    Data 1: the new one is on already; data 0: the old one was never on; 504: the old one is stopped.
    """
    user, (old, new) = _asked(ask, "old_sub_id", "new_sub_id")
    if old.kind is not Kind.MAIN or new.kind is not Kind.MAIN:
        raise Refused(Status.BUNDLE_NOT_FOUND)
    old_row, new_row = _row(ask.db, user["id"], old.sub_id), _row(ask.db, user["id"], new.sub_id)
    if new_row is not None and new_row["is_on"]:
        return Answer(data=1)
    if old_row is None:
        return Answer(data=0)
    if not old_row["is_on"]:
        raise Refused(Status.ALREADY_OFF)
    _move(ask, user, old_row, new)
    return Answer()


def _move(ask: Ask, user: sqlite3.Row, old_row: sqlite3.Row, new: Bundle) -> None:
    ask.db.execute("DELETE FROM bundle WHERE user_id = ? AND sub_id = ?", (user["id"], new.sub_id))
    ask.db.execute(
        "UPDATE bundle SET sub_id = ?, since = ?, code = coalesce(code, ?) WHERE id = ?",
        (new.sub_id, ask.now, _new_code(new), old_row["id"]),
    )
    _close_purchase(ask.db, user["id"], old_row["sub_id"], ask.now)
    _open_purchase(ask.db, user, new, ask.now)


def _asked(ask: Ask, *names: str) -> tuple[sqlite3.Row, list[Bundle]]:
    """The user and the bundles of a call. :raises Refused: 200, then 404 or 505, then 407"""
    for name in names:
        ask.required(name)
    return find_user(ask), [ask.bundle(name) for name in names]


def _row(db: sqlite3.Connection, user_id: int, sub_id: str) -> sqlite3.Row | None:
    query = "SELECT * FROM bundle WHERE user_id = ? AND sub_id = ?"
    row: sqlite3.Row | None = db.execute(query, (user_id, sub_id)).fetchone()
    return row


def _any_on(db: sqlite3.Connection, user_id: int, kind: Kind) -> bool:
    query = "SELECT 1 FROM bundle WHERE user_id = ? AND is_on AND kind = ?"
    return db.execute(query, (user_id, kind)).fetchone() is not None


def _new_code(bundle: Bundle) -> str | None:
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(8)) if bundle.has_code else None


def _open_purchase(db: sqlite3.Connection, user: sqlite3.Row, bundle: Bundle, now: str) -> None:
    db.execute(
        "INSERT INTO purchase (operator_id, user_id, account, sub_id, name, retail, provider, started_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            user["operator_id"],
            user["id"],
            user["account"],
            bundle.sub_id,
            bundle.name,
            bundle.retail,
            bundle.provider,
            now,
        ),
    )


def _close_purchase(db: sqlite3.Connection, user_id: int, sub_id: str, now: str) -> None:
    db.execute(
        "UPDATE purchase SET ended_at = ? WHERE user_id = ? AND sub_id = ? AND ended_at IS NULL",
        (now, user_id, sub_id),
    )
