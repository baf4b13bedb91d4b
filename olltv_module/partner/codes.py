"""Status codes of the partner's API with their short English texts."""

from enum import IntEnum
from typing import Self


class Status(IntEnum):
    """What `status` in an answer means. `text` stands in where the partner sends no message."""

    text: str

    def __new__(cls, code: int, text: str = "") -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.text = text
        return member

    OK = 0, "Success"
    HASH_EXPIRED = 109, "Hash is expired or wrong"
    HASH_MISSING = 110, "Hash is missing"
    WRONG_LOGIN = 111, "Wrong login or password"
    LOGIN_EMPTY = 112, "Login is empty"
    PASSWORD_EMPTY = 113, "Password is empty"
    EMAIL_EXISTS = 115, "Email already exists"
    EMAIL_MALFORMED = 116, "Email is malformed"
    DEVICE_OF_OTHER_ACCOUNT = 117, "Device belongs to another account"
    DEVICE_ALREADY_BOUND = 119, "Device is already bound"
    WRONG_DATE = 120, "Wrong date"
    FIELD_MISSING = 200, "Required field is missing"
    EMAIL_MISSING = 201, "Email is missing"
    DEVICE_NOT_NAMED = 203, "Neither mac nor serial number is given"
    NEW_EMAIL_MISSING = 205, "New email is missing"
    REGISTRATION_FAILED = 301, "Registration failed"
    WRONG_MAC = 302, "Wrong MAC"
    WRONG_SERIAL = 303, "Wrong serial number"
    WRONG_BINDING_CODE = 304, "Wrong binding code"
    BINDING_CODE_USED = 305, "Binding code is already used"
    ACCOUNT_NOT_FOUND = 404, "Account not found"
    WRONG_DEVICE_TYPE = 405, "Wrong device type"
    DEVICE_NOT_FOUND = 406, "Device not found"
    BUNDLE_NOT_FOUND = 407, "Subscription not found"
    ORDER_VIOLATED = 408, "Order of subscriptions is violated"
    DEVICE_OF_OTHER_OPERATOR = 501, "Device belongs to another operator"
    ALREADY_OFF = 504, "Subscription is already switched off"
    USER_OF_OTHER_OPERATOR = 505, "User belongs to another operator"
    USER_NOT_ACTIVE = 506, "User is not active"


def text_of(status: int) -> str:
    """The short text of a code; a code that the paper does not know says so."""
    try:
        return Status(status).text
    except ValueError:
        return "Unknown code"
