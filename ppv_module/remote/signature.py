"""How a call of the signed API is signed: by an HMAC over its time, method, address and body."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

VERSION = "v1="


def signature(secret: str, *, timestamp: str, method: str, target: str, body: bytes) -> str:
    """The lowercase hex signature of a call; `target` is the path with its query, as it was sent."""
    lines = (timestamp, method.upper(), target, sha256(body).hexdigest())
    return hmac.new(secret.encode(), "\n".join(lines).encode(), sha256).hexdigest()


def is_signed(given: str, secrets: Iterable[str], *, timestamp: str, method: str, target: str, body: bytes) -> bool:
    """Whether the header `given` (`v1=` and hex) was made with one of `secrets`.

    All of them are tried, each in constant time, so that the time tells neither how near a guess was nor which fits.
    """
    fits = [
        hmac.compare_digest(
            given.encode(),
            (VERSION + signature(secret, timestamp=timestamp, method=method, target=target, body=body)).encode(),
        )
        for secret in secrets
        if secret
    ]
    return any(fits)
