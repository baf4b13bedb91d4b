"""Set-top boxes and other devices, each bound to a bundle of an account."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Self

from .ask import Answer, Ask
from .catalogue import Catalogue
from .codes import Refused, Status
from .users import find_user, paging

_ADD_TYPES = frozenset({"device_free", "device_buy", "device_rent", "device_change"})
_DELETE_TYPES = frozenset({"device_break_contract", "device_change"})
_DEVICE_TYPES = frozenset({"stb", "dune", "smarttv", "lge", "samsung", "ipad", "iphone", "android", "androidtv", "pc"})
_MAC = re.compile(r"[0-9A-F]{12}")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_JOINED = (
    "SELECT device.*, bundle.code, bundle.user_id, user.account, user.operator_id"
    " FROM device JOIN bundle ON bundle.id = device.bundle_id JOIN user ON user.id = bundle.user_id"
)


@dataclass(frozen=True, slots=True)
class Hardware:
    """What tells one device from another: MAC (upper case with colons), serial number, or both."""

    mac: str | None
    serial_number: str | None

    @classmethod
    def of(cls, ask: Ask, *, missing: Status = Status.NO_MAC_NO_SERIAL) -> Self:
        """:raises Refused: neither is given (`missing`), 302, 303"""
        mac, serial_number = ask.text("mac"), ask.text("serial_number")
        if not (mac or serial_number):
            raise Refused(missing)
        return cls.checked(mac=mac, serial_number=serial_number)

    @classmethod
    def checked(cls, *, mac: str, serial_number: str) -> Self:
        """:raises Refused: 302, 303"""
        digits = re.sub(r"[:.\-]", "", mac).upper()
        if mac and not _MAC.fullmatch(digits):
            raise Refused(Status.WRONG_MAC)
        if serial_number and not _SERIAL.fullmatch(serial_number):
            raise Refused(Status.WRONG_SERIAL)
        return cls(":".join(re.findall("..", digits)) or None, serial_number or None)

    def known(self, db: sqlite3.Connection) -> list[sqlite3.Row]:
        """Devices with this MAC or this serial number; two when the pair belongs to two devices."""
        query = f"{_JOINED} WHERE device.mac = ? OR device.serial_number = ?"
        return db.execute(query, (self.mac, self.serial_number)).fetchall()


def add_device(ask: Ask) -> Answer:
    ask.required("account")
    hardware = Hardware.of(ask)
    device_type = ask.text("device_type") or "stb"
    if device_type not in _DEVICE_TYPES:
        raise Refused(Status.WRONG_DEVICE_TYPE)
    user = find_user(ask, ("account",))
    ask.check_type(_ADD_TYPES)
    if hardware.known(ask.db):
        raise Refused(Status.DEVICE_BOUND)
    bind(
        ask.db,
        bundle_id=_slot(ask.db, ask.catalogue, user["id"], ask.text("binding_code")),
        hardware=hardware,
        device_type=device_type,
        device_model=ask.text("device_model"),
        now=ask.now,
    )
    return Answer()


def _slot(db: sqlite3.Connection, catalogue: Catalogue, user_id: int, code: str) -> int:
    """The bundle that takes one more device: the one with this code, or without a code the first with room.

    :raises Refused: 304 not the code of an active bundle, 301 nothing is on, 305 no room left
    """
    query = "SELECT * FROM bundle WHERE user_id = ? AND is_on ORDER BY kind DESC, id"
    rows = [row for row in db.execute(query, (user_id,)) if not code or row["code"] == code]
    if not rows:
        raise Refused(Status.WRONG_CODE if code else Status.REGISTRATION_FAILED)
    for row in rows:
        if has_room(db, catalogue, row):
            return int(row["id"])
    raise Refused(Status.CODE_USED_UP)


def has_room(db: sqlite3.Connection, catalogue: Catalogue, bundle: sqlite3.Row) -> bool:
    """Whether one more device may be bound to this bundle row."""
    offer = catalogue.get(bundle["sub_id"])
    bound: int = db.execute("SELECT count(*) FROM device WHERE bundle_id = ?", (bundle["id"],)).fetchone()[0]
    return bound < (offer.devices if offer else 1)


def bind(
    db: sqlite3.Connection,
    *,
    bundle_id: int,
    hardware: Hardware,
    device_type: str,
    device_model: str,
    now: str,
) -> None:
    """Add the device to the bundle; the caller has checked that both are free."""
    db.execute(
        "INSERT INTO device (bundle_id, mac, serial_number, device_type, device_model, date_added)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (bundle_id, hardware.mac, hardware.serial_number, device_type, device_model, now),
    )


def del_device(ask: Ask) -> Answer:
    """A MAC and a serial number that belong to two devices name none: 406."""
    known = Hardware.of(ask).known(ask.db)
    if len(known) != 1:
        raise Refused(Status.DEVICE_NOT_FOUND)
    if known[0]["operator_id"] != ask.operator_id:
        raise Refused(Status.DEVICE_OF_ANOTHER_OPERATOR)
    if ask.text("account") not in ("", known[0]["account"]):
        raise Refused(Status.DEVICE_OF_ANOTHER_ACCOUNT)
    ask.check_type(_DELETE_TYPES)
    ask.db.execute("DELETE FROM device WHERE id = ?", (known[0]["id"],))
    return Answer()


def device_exists(ask: Ask) -> Answer:
    known = Hardware.of(ask, missing=Status.FIELD_MISSING).known(ask.db)
    return Answer(data=_device_object(known[0], ask.operator_id) if known else 0)


def get_device_list(ask: Ask) -> Answer:
    """The devices of one account, also of a stopped one; of the whole operator when no account is named."""
    names = [name for name in ("account", "email") if ask.text(name)]
    where = f" AND user.{names[0]} = ?" if names else ""
    rows = ask.db.execute(
        f"{_JOINED} WHERE user.operator_id = ?{where} ORDER BY device.id LIMIT ? OFFSET ?",
        (ask.operator_id, *(ask.text(name) for name in names[:1]), *paging(ask)),
    )
    return Answer(data=[_device_object(row, ask.operator_id) for row in rows])


def _device_object(device: sqlite3.Row, operator_id: int) -> dict[str, object]:
    """A device as the API shows one; whose it is stays hidden from other operators."""
    mine = device["operator_id"] == operator_id
    return {
        "ID": str(device["id"]),
        "USER": str(device["user_id"]),
        "date_added": device["date_added"],
        "serial_number": device["serial_number"],
        "mac": device["mac"],
        "binding_code": device["code"] if mine else None,
        "device_type": device["device_type"],
        "device_model": device["device_model"],
        "account": device["account"] if mine else None,
    }
