"""A set-top box at the subscriber's home: it signs in with phone and code, and shows what may be watched."""

import re
import secrets
import sqlite3
from dataclasses import dataclass

from .catalogue import Bundle, Catalogue
from .codes import Refused, Status
from .devices import Hardware, bind, has_room


@dataclass(frozen=True, slots=True)
class Screen:
    """What the box shows after a sign-in: its own marks, the account, and the bundles that are on."""

    hardware: Hardware
    account: str
    bundles: list[Bundle]

    @property
    def channels(self) -> list[str]:
        return sorted({channel for bundle in self.bundles for channel in bundle.channels})


def sign_in(
    db: sqlite3.Connection, catalogue: Catalogue, *, phone: str, code: str, mac: str, serial_number: str, now: str
) -> Screen:
    """Sign a box in, and bind it first when it is new. An empty MAC and serial number make a new box.

    :raises Refused: 304 phone and code do not belong together, 506 the bundle is stopped and does not know this box,
        119 the box is bound elsewhere, 305 the code is used up, 302, 303
    """
    hardware = _hardware(mac, serial_number)
    bundle = _bundle_of(db, phone, code)
    known = hardware.known(db)
    if any(device["bundle_id"] != bundle["id"] for device in known):
        raise Refused(Status.DEVICE_BOUND)
    if not known:
        _bind_new(db, catalogue, bundle, hardware, now)
    return Screen(hardware, str(bundle["account"]), _bundles_on(db, catalogue, bundle["user_id"]))


def _hardware(mac: str, serial_number: str) -> Hardware:
    if not (mac or serial_number):
        mac, serial_number = f"02{secrets.token_hex(5)}", f"SBX{secrets.token_hex(4).upper()}"
    return Hardware.checked(mac=mac, serial_number=serial_number)


def _bundle_of(db: sqlite3.Connection, phone: str, code: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute(
        "SELECT bundle.*, user.account FROM bundle JOIN user ON user.id = bundle.user_id"
        " WHERE bundle.code = ? AND user.phone = ? AND user.phone <> ''",
        (code.upper(), re.sub(r"\D", "", phone)[-10:]),
    ).fetchone()
    if row is None:
        raise Refused(Status.WRONG_CODE)
    return row


def _bind_new(db: sqlite3.Connection, catalogue: Catalogue, bundle: sqlite3.Row, hardware: Hardware, now: str) -> None:
    if not bundle["is_on"]:
        raise Refused(Status.USER_NOT_ACTIVE)
    if not has_room(db, catalogue, bundle):
        raise Refused(Status.CODE_USED_UP)
    bind(
        db,
        bundle_id=bundle["id"],
        hardware=hardware,
        device_type="stb",
        device_model="Sandbox box",
        now=now,
    )


def _bundles_on(db: sqlite3.Connection, catalogue: Catalogue, user_id: int) -> list[Bundle]:
    rows = db.execute("SELECT sub_id FROM bundle WHERE user_id = ? AND is_on", (user_id,))
    return [bundle for row in rows if (bundle := catalogue.get(row["sub_id"]))]
