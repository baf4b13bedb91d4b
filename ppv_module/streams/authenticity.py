"""Whether a sync comes from a server that knows the token, and the proof that we know it too.

MD5 is what the servers speak. The signature does not cover the body: see the guide on streams, section on safety.
"""

import base64
import hashlib
import hmac


def signature(*, server_id: str, puzzle: str, token: str) -> str:
    """What a server with `token` signs its message with: 24 characters of base64."""
    return digest(server_id, puzzle, token)


def solution(*, puzzle: str, token: str) -> str:
    """What a server wants to see before it believes a list."""
    return digest(puzzle, token)


def is_genuine(*, server_id: str, puzzle: str, signed: str, token: str) -> bool:
    """Whether a message is signed with `token`; compared in constant time. One with a part missing is not."""
    if not (server_id and puzzle and signed):
        return False
    expected = signature(server_id=server_id, puzzle=puzzle, token=token)
    return hmac.compare_digest(expected.encode(), signed.encode())


def digest(*parts: str) -> str:
    """Base64 of the MD5 of the parts as one text."""
    return base64.b64encode(hashlib.md5("".join(parts).encode(), usedforsecurity=False).digest()).decode()
