"""Exports that are too long for a request: the worker writes the file, and who asked for it takes it from the panel."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

import olltv_module.admin
import ppv_module.admin
import suite.eventlist
from billing.actors import Actor
from billing.errors import N_, BillingError
from billing.jobs import Job, Work, ask
from billing.uow import UnitOfWork, use_case
from olltv_module.admin.desk import EXTENSION, Desk
from ppv_module.admin.desk import EXTENSION as PPV_EXTENSION
from ppv_module.admin.desk import Desk as PpvDesk
from ppv_module.options import PpvOptions
from ppv_module.provider.choosing import chat_provider
from suite.texts import project_catalogue, say, show
from weblib import exports
from weblib.pages import Languages, speak
from weblib.pages import gettext as _

KIND = "export"
TITLE = N_("Export to a file")
FOLDER = "staff"
KEPT = timedelta(days=7)
QUERY = 2000

REGISTERING = (olltv_module.admin, ppv_module.admin, suite.eventlist)
"""Their import makes the lists known that can be exported."""


class NoSuchList(BillingError):
    """The worker does not know the list. Facts: `list`."""

    code, http_status = "no_such_list", 404
    text = N_("The worker cannot export this list (%(list)s). It may be older than the panel: restart it.")


@use_case
def ask_for_export(uow: UnitOfWork, *, source: str, query: str, lang: str, actor: Actor, now: datetime) -> Job:
    """Have the worker write the list `source`, narrowed as `query` says, into a file for `actor`.

    The same wish of the same person is one job as long as it is open.
    """
    digest = hashlib.sha256(query.encode()).hexdigest()[:16]
    uow.events.write("OLLTV EXPORT [{source}]", actor=actor, at=now, source=source)
    args = {"source": source, "query": query, "lang": lang}
    name = f"export:{source}:{actor.name}:{digest}"
    return ask(uow, kind=KIND, args=args, actor=actor, now=now, unique=name)


def export(work: Work) -> dict[str, object]:
    """The handler: write the file anew, whatever an earlier try has left.

    :raises NoSuchList: nothing is registered under this name
    """
    source = exports.find(work.args["source"])
    if source is None:
        raise NoSuchList(list=work.args["source"])
    path = file_of(work.exports_dir, work.job_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{work.token}")
    with _asked(work):
        name = exports.file_name(source, "xlsx", work.clock())
        rows = _written(work, source, draft)
    draft.replace(path)
    return {"rows": rows, "name": name}


def _written(work: Work, source: exports.Source, draft: Path) -> int:
    """Write the draft and give the number of its rows; a draft that is not finished does not stay."""
    try:
        return exports.write_xlsx(
            draft,
            exports.picked(source),
            source.rows(work.billing),
            title=_(source.title),
            progress=lambda rows: work.progress(rows, 0),
        )
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def _asked(work: Work) -> Iterator[None]:
    """As if the list were asked for now, in the language of who wants it: filters and columns read the request."""
    app = Flask(__name__, static_folder=None)
    languages = Languages(project_catalogue(), default=work.args["lang"], zone=work.billing.zone)
    speak(app, languages, show=show, tell=say, refusals=BillingError)
    app.extensions[EXTENSION] = Desk(work.billing, work.clock, work.delivering)
    chat = chat_provider(work.billing.option(PpvOptions))
    app.extensions[PPV_EXTENSION] = PpvDesk(work.billing, work.clock, chat)
    with app.test_request_context("/", query_string=work.args["query"]):
        yield


def file_of(exports_dir: Path, job_id: int) -> Path:
    """Where the file of an export lies."""
    return exports_dir / FOLDER / f"export-{job_id}.xlsx"


def forget_old(exports_dir: Path, *, now: datetime) -> None:
    """Delete files that were written long ago; drafts of workers that died go with them."""
    for path in (exports_dir / FOLDER).glob("export-*"):
        if path.stat().st_mtime < (now - KEPT).timestamp():
            path.unlink(missing_ok=True)
