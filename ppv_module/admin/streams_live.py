"""Who watches now: sums by server, stream and account, and the list of all of them. Both pages update themselves."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.streams_words import BY_TEXTS, RIGHT_LOOKS, RIGHT_TEXTS, flags_text
from ppv_module.streams.figures import watchers
from ppv_module.streams.figures.live import MOST, By, live
from ppv_module.streams.figures.places import server_names
from ppv_module.streams.figures.watchers import Line, Wanted
from ppv_module.streams.models import Right
from weblib.exports import Source, register
from weblib.forms import CheckField, ChoiceField, Filter, NumberField, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("streams_live", __name__, url_prefix="/streams/live", template_folder="templates")
MENU = Entry(
    endpoint="streams_live.show",
    text=N_("Live viewers"),
    icon="activity",
    section="Streams",
    place=10,
    rights=("PPV",),
)
LARGEST = 2**63 - 1


class WatcherFilter(Filter):
    """Narrows the list of those who watch."""

    id = SearchField(N_("Identifier begins with"), most=64)
    login = SearchField(N_("Login"), most=64)
    stream = SearchField(N_("Application or stream begins with"), most=200)
    address = SearchField(N_("Address begins with"), most=45)
    server = ChoiceField(N_("Media server"), choices=[])
    right = ChoiceField(N_("Right"), choices=[("", N_("all")), *((each.value, RIGHT_TEXTS[each]) for each in Right)])
    active = CheckField(N_("Only active ones"))
    flagged = CheckField(N_("Only marked ones"))
    place = NumberField(N_("Number of the stream"), least=1, most=LARGEST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.server.choices = [("", _("all")), *((str(number), title) for number, title in _servers())]
        self.validate()

    @property
    def wanted(self) -> Wanted:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        right, server = chosen.get("right"), chosen.get("server")
        return Wanted(
            id=chosen.get("id", ""),
            login=chosen.get("login", ""),
            ip=chosen.get("address", ""),
            stream=chosen.get("stream", ""),
            server_id=int(server) if server else None,
            place_id=chosen.get("place"),
            right=Right(right) if right else None,
            active=bool(chosen.get("active")),
            flagged=bool(chosen.get("flagged")),
        )


def _servers() -> list[tuple[int, str]]:
    with desk().billing.reading() as session:
        return server_names(session)


def block_url(name: str) -> str:
    """The form that blocks an identifier."""
    return f"/streams/denials/block?{urlencode({'name': name})}"


def _login_url(line: Line) -> str | None:
    return viewer_url(line.login) if line.login else None


COLUMNS: tuple[Column[Line], ...] = (
    Column(
        "id",
        N_("Identifier"),
        lambda each: each.viewing.name or None,
        badge=lambda each: "bad" if each.is_denied else None,
        sort=True,
    ),
    Column("login", N_("Login"), lambda each: each.login or None, link=_login_url),
    Column("stream", N_("Stream"), lambda each: each.stream),
    Column("server", N_("Media server"), lambda each: each.server),
    Column("address", N_("Address"), lambda each: each.viewing.ip, sort=True),
    Column("device", N_("Device"), lambda each: each.device, shown=False),
    Column("agents", N_("Programs"), lambda each: ", ".join(each.agents), shown=False),
    Column("since", N_("Since"), lambda each: each.viewing.since, sort=True),
    Column("minutes", N_("Minutes today"), lambda each: each.viewing.watched_ms // 60_000, sort=True, numeric=True),
    Column("session_minutes", N_("Minutes of the session"), lambda each: each.minutes, shown=False, numeric=True),
    Column("rate", N_("Credits a minute"), lambda each: each.per_minute, shown=False, numeric=True),
    Column(
        "right",
        N_("Right"),
        lambda each: _(RIGHT_TEXTS[each.viewing.right]),
        badge=lambda each: RIGHT_LOOKS.get(each.viewing.right, "quiet"),
    ),
    Column("active", N_("Session is active"), lambda each: each.is_active, shown=False),
    Column("denied", N_("On the deny list"), lambda each: each.is_denied, shown=False),
    Column("flags", N_("Marks"), lambda each: flags_text(each.viewing.flags)),
    Column("bytes", N_("Bytes"), lambda each: each.viewing.bytes_sent, shown=False, numeric=True),
)


def _exported(billing: Billing) -> Iterator[Line]:
    return watchers.every_watcher(billing, WatcherFilter().wanted, now=desk().clock())


EXPORT = register(
    Source(name="stream_viewers", title=N_("Live viewers"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show() -> ResponseReturnValue:
    """The sums."""
    asked = request.args.get("by", "")
    by = By(asked) if asked in set(By) else By.SERVER
    with desk().billing.reading() as session:
        board = live(session, desk().billing, by=by, now=desk().clock())
    texts = {each.value: _(text) for each, text in BY_TEXTS.items()}
    return render_template(
        "ppv/streams/live_show.html", board=board, by=by.value, texts=texts, most=MOST, viewer_url=viewer_url
    )


@bp.get("/viewers")
@requires("PPV")
def show_viewers() -> ResponseReturnValue:
    """One line for each session, those that began to be reported last first."""
    form, asked = WatcherFilter(), wish(COLUMNS)
    billing, now = desk().billing, desk().clock()
    with billing.reading() as session:
        found = watchers.watchers(
            session,
            billing,
            form.wanted,
            now=now,
            sort=asked.sort,
            descending=asked.descending,
            cursor=asked.cursor,
        )
        counted = watchers.count_watchers(session, billing, form.wanted, now=now)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template(
        "ppv/streams/live_viewers.html",
        listing=listing,
        form=form,
        now=now,
        block_url=block_url,
        here=request.full_path.rstrip("?"),
    )
