"""Status codes of the API, their English texts, and the refusal that carries one."""

from enum import IntEnum


class Status(IntEnum):
    """`status` of an answer."""

    OK = 0
    HASH_EXPIRED = 109
    HASH_MISSING = 110
    WRONG_LOGIN = 111
    LOGIN_EMPTY = 112
    PASSWORD_EMPTY = 113
    EMAIL_EXISTS = 115
    EMAIL_MALFORMED = 116
    DEVICE_OF_ANOTHER_ACCOUNT = 117
    DEVICE_BOUND = 119
    WRONG_DATE = 120
    FIELD_MISSING = 200
    EMAIL_MISSING = 201
    NO_MAC_NO_SERIAL = 203
    NEW_EMAIL_MISSING = 205
    REGISTRATION_FAILED = 301
    WRONG_MAC = 302
    WRONG_SERIAL = 303
    WRONG_CODE = 304
    CODE_USED_UP = 305
    ACCOUNT_NOT_FOUND = 404
    WRONG_DEVICE_TYPE = 405
    DEVICE_NOT_FOUND = 406
    BUNDLE_NOT_FOUND = 407
    ORDER_VIOLATED = 408
    DEVICE_OF_ANOTHER_OPERATOR = 501
    ALREADY_OFF = 504
    USER_OF_ANOTHER_OPERATOR = 505
    USER_NOT_ACTIVE = 506


MESSAGES: dict[Status, str] = {
    Status.HASH_EXPIRED: "Hash expired",
    Status.HASH_MISSING: "Authorization missed",
    Status.WRONG_LOGIN: "Auth failed",
    Status.LOGIN_EMPTY: "Login empty",
    Status.PASSWORD_EMPTY: "Password empty",
    Status.EMAIL_EXISTS: "Email already exists",
    Status.EMAIL_MALFORMED: "Email validation failed",
    Status.DEVICE_OF_ANOTHER_ACCOUNT: "Result user account does not match provided",
    Status.DEVICE_BOUND: "Device with provided mac or/and serial number already exist",
    Status.WRONG_DATE: "Wrong date format",
    Status.FIELD_MISSING: "Required fields missed",
    Status.EMAIL_MISSING: "Field email is required",
    Status.NO_MAC_NO_SERIAL: "Neither mac nor serial_number was found in your request",
    Status.NEW_EMAIL_MISSING: "Field new_email is required",
    Status.REGISTRATION_FAILED: "Registration failed. Contact technical support",
    Status.WRONG_MAC: "Wrong MAC address",
    Status.WRONG_SERIAL: "Wrong Serial number",
    Status.WRONG_CODE: "Invalid binding code",
    Status.CODE_USED_UP: "No devices can be binded by this code",
    Status.ACCOUNT_NOT_FOUND: "Account not found",
    Status.WRONG_DEVICE_TYPE: "Not eligible device_type",
    Status.DEVICE_NOT_FOUND: "Device not found in our DB",
    Status.BUNDLE_NOT_FOUND: "Subscription not found",
    Status.ORDER_VIOLATED: "Subscription order violation",
    Status.DEVICE_OF_ANOTHER_OPERATOR: "Access denied",
    Status.ALREADY_OFF: "User already deactivated",
    Status.USER_OF_ANOTHER_OPERATOR: "User is attached to another operator",
    Status.USER_NOT_ACTIVE: "Account is not active",
}


class Refused(Exception):
    """A definite no; nothing has changed."""

    def __init__(self, status: Status) -> None:
        super().__init__(MESSAGES[status])
        self.status = status
