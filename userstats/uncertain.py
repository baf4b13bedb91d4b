"""An order of which nobody knows whether it has arrived: the same one can be sent again."""

from collections.abc import Mapping

from flask import render_template
from flask.typing import ResponseReturnValue


def uncertain(
    address: str, order: Mapping[str, object], *, back: tuple[str, str], is_busy: bool
) -> ResponseReturnValue:
    """A page with a button that sends `order` (with its key) to `address` once more.

    `is_busy`: the billing is carrying it out; otherwise it has not answered. `back` is an address and its words.
    """
    page = render_template("order_unknown.html", address=address, order=order, back=back, is_busy=is_busy)
    return page, 409 if is_busy else 503
