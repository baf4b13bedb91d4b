"""The options in force and where each of them comes from; they are changed in alter.ini, not here."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

import suite
from billing.errors import N_
from panel import staff
from suite.runtime import Runtime
from weblib.logs import scrubbed
from weblib.options import DEFAULT, ENVIRONMENT, Options, Spec, effective
from weblib.pages import gettext as _
from weblib.rights import requires

SOURCES = {DEFAULT: N_("default"), ENVIRONMENT: N_("environment")}

bp = Blueprint("settings", __name__)


@dataclass(frozen=True)
class Line:
    """An option as it is shown: nothing of a secret but whether it is set."""

    name: str
    help: str
    value: str
    default: str
    source: str
    is_default: bool


@bp.get("/settings")
@requires("ADMIN")
def show() -> ResponseReturnValue:
    """The options of every owner, and what runs with them."""
    runtime = staff.runtime()
    settings = runtime.settings
    groups = [
        (_("The suite"), list(_lines(settings.suite, settings.sources))),
        ("OLL.TV", list(_lines(settings.olltv, settings.sources))),
        (_("Pay-per-view"), list(_lines(settings.ppv, settings.sources))),
        (_("Metered streams"), list(_lines(settings.streams, settings.sources))),
    ]
    file = settings.directory / "alter.ini"
    return render_template("settings.html", groups=groups, versions=list(_versions(runtime)), file=file)


def _lines(options: Options, sources: Mapping[str, str]) -> Iterator[Line]:
    for spec, value, default in effective(options):
        source = sources[spec.name]
        yield Line(
            name=spec.name,
            help=_(spec.help),
            value=_written(spec, value),
            default="" if spec.secret else _written(spec, default),
            source=_(SOURCES[source]) if source in SOURCES else source,
            is_default=source == DEFAULT,
        )


def _written(spec: Spec, value: object) -> str:
    """`value` as the operator would write it into the file."""
    if spec.secret:
        return _("set") if value else _("not set")
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in value)
    return scrubbed(str(value))  # a web address may hold a password


def _versions(runtime: Runtime) -> Iterator[tuple[str, str]]:
    dialect = runtime.billing.engine.dialect
    schema = runtime.schema()
    number = ".".join(str(part) for part in dialect.server_version_info or ())
    maker = "MariaDB" if getattr(dialect, "is_mariadb", False) else dialect.name.replace("sqlite", "SQLite")
    yield _("The suite"), suite.__version__
    yield "Python", platform.python_version()
    yield _("Database"), f"{maker} {number}"
    yield _("Schema of the database"), schema or ""
