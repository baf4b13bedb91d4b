"""The partner's API as typed methods, one for each of his."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar, Unpack

from billing.errors import PartnerRefused
from olltv_module.partner.envelope import Answer, Fields
from olltv_module.partner.errors import AlreadyOff, OldBundleOff
from olltv_module.partner.health import Health
from olltv_module.partner.journal import CallJournal
from olltv_module.partner.transport import Transport
from olltv_module.partner.values import (
    AddDeviceType,
    DeleteDeviceType,
    Device,
    DisableType,
    EnableType,
    PartnerUser,
    Profile,
    Purchase,
    Who,
)

LIST_PAGE_ROWS = 1000
PURCHASES_PAGE_ROWS = 10_000

T = TypeVar("T")


class Partner:
    """Client of the partner's API. Share one among threads; it authenticates by itself when first needed.

    Any method may raise (and only what it adds is said at the method):

    - PartnerUnreachable: no clear answer, the outcome is unknown; read the state, then try again
    - PartnerRejectsUs: the operator's login is not accepted; nothing was done
    - PartnerRefused, or the class of its code: a definite no; `facts["status"]` is the partner's code
    """

    def __init__(
        self,
        *,
        base_url: str,
        login: str,
        password: str,
        connect_timeout_s: float = 3.05,
        read_timeout_s: float = 10.0,
        journal: CallJournal | None = None,
        health: Health | None = None,
    ) -> None:
        """Nothing is sent yet.

        :raises Misconfigured: the address is no URL, or plain http to another machine
        """
        self._transport = Transport(
            base_url=base_url,
            login=login,
            password=password,
            timeout_s=(connect_timeout_s, read_timeout_s),
            journal=journal,
            health=health,
        )

    # Users

    def email_exists(self, *, email: str) -> bool:
        """Whether anybody, here or at another operator, is registered with this e-mail."""
        return self._call("emailExists", email=email).flag()

    def account_exists(self, *, account: str) -> PartnerUser | None:
        """The user of this account, or None."""
        return self._call("accountExists", account=account).found(PartnerUser.read)

    def add_user(
        self,
        *,
        account: str,
        email: str,
        profile: Profile | None = None,
        receive_news: bool = False,
        send_registration_email: bool = False,
    ) -> str:
        """Register a user, return the partner's id of him.

        Not safe to repeat blindly: after an unclear answer ask `account_exists`.

        :raises EmailTaken, EmailMalformed: choose another e-mail, or bind the known one by `change_account`
        :raises BadMobile: refused by us, nothing was sent
        """
        facts = profile.form() if profile else {}
        return self._call(
            "addUser",
            account=account,
            email=email,
            receive_news=str(int(receive_news)),
            send_registration_email=str(int(send_registration_email)),
            **facts,
        ).text()

    def user_list(self) -> Iterator[PartnerUser]:
        """All users of this operator, fetched page by page."""
        return self._listed("getUserList", PartnerUser.read)

    def change_account(self, *, email: str, account: str) -> None:
        """Bind the user of `email` to `account`; one not bound to anybody yet has to confirm by mail.

        :raises AccountUnknown, ForeignUser: nobody has this e-mail; he is bound to another operator
        """
        self._call("changeAccount", email=email, account=account)

    def delete_account(self, **who: Unpack[Who]) -> None:
        """Unbind a user from this operator.

        :raises AccountUnknown, ForeignUser: he is not ours, or no more
        """
        self._call("deleteAccount", **_one(who))

    def change_email(self, *, email: str, new_email: str) -> None:
        """Give the user of `email` another one."""
        self._call("changeEmail", email=email, new_email=new_email)

    def user_info(self, **who: Unpack[Who]) -> PartnerUser:
        """A user with the bundles he has.

        :raises AccountUnknown, ForeignUser: no such user; he belongs to another operator
        """
        answer = self._call("getUserInfo", **_one(who))
        user = answer.one(PartnerUser.read)
        if user.bundles is None:
            raise answer.odd()
        return user

    def change_user_info(self, *, profile: Profile, **who: Unpack[Who]) -> None:
        """Change the facts that `profile` gives; the others stay.

        :raises BadMobile: refused by us, nothing was sent
        """
        self._call("changeUserInfo", **_one(who), **profile.form())

    def reset_parent_control(self, **who: Unpack[Who]) -> None:
        """Set the user's parental code back to the partner's default."""
        self._call("resetParentControl", **_one(who))

    # Bundles

    def enable_bundle(self, *, account: str, bundle: str, kind: EnableType) -> str | None:
        """Switch `bundle` on, return its binding code, or None if it has none; one already on counts as done.

        The code may differ from the one before: keep what each call returns.

        :raises OrderViolated, BundleUnknown, AccountUnknown, UserNotActive, ForeignUser: it stays off
        """
        answer = self._call("enableBundle", account=account, sub_id=bundle, type=kind)
        code = answer.text()
        if code == "0":
            raise _said_no(answer)
        return None if code == "1" else code

    def disable_bundle(self, *, account: str, bundle: str, kind: DisableType) -> None:
        """Switch `bundle` off; one already off counts as done, so repeat freely.

        :raises OrderViolated: a main goes off only after its extra screens
        """
        try:
            answer = self._call("disableBundle", account=account, sub_id=bundle, type=kind)
        except AlreadyOff:
            return
        if not answer.flag():
            raise _said_no(answer)

    def check_bundle(self, *, account: str, bundle: str) -> bool:
        """Whether `bundle` is on."""
        return self._call("checkBundle", account=account, sub_id=bundle).flag()

    def change_bundle(self, *, account: str, old: str, new: str) -> None:
        """Put `new` in the place of the main `old`: devices, codes and extra screens stay. Repeat freely.

        :raises OldBundleOff: `old` is not on, so enable `new` instead
        """
        try:
            answer = self._call("changeBundle", account=account, old_sub_id=old, new_sub_id=new)
        except AlreadyOff as error:
            raise OldBundleOff(**error.facts) from error
        if answer.data in (0, "0"):
            raise OldBundleOff(call=answer.call, status=0, message="The old subscription is not on")

    def purchases(self, *, start_date: date) -> Iterator[Purchase]:
        """The partner's report from `start_date` to the end of its month, fetched page by page."""
        form = {"start_date": start_date.isoformat()}
        while True:
            answer = self._call("getAllPurchases", **form)
            rows = answer.each(Purchase.read, "purchases")
            page = answer.number("Page", default=int(form.get("page", 1)))
            if str(page) != form.get("page", str(page)):
                raise answer.odd()  # it goes round in circles
            yield from rows
            if len(rows) < PURCHASES_PAGE_ROWS:
                return
            form["page"] = str(page + 1)  # the first page's number is the partner's choice

    # Devices

    def add_device(
        self,
        *,
        account: str,
        mac: str | None = None,
        serial_number: str | None = None,
        binding_code: str | None = None,
        kind: AddDeviceType | None = None,
        device_type: str | None = None,
        device_model: str | None = None,
    ) -> None:
        """Bind a device, named by its MAC, its serial number or both.

        :raises DeviceTaken: it is bound already; after an unclear answer look whose by `device_exists`
        :raises WrongBindingCode, BindingCodeUsed, AccountUnknown, ForeignUser: it stays unbound
        """
        self._call(
            "addDevice",
            account=account,
            mac=mac,
            serial_number=serial_number,
            binding_code=binding_code,
            type=kind,
            device_type=device_type,
            device_model=device_model,
        )

    def delete_device(
        self,
        *,
        kind: DeleteDeviceType,
        mac: str | None = None,
        serial_number: str | None = None,
        account: str | None = None,
    ) -> None:
        """Unbind a device; `account` has the partner check whose it is.

        :raises DeviceUnknown, DeviceTaken, ForeignDevice: no such device; of another account; of another operator
        """
        self._call("delDevice", mac=mac, serial_number=serial_number, account=account, type=kind)

    def device_exists(self, *, mac: str | None = None, serial_number: str | None = None) -> Device | None:
        """The device of this MAC or serial number, or None."""
        return self._call("deviceExists", mac=mac, serial_number=serial_number).found(Device.read)

    def device_list(self, *, account: str | None = None, email: str | None = None) -> Iterator[Device]:
        """The devices of one user, or of all, fetched page by page."""
        return self._listed("getDeviceList", Device.read, account=account, email=email)

    def _listed(self, method: str, read: Callable[[Fields], T], **form: str | None) -> Iterator[T]:
        offset, before = 0, list[T]()
        while True:
            answer = self._call(method, offset=str(offset), limit=str(LIST_PAGE_ROWS), **form)
            rows = answer.each(read)
            if rows and rows == before:
                raise answer.odd()  # it goes round in circles
            yield from rows
            if len(rows) < LIST_PAGE_ROWS:
                return
            offset, before = offset + len(rows), rows

    def _call(self, method: str, **form: str | None) -> Answer:
        return self._transport.call(method, {name: text for name, text in form.items() if text is not None})


def _one(who: Who) -> dict[str, str]:
    """The one way in which a user is named; anything else is a programming error."""
    if len(who) != 1:
        raise ValueError("Name a user in exactly one way.")
    return {name: str(value) for name, value in who.items()}


def _said_no(answer: Answer) -> PartnerRefused:
    return PartnerRefused(call=answer.call, status=0, message="The partner said no and gave no reason")
