"""What a partner call can raise.

PartnerError
├── PartnerUnreachable        no clear answer: read the partner's state, then try again
│   └── PartnerRejectsUs      110-113: our own login is not accepted; nobody's order is refused for it
│       └── HashExpired       109: authenticate and repeat once; the client does so by itself
└── PartnerRefused            a definite no (any code without a class of its own, or a plain "0")
    ├── AccountUnknown        404
    ├── EmailTaken            115
    ├── EmailMalformed        116
    ├── ForeignUser           505
    ├── UserNotActive         506
    ├── BundleUnknown         407
    ├── OrderViolated         408
    ├── AlreadyOff            504
    ├── OldBundleOff          changeBundle: the bundle to leave is not on
    ├── DeviceUnknown         406
    ├── DeviceTaken           117, 119
    ├── ForeignDevice         501
    ├── WrongBindingCode      304
    └── BindingCodeUsed       305
"""

from billing.errors import N_, PartnerError, PartnerRefused, PartnerUnreachable
from olltv_module.partner.codes import Status


class PartnerRejectsUs(PartnerUnreachable):
    """The operator's own login is not accepted: nothing was done. Facts: `call`, `reason`, `status`, `message`."""

    code = "partner_rejects_us"
    text = N_("The TV partner does not accept our login. The operator must check OLLTV_LOGIN and OLLTV_PASSWORD.")


class HashExpired(PartnerRejectsUs):
    """The session hash is no longer valid; met outside the client, a fresh one was not accepted either."""


class AccountUnknown(PartnerRefused):
    """The partner has no such account."""

    code = "partner_account_unknown"
    text = N_("The TV partner does not know this account.")


class EmailTaken(PartnerRefused):
    """The e-mail is registered already, here or at another operator."""

    code = "partner_email_taken"
    text = N_("This e-mail is already registered at the TV partner.")


class EmailMalformed(PartnerRefused):
    """The partner does not take this for an e-mail."""

    code = "partner_email_malformed"
    text = N_("The TV partner does not accept this e-mail. Check how it is written.")


class ForeignUser(PartnerRefused):
    """The user is bound to another operator; only he can have himself unbound there."""

    code = "partner_foreign_user"
    text = N_("This user is a client of another operator at the TV partner. That operator must release him first.")


class UserNotActive(PartnerRefused):
    """The user has not confirmed his registration or was blocked by the partner."""

    code = "partner_user_not_active"
    text = N_("This user is not active at the TV partner.")


class BundleUnknown(PartnerRefused):
    """The partner has no such bundle: the tariff's service id is wrong."""

    code = "partner_bundle_unknown"
    text = N_("The TV partner does not know this bundle. Check the service id of the tariff.")


class OrderViolated(PartnerRefused):
    """An extra screen without a main bundle, or a main switched off under its extra screens."""

    code = "partner_order_violated"
    text = N_("Extra screens need an active main bundle: switch it on first and off last.")


class AlreadyOff(PartnerRefused):
    """There is nothing to switch off."""

    code = "partner_already_off"
    text = N_("This bundle is already switched off at the TV partner.")


class OldBundleOff(PartnerRefused):
    """A change of bundle found the old one off: switch the new one on instead."""

    code = "partner_old_bundle_off"
    text = N_("The bundle to be changed is not switched on at the TV partner.")


class DeviceUnknown(PartnerRefused):
    """The partner has no such device."""

    code = "partner_device_unknown"
    text = N_("The TV partner does not know this device.")


class DeviceTaken(PartnerRefused):
    """The device is bound already, to this account or to another."""

    code = "partner_device_taken"
    text = N_("This device is already bound to an account.")


class ForeignDevice(PartnerRefused):
    """The device was given out by another operator."""

    code = "partner_foreign_device"
    text = N_("This device belongs to another operator.")


class WrongBindingCode(PartnerRefused):
    """The code is not one of this account."""

    code = "partner_wrong_binding_code"
    text = N_("The binding code is wrong.")


class BindingCodeUsed(PartnerRefused):
    """Another device was bound with this code."""

    code = "partner_binding_code_used"
    text = N_("The binding code has been used for another device.")


_CLASSES: dict[int, type[PartnerRefused]] = {
    Status.EMAIL_EXISTS: EmailTaken,
    Status.EMAIL_MALFORMED: EmailMalformed,
    Status.DEVICE_OF_OTHER_ACCOUNT: DeviceTaken,
    Status.DEVICE_ALREADY_BOUND: DeviceTaken,
    Status.WRONG_BINDING_CODE: WrongBindingCode,
    Status.BINDING_CODE_USED: BindingCodeUsed,
    Status.ACCOUNT_NOT_FOUND: AccountUnknown,
    Status.DEVICE_NOT_FOUND: DeviceUnknown,
    Status.BUNDLE_NOT_FOUND: BundleUnknown,
    Status.ORDER_VIOLATED: OrderViolated,
    Status.DEVICE_OF_OTHER_OPERATOR: ForeignDevice,
    Status.ALREADY_OFF: AlreadyOff,
    Status.USER_OF_OTHER_OPERATOR: ForeignUser,
    Status.USER_NOT_ACTIVE: UserNotActive,
}
_REJECTIONS = {Status.HASH_MISSING, Status.WRONG_LOGIN, Status.LOGIN_EMPTY, Status.PASSWORD_EMPTY}


def error_for(*, call: str, status: int, message: str) -> PartnerError:
    """The error that a failure code stands for; an unknown code is a plain refusal."""
    if status == Status.HASH_EXPIRED:
        return HashExpired(call=call, status=status, message=message, reason=message)
    if status in _REJECTIONS:
        return PartnerRejectsUs(call=call, status=status, message=message, reason=message)
    return _CLASSES.get(status, PartnerRefused)(call=call, status=status, message=message)
