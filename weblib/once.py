"""Secrets that are shown once, on the page after the one that made them.

They travel in the session's cookie, to the browser of the person for whom they were made and nowhere else: no address
and no log ever holds them, and the server keeps nothing.
"""

from flask import session


def keep(name: str, secret: dict[str, object]) -> None:
    """Keep `secret` for the next page."""
    session[f"once:{name}"] = secret


def take(name: str) -> dict[str, object] | None:
    """What was kept, the first time that it is asked for."""
    secret: dict[str, object] | None = session.pop(f"once:{name}", None)
    return secret
