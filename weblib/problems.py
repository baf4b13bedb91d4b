"""Errors for machines, as RFC 9457 writes them."""

import json

from flask import Response


def problem(status: int, code: str, title: str, detail: str, **extra: object) -> Response:
    """An `application/problem+json` answer. `code` is ours and stable, `title` and `detail` are for people.

    `extra` members stand beside the standard ones and never replace them.
    """
    members = {"type": f"urn:olltv:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    body = json.dumps(extra | members, ensure_ascii=False, default=str)
    return Response(body, status, content_type="application/problem+json")
