"""Every method of the API by its name on the wire, except `auth2`, which needs no hash."""

from collections.abc import Callable
from typing import NamedTuple

from . import bundles, devices, purchases, users
from .ask import Answer, Ask

AUTH = "auth2"


class Method(NamedTuple):
    """One method; a reading one is also open to GET and changes nothing."""

    run: Callable[[Ask], Answer]
    reads: bool = False


METHODS: dict[str, Method] = {
    "emailExists": Method(users.email_exists, reads=True),
    "accountExists": Method(users.account_exists, reads=True),
    "addUser": Method(users.add_user),
    "getUserList": Method(users.get_user_list, reads=True),
    "changeAccount": Method(users.change_account),
    "deleteAccount": Method(users.delete_account),
    "changeEmail": Method(users.change_email),
    "getUserInfo": Method(users.get_user_info, reads=True),
    "changeUserInfo": Method(users.change_user_info),
    "resetParentControl": Method(users.reset_parent_control),
    "enableBundle": Method(bundles.enable_bundle),
    "disableBundle": Method(bundles.disable_bundle),
    "checkBundle": Method(bundles.check_bundle, reads=True),
    "changeBundle": Method(bundles.change_bundle),
    "getAllPurchases": Method(purchases.get_all_purchases, reads=True),
    "addDevice": Method(devices.add_device),
    "delDevice": Method(devices.del_device),
    "deviceExists": Method(devices.device_exists, reads=True),
    "getDeviceList": Method(devices.get_device_list, reads=True),
}
NAMES = frozenset(METHODS) | {AUTH}
