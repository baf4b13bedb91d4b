"""Numbers of things in addresses."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**63 - 1
"""No database has a larger number; drivers fail on one instead of finding nothing."""


class Number(IntegerConverter):
    """`<int:name>` of a thing that a database can hold; whatever is larger is no address of ours."""

    def __init__(self, routes: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(routes, *args, **({"max": LARGEST} | kwargs))


def limit_numbers(app: Flask) -> None:
    """Make it the `int` of the addresses of `app`. Call this before its routes are added."""
    app.url_map.converters["int"] = Number
