"""A subscriber's devices live at the partner alone: commands that bind and unbind one, safe to repeat."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from billing import leases
from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotAllowed
from billing.uow import UnitOfWork, use_case
from olltv_module import queries
from olltv_module.delivery.runner import Delivering
from olltv_module.errors import NotSubscribed
from olltv_module.partner import DeleteDeviceType, Device, DeviceTaken, DeviceUnknown

SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}", re.ASCII)
BINDING_CODE = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


class NoDeviceNamed(InvalidInput):
    """Neither a MAC nor a serial number was given."""

    code = "no_device_named"
    text = N_("Give the device's MAC address, its serial number, or both.")


class BadMac(InvalidInput):
    """Facts: `field`, `value`."""

    code = "bad_mac"
    text = N_("“%(value)s” is no MAC address. Write it like 00:1A:79:00:00:01.")


class BadSerial(InvalidInput):
    """Facts: `field`, `value`."""

    code = "bad_serial"
    text = N_("“%(value)s” is no serial number: letters, digits and . _ / - only, as on the device's label.")


class BadBindingCode(InvalidInput):
    """Facts: `field`, `value`."""

    code = "bad_binding_code"
    text = N_("“%(value)s” is no binding code: it has letters and digits only.")


class TooManyDevices(NotAllowed):
    """The subscriber has as many devices as he may add himself. Facts: `limit`."""

    code = "too_many_devices"
    text = N_("You may add %(limit)s devices yourself. Please contact your provider for more.")


class DevicesByStaff(NotAllowed):
    """The operator leaves devices to the staff."""

    code = "devices_by_staff"
    text = N_("Please contact your provider to add or remove a device.")


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """What names a device: MAC (upper case with colons), serial number, or both."""

    mac: str | None = None
    serial_number: str | None = None

    @classmethod
    def read(cls, *, mac: str | None = None, serial_number: str | None = None) -> Self:
        """What a person types; a MAC in any usual form.

        :raises NoDeviceNamed, BadMac, BadSerial: nothing usable was given
        """
        mac, serial_number = (mac or "").strip(), (serial_number or "").strip()
        if not mac and not serial_number:
            raise NoDeviceNamed(field="mac", value="")
        digits = re.sub(r"[:.\- ]", "", mac).upper()
        if mac and not re.fullmatch(r"[0-9A-F]{12}", digits, re.ASCII):
            raise BadMac(field="mac", value=mac)
        if serial_number and not SERIAL.fullmatch(serial_number):
            raise BadSerial(field="serial_number", value=serial_number)
        return cls(mac=":".join(re.findall("..", digits)) or None, serial_number=serial_number or None)

    def names(self, device: Device) -> bool:
        """Whether `device` is the one that is meant; the partner writes a MAC with colons or without."""
        by_mac = self.mac is not None and _digits(device.mac) == _digits(self.mac)
        return by_mac or (self.serial_number is not None and device.serial_number == self.serial_number)

    def __str__(self) -> str:
        return self.mac or self.serial_number or ""


def add_device(
    delivering: Delivering,
    *,
    login: str,
    hardware: Hardware,
    actor: Actor,
    binding_code: str | None = None,
    limit: int | None = None,
) -> None:
    """Bind a device at the partner; one that is bound to this subscriber already counts as done.

    `binding_code` picks the bundle, without it the partner does. `limit` is how many devices a subscriber may add
    himself (0: none), None for staff.

    :raises NotSubscribed: the partner does not know him
    :raises DevicesByStaff, TooManyDevices, BadBindingCode: refused before the partner was asked
    :raises DeviceTaken, PartnerRefused: a definite no; PartnerUnreachable: unclear, send it again
    :raises Busy: another device of his is being added at this moment
    """
    if binding_code and not BINDING_CODE.fullmatch(binding_code):
        raise BadBindingCode(field="binding_code", value=binding_code)
    _require_self_service(limit)
    subscriber_id = _known_to_partner(delivering, login)
    with leases.held(delivering.billing, name=f"olltv.devices:{subscriber_id}", clock=delivering.clock):
        present = queries.devices(delivering, login=login)
        if any(hardware.names(each) for each in present):
            return
        if limit is not None and len(present) >= limit:
            raise TooManyDevices(limit=limit)
        _bind(delivering, login, hardware, binding_code)
    _say(delivering, "ADD", login, hardware, actor)


def remove_device(
    delivering: Delivering, *, login: str, hardware: Hardware, actor: Actor, limit: int | None = None
) -> None:
    """Unbind a device of this subscriber; one that the partner does not know counts as done.

    `limit` is that of `add_device`.

    :raises NotSubscribed: the partner does not know him
    :raises DevicesByStaff: the operator leaves devices to the staff
    :raises DeviceTaken, ForeignDevice: it is somebody else's; PartnerUnreachable: unclear, send it again
    """
    _require_self_service(limit)
    _known_to_partner(delivering, login)
    try:
        delivering.partner.delete_device(
            kind=DeleteDeviceType.CHANGE, mac=hardware.mac, serial_number=hardware.serial_number, account=login
        )
    except DeviceUnknown:
        return
    _say(delivering, "REMOVE", login, hardware, actor)


def _bind(delivering: Delivering, login: str, hardware: Hardware, binding_code: str | None) -> None:
    mac, serial_number = hardware.mac, hardware.serial_number
    try:
        delivering.partner.add_device(account=login, mac=mac, serial_number=serial_number, binding_code=binding_code)
    except DeviceTaken:  # maybe by ourselves, when the answer to an earlier try was lost
        bound = delivering.partner.device_exists(mac=mac, serial_number=serial_number)
        if bound is None or bound.account != login:
            raise


def _require_self_service(limit: int | None) -> None:
    if limit == 0:
        raise DevicesByStaff()


def _known_to_partner(delivering: Delivering, login: str) -> int:
    view = queries.subscriber_view(delivering.billing, login=login, now=delivering.clock())
    if view.subscriber_id is None or view.remote_id is None:
        raise NotSubscribed(login=login)
    return view.subscriber_id


def _say(delivering: Delivering, what: str, login: str, hardware: Hardware, actor: Actor) -> None:
    _write(delivering.billing.uow(), what=what, login=login, device=str(hardware), actor=actor, now=delivering.clock())


@use_case
def _write(uow: UnitOfWork, *, what: str, login: str, device: str, actor: Actor, now: datetime) -> None:
    uow.events.write(
        f"OLLTV SUBSCRIBER ({{login}}) {what} DEVICE [{{device}}]", login=login, device=device, actor=actor, at=now
    )


def _digits(mac: str | None) -> str:
    return re.sub(r"[:.\- ]", "", mac or "").upper()
