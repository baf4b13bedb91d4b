"""The one form of a phone number that the partner takes."""

import re

from olltv_module.errors import BadMobile


def normal_phone(text: str, field: str = "phone") -> str:
    """`+38 (050) 123-45-67`, `380501234567`, `8 050 1234567` as `0501234567`.

    The partner silently drops a number of another form, and the subscriber then cannot sign in: so it is refused.

    :raises BadMobile: anything else; the number is told with its middle hidden, since errors reach logs
    """
    digits = re.sub(r"[\s().+\-\u2010-\u2015]", "", text)
    match = re.fullmatch(r"(?:(?:00)?38|8)?(0[3-9]\d{8})", digits, re.ASCII)
    if not match:
        raise BadMobile(field=field, value=mask_phone(text))
    return match[1]


def mask_phone(phone: str) -> str:
    """`0501234567`, however it is written, becomes `050***4567`; what is too short is hidden whole."""
    digits = re.sub(r"\D", "", phone).removeprefix("38")
    return f"{digits[:3]}***{digits[-4:]}" if len(digits) >= 9 else "***"
