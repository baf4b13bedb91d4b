"""Fill a partner by hand: operators, bundles of the catalogue, users with their bundles on."""

import sqlite3
from typing import Any

from .ask import checked_email, utc_text
from .bundles import switch_on
from .catalogue import Bundle, read_bundle
from .partner import Partner, put_operators
from .users import checked_phone, insert_user

_TABLES = frozenset({"operators", "bundles", "users"})


class SeedError(ValueError):
    """The seed cannot be planted; the text says why. Nothing has changed."""


def plant(partner: Partner, body: dict[str, Any]) -> dict[str, int]:
    """Add everything that the body names, in one transaction; answers how many of each.

    :raises SeedError, CatalogueError, Refused: nothing has changed
    """
    if unknown := set(body) - _TABLES:
        raise SeedError(f"unknown name {min(unknown)}")
    operators, users = body.get("operators", []), body.get("users", [])
    bundles = [_bundle(values) for values in body.get("bundles", [])]
    offers = {bundle.sub_id: bundle for bundle in [*partner.catalogue.all(), *bundles]}
    try:
        with partner.store.writing() as db:
            put_operators(db, [(o["login"], o["password"], o.get("name", o["login"])) for o in operators])
            ids = {row["login"]: row["id"] for row in db.execute("SELECT id, login FROM operator")}
            for user in users:
                _plant_user(db, ids, offers, user)
    except (KeyError, TypeError, AttributeError) as error:
        raise SeedError(f"a field is missing or unknown: {error}") from error
    for bundle in bundles:
        partner.catalogue.put(bundle)
    return {"operators": len(operators), "bundles": len(bundles), "users": len(users)}


def _bundle(values: dict[str, Any]) -> Bundle:
    """The keys of the catalogue file and `sub_id`."""
    if not isinstance(values, dict) or "sub_id" not in values:
        raise SeedError("a bundle must be an object with sub_id")
    return read_bundle(str(values["sub_id"]), {key: str(value) for key, value in values.items() if key != "sub_id"})


def _plant_user(
    db: sqlite3.Connection, operator_ids: dict[str, int], offers: dict[str, Bundle], values: dict[str, Any]
) -> None:
    """A user without `operator` is known by e-mail but bound to nobody."""
    operator = values.get("operator")
    operator_id = None if operator is None else operator_ids[operator]
    account = None if operator is None else str(values["account"])
    profile = {"phone": checked_phone(values["phone"])} if values.get("phone") else {}
    now = utc_text()
    email = checked_email(values["email"])
    user_id = insert_user(db, operator_id=operator_id, account=account, email=email, profile=profile, now=now)
    db.execute("UPDATE user SET active = ? WHERE id = ?", (int(values.get("active", True)), user_id))
    row = db.execute("SELECT * FROM user WHERE id = ?", (user_id,)).fetchone()
    for sub_id in values.get("bundles", []) if operator_id else []:
        switch_on(db, row, offers[sub_id], now)
