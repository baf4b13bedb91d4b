"""The pages about devices: the code that signs one in, how to do that, the list, adding and removing one."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.hardware import LIVE, MARKS, Device, binding_codes, marks_of
from userstats.howto import HOWTOS
from userstats.remote import Refused, Unreachable, begin_anew
from userstats.troubles import SESSION_OVER
from weblib.pages import gettext as _

bp = Blueprint("devices", __name__, url_prefix="/devices")


@dataclass(frozen=True)
class Listed:
    """The devices as the partner has them, and how many the subscriber may have added himself."""

    devices: Sequence[Device]
    limit: int

    @classmethod
    def read(cls) -> Self:
        """Ask for them.

        :raises Refused, Unreachable: the billing or the partner cannot tell
        """
        answer = signed.billing().get("me/devices", signed.subject())
        return cls([Device.of(each) for each in answer["devices"]], answer["limit"])

    @property
    def room(self) -> int:
        return max(self.limit - len(self.devices), 0)

    def find(self, marks: Mapping[str, str]) -> Device | None:
        """The device of exactly these marks."""
        return next((each for each in self.devices if each.marks and each.marks == marks), None)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """The form that adds a device: what stands in it, what is wrong with a field, what is wrong with all of it."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @classmethod
    def again(cls, values: Mapping[str, str], refusal: Refused) -> Self:
        """The form once more, with the refusal where it belongs."""
        where = str(refusal.facts.get("field", ""))
        if where in MARKS:
            return cls(values=values, problems={where: refusal.detail})
        if refusal.code in SILENT:
            text = _("The TV partner does not answer. Send the form again in a minute: a device is never added twice.")
            return cls(values=values, problem=text)
        return cls(values=values, problem=refusal.detail)


SILENT = ("partner_unreachable", "partner_rejects_us")
"""What the billing says when the partner gave no clear answer."""


@bp.get("")
@signed.subscribers_only
def show() -> ResponseReturnValue:
    """The code in large type, and the devices."""
    return _page(Typed())


@bp.post("/add")
@signed.subscribers_only
def add() -> ResponseReturnValue:
    """Bind a device that is named by its MAC, its serial number, or both."""
    device = marks_of(request.form)
    refusal = _sent("me/devices", device)
    if refusal:
        # In the place of a 502 a proxy may put a page of its own.
        return _page(Typed.again(device, refusal), 409 if refusal.status == 502 else refusal.status)
    flash(_("The device is added."), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/remove")
@signed.subscribers_only
def ask_removal() -> ResponseReturnValue:
    """Ask before a device is removed."""
    listed = Listed.read()
    device = listed.find(marks_of(request.args))
    return render_template("devices_remove.html", device=device, limit=listed.limit), 200 if device else 404


@bp.post("/remove")
@signed.subscribers_only
def remove() -> ResponseReturnValue:
    """Unbind a device; one that is not bound any more counts as done."""
    device = marks_of(request.form)
    signed.billing().post("me/devices/remove", device, key=_key(device), subject=signed.subject())
    flash(_("The device is removed. Television cannot be watched on it any more."), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/help/<kind>")
@signed.subscribers_only
def how_to(kind: str) -> ResponseReturnValue:
    """How a device of this kind is signed in."""
    if kind not in HOWTOS:
        abort(404)
    me = signed.me()
    return render_template(
        "devices_help.html", me=me, codes=binding_codes(me), how_to=HOWTOS[kind], kind=kind, how_tos=HOWTOS
    )


def _page(typed: Typed, status: int = 200) -> ResponseReturnValue:
    me = signed.me()
    has_any = any(each["state"] in LIVE for each in me["subscriptions"])
    listed = _listed() if has_any else None
    is_on, room = me["tv"]["state"] == "on", listed.room if listed else 0
    page = render_template(
        "devices.html",
        me=me,
        has_any=has_any,
        codes=binding_codes(me),
        listed=listed,
        room=room,
        typed=typed,
        may_add=typed.values or typed.problems or (is_on and room),
        how_tos=HOWTOS,
    )
    return page, status


def _listed() -> Listed | None:
    """The devices; None while the billing or the partner cannot tell: the code is shown all the same.

    :raises Refused: the session is over
    """
    try:
        return Listed.read()
    except Unreachable:
        return None
    except Refused as refusal:
        if refusal.code in SESSION_OVER:
            raise
        return None


def _sent(path: str, device: Mapping[str, str]) -> Refused | None:
    """Send an order about a device; None when it is done, else why it was refused.

    :raises Refused: the session is over
    :raises Unreachable: nobody knows
    """
    try:
        signed.billing().post(path, dict(device), key=_key(device), subject=signed.subject())
    except Refused as refusal:
        if refusal.code in SESSION_OVER:
            raise
        begin_anew()
        return refusal
    return None


def _key(device: Mapping[str, str]) -> str:
    """The key of the form together with what it says: corrected and sent again it is another request.

    A form that is not ours is answered with 400.
    """
    key = request.form.get("key", "")
    if not re.fullmatch(r"[\w-]{8,64}", key, re.ASCII):
        abort(400)
    said = [key, *(device.get(mark, "") for mark in MARKS)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
