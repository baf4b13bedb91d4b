"""The deny list: who is on it and why, what was found, blocking by hand and letting in again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.streams_words import REASON_LOOKS, REASON_TEXTS, fact_text, fact_title
from ppv_module.streams.denials.blocking import block, unblock
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.figures import denied
from ppv_module.streams.figures.denied import Line, Wanted
from weblib.exports import Source, register
from weblib.forms import ChoiceField, Filter, Form, NumberField, ReasonField, SearchField, TextField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("streams_denials", __name__, url_prefix="/streams/denials", template_folder="templates")
MENU = Entry(
    endpoint="streams_denials.show_all", text=N_("Deny list"), icon="ban", section="Streams", place=30, rights=("PPV",)
)
STANDING, ENDED, ALL = "", "ended", "all"
LONGEST_HOURS = 87_600


class DenialFilter(Filter):
    """Narrows the list; without a state it is what stands now."""

    state = ChoiceField(
        N_("State"),
        choices=[(STANDING, N_("on the list now")), (ENDED, N_("ended")), (ALL, N_("all"))],
    )
    reason = ChoiceField(
        N_("Reason"), choices=[("", N_("all")), *((each.value, REASON_TEXTS[each]) for each in Reason)]
    )
    id = SearchField(N_("Identifier begins with"), most=64)
    login = SearchField(N_("Login"), most=64)

    @property
    def wanted(self) -> Wanted:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        state, reason = chosen.get("state", STANDING), chosen.get("reason")
        return Wanted(
            standing={STANDING: True, ENDED: False}.get(state),
            reason=Reason(reason) if reason else None,
            id=chosen.get("id", ""),
            login=chosen.get("login", ""),
        )


class BlockForm(Form):
    """Whom to block, for how long, and why."""

    name = TextField(N_("Identifier"), required=True, most=64)
    hours = NumberField(
        N_("Hours"), least=1, most=LONGEST_HOURS, description=N_("Empty: until somebody lets it in again.")
    )
    reason = ReasonField()

    def until(self, now: datetime) -> datetime | None:
        """When it ends by itself."""
        return now + timedelta(hours=self.hours.data) if self.hours.data else None


def _url(line: Line) -> str:
    return f"/streams/denials/{line.denial.id}"


COLUMNS: tuple[Column[Line], ...] = (
    Column("id", N_("Identifier"), lambda each: each.denial.name, link=_url),
    Column(
        "reason",
        N_("Reason"),
        lambda each: _(REASON_TEXTS[each.denial.reason]),
        badge=lambda each: REASON_LOOKS.get(each.denial.reason, "warn"),
    ),
    Column("login", N_("Login"), lambda each: each.login or None, link=lambda each: login_url(each.login)),
    Column("stream", N_("Stream"), lambda each: each.stream or None),
    Column("since", N_("Since"), lambda each: each.denial.since),
    Column("until", N_("Until"), lambda each: each.denial.until),
    Column("by", N_("Decided by"), lambda each: each.denial.by or None, shown=False),
    Column("note", N_("Note"), lambda each: each.denial.note or None, shown=False),
    Column("stands", N_("On the list now"), lambda each: each.stands, shown=False),
    Column("ended", N_("Ended"), lambda each: each.ended_at, shown=False),
    Column("ended_by", N_("Ended by"), lambda each: each.denial.ended_by or None, shown=False),
)


def login_url(login: str) -> str | None:
    """The page of whose account it is."""
    return viewer_url(login) if login else None


def _exported(billing: Billing) -> Iterator[Line]:
    return denied.every_denial(billing, DenialFilter().wanted, now=desk().clock())


EXPORT = register(
    Source(name="stream_denials", title=N_("Deny list"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The list, the latest denial first, with the numbers by reason."""
    form, asked = DenialFilter(), wish(COLUMNS)
    billing, now = desk().billing, desk().clock()
    with billing.reading() as session:
        found = denied.denials(session, billing, form.wanted, now=now, cursor=asked.cursor)
        counted = denied.count_denials(session, billing, form.wanted, now=now)
        numbers = denied.by_reason(session, billing, now=now)
    by_reason = [(each.value, _(REASON_TEXTS[each]), numbers.get(each, 0)) for each in Reason]
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/streams/denials_list.html", listing=listing, form=form, numbers=by_reason, now=now)


@bp.get("/<int:denial_id>")
@requires("PPV")
def show(denial_id: int) -> ResponseReturnValue:
    """One denial with what was found.

    :raises UnknownDenial: there is no such denial
    """
    return _page("show", denial_id)


@bp.get("/<int:denial_id>/end")
@requires("PPV")
def show_end(denial_id: int) -> ResponseReturnValue:
    """What letting it in again means.

    :raises UnknownDenial: there is no such denial
    """
    return _page("end", denial_id)


@bp.post("/<int:denial_id>/end")
@requires("PPV")
def end(denial_id: int) -> ResponseReturnValue:
    """End it now; one that is over stays so.

    :raises UnknownDenial: there is no such denial
    :raises EndsWithItsCause: it is about credits, a right or an unknown name
    """
    unblock(desk().billing.uow(), denial_id=denial_id, **signed())
    flash(_("The denial is ended. The media servers are told with their next message."))
    return redirect(url_for(".show", denial_id=denial_id), 303)


@bp.get("/block")
@requires("PPV")
def show_block() -> ResponseReturnValue:
    """Whom to block."""
    form = BlockForm(formdata=None, name=request.args.get("name", "")[:64])
    return render_template("ppv/streams/denials_block.html", form=form)


@bp.post("/block")
@requires("PPV")
def do_block() -> ResponseReturnValue:
    """Put an identifier on the list, issued or not; one that is blocked already gets the new note and end."""
    form, who = BlockForm(), signed()
    if form.validate():
        with form.refusals():
            until = form.until(who["now"])
            made = block(desk().billing.uow(), name=form.name.data, note=form.reason.data, until=until, **who)
            flash(_("“%(name)s” is blocked. The media servers are told with their next message.", name=made.name))
            return redirect(url_for(".show", denial_id=made.id), 303)
    return render_template("ppv/streams/denials_block.html", form=form), 422


def _page(name: str, denial_id: int) -> str:
    billing = desk().billing
    with billing.reading() as session:
        story = denied.story(session, billing, denial_id, now=desk().clock())
    return render_template(
        f"ppv/streams/denials_{name}.html",
        story=story,
        line=story.line,
        denial=story.line.denial,
        evidence=list(_evidence(story.line.denial.evidence)),
        texts={each.value: _(text) for each, text in REASON_TEXTS.items()},
        looks={each.value: REASON_LOOKS.get(each, "warn") for each in Reason},
        login_url=login_url(story.line.login),
        form=Form(formdata=None),
    )


def _evidence(found: dict[str, Any] | None) -> Iterator[tuple[str, list[str]]]:
    """What was found, as lines under a title. What nobody knows here stands as it is."""
    for name, value in (found or {}).items():
        yield fact_title(name), [fact_text(name, each) for each in (value if isinstance(value, list) else [value])]
