"""The blueprint that the views of this package hang on."""

from flask import Blueprint

bp = Blueprint("subscriber", __name__, url_prefix="/subscribers/<login>", template_folder="../templates")
