"""Accounts: registration, lookup, binding to an operator."""

import re
import sqlite3

from .ask import Answer, Ask, checked_email
from .codes import Refused, Status

_PHONE = re.compile(r"0\d{9}")
_PAGE_LIMIT = 1000

# The caller's own user comes first: account numbers are unique only within an operator.
_FIND = {
    "account": "SELECT * FROM user WHERE account = ? ORDER BY operator_id IS ? DESC LIMIT 1",
    "email": "SELECT * FROM user WHERE email = ? ORDER BY operator_id IS ? DESC LIMIT 1",
    "id": "SELECT * FROM user WHERE id = ? ORDER BY operator_id IS ? DESC LIMIT 1",
    "ds_account": "SELECT * FROM user WHERE ds_account = ? ORDER BY operator_id IS ? DESC LIMIT 1",
}
_PROFILE = ("gender", "firstname", "lastname", "region")


def find_user(ask: Ask, names: tuple[str, ...] = tuple(_FIND)) -> sqlite3.Row:
    """The caller's user, by the first of `names` that is given.

    :raises Refused: 200 none is given; 404 nobody, or a user bound to no operator; 505 another operator's
    """
    for name in names:
        if value := ask.text(name):
            return _owned(ask, _lookup(ask, name, value))
    raise Refused(Status.FIELD_MISSING)


def _lookup(ask: Ask, name: str, value: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = ask.db.execute(_FIND[name], (value, ask.operator_id)).fetchone()
    return row


def _owned(ask: Ask, user: sqlite3.Row | None) -> sqlite3.Row:
    if user is None or user["operator_id"] is None:
        raise Refused(Status.ACCOUNT_NOT_FOUND)
    if user["operator_id"] != ask.operator_id:
        raise Refused(Status.USER_OF_ANOTHER_OPERATOR)
    return user


def user_object(user: sqlite3.Row) -> dict[str, object]:
    """A user as the API shows one. `ID` is kept beside `id` for clients of both habits."""
    return {
        "id": str(user["id"]),
        "ID": str(user["id"]),
        "email": user["email"],
        "account": user["account"],
        "ds_account": user["ds_account"],
        "firstname": user["firstname"],
        "lastname": user["lastname"],
        "birth_date": user["birth_date"],
        "gender": user["gender"],
        "phone": user["phone"],
        "region": user["region"],
        "index": user["zip_index"],
        "receive_news": user["receive_news"],
        "registration_date": user["registration_date"],
    }


def email_exists(ask: Ask) -> Answer:
    email = ask.required("email", Status.EMAIL_MISSING)
    return Answer(data=int(_lookup(ask, "email", email) is not None))


def account_exists(ask: Ask) -> Answer:
    user = _lookup(ask, "account", ask.required("account"))
    mine = user is not None and user["operator_id"] == ask.operator_id
    return Answer(data=user_object(user) if user is not None and mine else 0)


def add_user(ask: Ask) -> Answer:
    email, account = checked_email(ask.required("email")), ask.required("account")
    profile = _profile(ask)
    if _lookup(ask, "email", email):
        raise Refused(Status.EMAIL_EXISTS)
    user_id = insert_user(
        ask.db, operator_id=ask.operator_id, account=account, email=email, profile=profile, now=ask.now
    )
    return Answer(data=str(user_id))


def insert_user(
    db: sqlite3.Connection,
    *,
    operator_id: int | None,
    account: str | None,
    email: str,
    profile: dict[str, str],
    now: str,
) -> int:
    """Register a user, bound to an operator or to nobody. :raises Refused: 301 the account is taken"""
    try:
        inserted = db.execute(
            "INSERT INTO user (ds_account, operator_id, account, email, registration_date)"
            " VALUES ('DS' || (SELECT coalesce(max(id), 0) + 1 FROM user), ?, ?, ?, ?)",
            (operator_id, account, email, now),
        )
    except sqlite3.IntegrityError as error:
        raise Refused(Status.REGISTRATION_FAILED) from error
    user_id = inserted.lastrowid or 0
    _update_profile(db, user_id, profile)
    return user_id


def _profile(ask: Ask) -> dict[str, str]:
    """The profile columns that the call names. :raises Refused: 120 birth date, 301 phone of another shape"""
    given = {name: ask.text(name) for name in _PROFILE} | {"zip_index": ask.text("index")}
    given["receive_news"] = ask.text("receive_news")
    given["phone"] = checked_phone(ask.text("phone"))
    birth_date = ask.day("birth_date")
    given["birth_date"] = birth_date.isoformat() if birth_date else ""
    return {name: value for name, value in given.items() if value}


def checked_phone(phone: str) -> str:
    """A mobile number of the shape 0XXXXXXXXX, or nothing. :raises Refused: 301"""
    if phone and not _PHONE.fullmatch(phone):
        raise Refused(Status.REGISTRATION_FAILED)
    return phone


def _update_profile(db: sqlite3.Connection, user_id: int, profile: dict[str, str]) -> None:
    if profile:
        columns = ", ".join(f"{name} = :{name}" for name in profile)  # names come from this module only
        db.execute(f"UPDATE user SET {columns} WHERE id = :id", profile | {"id": str(user_id)})  # noqa: S608


def get_user_list(ask: Ask) -> Answer:
    rows = ask.db.execute(
        "SELECT * FROM user WHERE operator_id = ? ORDER BY id LIMIT ? OFFSET ?", (ask.operator_id, *paging(ask))
    )
    return Answer(data=[user_object(row) for row in rows])


def paging(ask: Ask) -> tuple[int, int]:
    """LIMIT and OFFSET of a listing."""
    limit = ask.whole("limit", default=_PAGE_LIMIT, low=1, high=_PAGE_LIMIT)
    return limit, ask.whole("offset", default=0, low=0, high=2**62)


def change_account(ask: Ask) -> Answer:
    """Give an own user another account, or ask a user bound to nobody to confirm the binding by mail."""
    email, account = ask.required("email", Status.EMAIL_MISSING), ask.required("account")
    user = _lookup(ask, "email", email)
    if user is not None and user["operator_id"] is None:
        ask.db.execute(
            "UPDATE user SET pending_operator_id = ?, pending_account = ? WHERE id = ?",
            (ask.operator_id, account, user["id"]),
        )
    else:
        bind(ask.db, _owned(ask, user)["id"], ask.operator_id, account)
    return Answer()


def bind(db: sqlite3.Connection, user_id: int, operator_id: int, account: str) -> None:
    """:raises Refused: 301 another user of the operator has this account"""
    try:
        db.execute(
            "UPDATE user SET operator_id = ?, account = ?, pending_operator_id = NULL, pending_account = NULL"
            " WHERE id = ?",
            (operator_id, account, user_id),
        )
    except sqlite3.IntegrityError as error:
        raise Refused(Status.REGISTRATION_FAILED) from error


def confirm(db: sqlite3.Connection, email: str) -> None:
    """The user presses the link in the mail. :raises Refused: 404 nothing waits for this address; 301"""
    user = db.execute("SELECT * FROM user WHERE email = ? AND pending_operator_id IS NOT NULL", (email,)).fetchone()
    if user is None:
        raise Refused(Status.ACCOUNT_NOT_FOUND)
    bind(db, user["id"], user["pending_operator_id"], user["pending_account"])


def delete_account(ask: Ask) -> Answer:
    """Unbind the user: bundles, codes and devices go, the e-mail address stays known."""
    user_id = find_user(ask)["id"]
    ask.db.execute("UPDATE purchase SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL", (ask.now, user_id))
    ask.db.execute("DELETE FROM bundle WHERE user_id = ?", (user_id,))
    ask.db.execute("UPDATE user SET operator_id = NULL, account = NULL WHERE id = ?", (user_id,))
    return Answer()


def change_email(ask: Ask) -> Answer:
    email = ask.required("email", Status.EMAIL_MISSING)
    new_email = checked_email(ask.required("new_email", Status.NEW_EMAIL_MISSING))
    user = _owned(ask, _lookup(ask, "email", email))
    taken = _lookup(ask, "email", new_email)
    if taken is not None and taken["id"] != user["id"]:
        raise Refused(Status.EMAIL_EXISTS)
    ask.db.execute("UPDATE user SET email = ? WHERE id = ?", (new_email, user["id"]))
    return Answer()


def get_user_info(ask: Ask) -> Answer:
    user = find_user(ask)
    rows = ask.db.execute("SELECT * FROM bundle WHERE user_id = ? AND is_on ORDER BY kind DESC, id", (user["id"],))
    bought = [_bought(ask, row) for row in rows]
    return Answer(data=user_object(user) | {"alt_mail": user["alt_mail"], "bought_subs": bought})


def _bought(ask: Ask, row: sqlite3.Row) -> dict[str, object]:
    offer = ask.catalogue.get(row["sub_id"])
    return {
        "sub_id": row["sub_id"],
        "name": offer.name if offer else row["sub_id"],
        "service_type": 1 if row["kind"] == "main" else 2,
        "start_date": row["since"],
        "binding_code": row["code"] if offer is None or offer.has_code else None,
    }


def change_user_info(ask: Ask) -> Answer:
    user = find_user(ask)
    _update_profile(ask.db, user["id"], _profile(ask))
    return Answer()


def reset_parent_control(ask: Ask) -> Answer:
    ask.db.execute("UPDATE user SET parent_control_reset_at = ? WHERE id = ?", (ask.now, find_user(ask)["id"]))
    return Answer()
