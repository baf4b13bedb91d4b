"""The first page."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from olltv_module.admin.dashboard import first_page
from weblib.rights import requires

bp = Blueprint("overview", __name__)


@bp.get("/")
@requires()
def show() -> ResponseReturnValue:
    """How the service stands, and what needs a person."""
    return first_page()
