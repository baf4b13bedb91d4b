"""Hides what must not reach a log or an error: passwords, hashes, binding codes, phones, e-mails."""

import re
from collections.abc import Iterable

from olltv_module.phones import mask_phone

HIDDEN = "***"
MIN_SECRET_CHARS = 4
"""Shorter values stand in too many innocent words to be replaced wherever they occur; their key hides them."""

_VALUE = r"""["'\]]*\s*(?:=>|[:=])\s*)("(?:[^"\\]|\\.)*"?|[^\s,;&}<]+)"""
_SECRET = re.compile(r"(\b(?:password|hash|binding_code)" + _VALUE, re.IGNORECASE)
_NAMED_PHONE = re.compile(r"(\bphone" + _VALUE, re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.])(?:\+?38[ -]?)?\(?0\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?!\w)")
_EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w.-]+)")


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without secrets: the given ones wherever they occur, the rest by their key or shape."""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_CHARS:
            text = text.replace(secret, HIDDEN)
    text = _SECRET.sub(rf'\1"{HIDDEN}"', text)
    text = _NAMED_PHONE.sub(lambda match: f'{match[1]}"{mask_phone(match[2])}"', text)
    text = _PHONE.sub(lambda match: mask_phone(match[0]), text)
    return _EMAIL.sub(rf"\1{HIDDEN}@\2", text)
