"""Lists as files: CSV at once, XLSX at once or, when it is long, by the worker."""

from itertools import islice
from tempfile import TemporaryFile

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from panel import staff
from suite import exporting
from weblib import exports
from weblib.exports import AT_ONCE, FORMATS, Source
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.rights import may, requires

bp = Blueprint("exports", __name__, url_prefix="/exports")


@bp.get("/<name>.<any(csv, xlsx):kind>")
@requires()
def download(name: str, kind: str) -> ResponseReturnValue:
    """The list as its page shows it, all of it. A long XLSX is offered to be made by the worker."""
    source, now = _source(name), staff.runtime().clock()
    columns, rows = exports.picked(source), source.rows(staff.runtime().billing)
    if kind == "csv":
        return exports.csv_stream(columns, rows, name=exports.file_name(source, kind, now), utc=source.utc)
    head = list(islice(rows, AT_ONCE + 1))
    if len(head) > AT_ONCE:
        query = request.query_string.decode()
        return render_template("exports_long.html", title=_(source.title), name=name, limit=AT_ONCE, query=query)
    file = TemporaryFile()  # noqa: SIM115  (closed with the answer)
    exports.write_xlsx(file, columns, head, title=_(source.title))
    file.seek(0)
    called = exports.file_name(source, kind, now)
    return send_file(file, mimetype=FORMATS[kind], as_attachment=True, download_name=called)


@bp.post("/<name>")
@requires()
def ask(name: str) -> ResponseReturnValue:
    """Have the worker make the file."""
    source = _source(name)
    job = exporting.ask_for_export(
        staff.runtime().billing.uow(),
        source=source.name,
        query=request.form.get("query", "")[: exporting.QUERY],
        lang=language(),
        **staff.signed(),
    )
    return redirect(url_for("jobs.show", job_id=job.id), 303)


def _source(name: str) -> Source:
    source = exports.find(name)
    if source is None:
        abort(404)
    if source.rights and not any(may(right) for right in source.rights):
        abort(403)
    return source
