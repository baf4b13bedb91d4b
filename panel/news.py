"""News for subscribers: what is planned, shown and over; writing, changing and withdrawing it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from billing import news
from billing.errors import N_
from billing.news import News, NewsState
from billing.paging import Key, count_upto, page
from panel import staff
from panel.news_forms import EditNewsForm, NewNewsForm, WithdrawForm
from weblib.i18n import LANGUAGES
from weblib.menu import Entry
from weblib.pages import NAMES, language
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

RIGHTS = ("ADMIN", "OLLTV")
LOOKS = {NewsState.PLANNED: "info", NewsState.SHOWN: "good", NewsState.OVER: "quiet"}

bp = Blueprint("news", __name__, url_prefix="/news")
MENU = Entry(endpoint="news.show_all", text=N_("News"), icon="bell", section="Television", place=70, rights=RIGHTS)


def _state(each: News) -> NewsState:
    return each.state(staff.runtime().clock())


def _headline(each: News) -> str:
    return news.worded(each.title, language())


COLUMNS: tuple[Column[News], ...] = (
    Column("title", N_("Headline"), _headline, link=lambda each: url_for("news.show", news_id=each.id)),
    Column("state", N_("State"), lambda each: _(_state(each).value), badge=lambda each: LOOKS[_state(each)]),
    Column("shown_from", N_("Shown from"), lambda each: each.shown_from),
    Column("shown_until", N_("Shown until"), lambda each: each.shown_until),
    Column("languages", N_("Languages"), lambda each: ", ".join(lang for lang in LANGUAGES if lang in each.title)),
    Column("created", N_("Written"), lambda each: each.created_at, shown=False),
    Column("changed", N_("Last edited"), lambda each: each.changed_at, shown=False),
)


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """Every piece of news, the one written last first."""
    asked, query = wish(COLUMNS), select(News)
    with staff.runtime().billing.reading() as db:
        found = page(db, query, keys=[Key(News.id, descending=True)], cursor=asked.cursor)
        counted = count_upto(db, query)
    listing = Listing(
        columns_known=COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=counted,
    )
    return render_template("news_list.html", listing=listing)


@bp.get("/new")
@requires(*RIGHTS)
def show_new() -> ResponseReturnValue:
    """The form for another piece."""
    return render_template("news_new.html", form=NewNewsForm.blank())


@bp.post("/new")
@requires(*RIGHTS)
def add() -> ResponseReturnValue:
    """Publish it, now or at the time that it is planned for."""
    form = NewNewsForm()
    if form.validate():
        with form.refusals():
            uow, key = staff.runtime().billing.uow(), form.key.data
            made = news.add(uow, key=key, **form.given, **staff.signed())
            flash(_("The news is saved."))
            return redirect(url_for(".show", news_id=made.id), 303)
    return render_template("news_new.html", form=form), 422


@bp.get("/<int:news_id>")
@requires(*RIGHTS)
def show(news_id: int) -> ResponseReturnValue:
    """How subscribers see it in each language, and from when until when.

    :raises NotFound: there is no such piece
    """
    found = _found(news_id)
    state = _state(found)
    previews = [(lang, NAMES[lang], found.title[lang], found.text[lang]) for lang in LANGUAGES if lang in found.title]
    return _page("news_show.html", found, state=state, look=LOOKS[state], previews=previews)


@bp.get("/<int:news_id>/edit")
@requires(*RIGHTS)
def show_edit(news_id: int) -> ResponseReturnValue:
    """The form with what it is now.

    :raises NotFound: there is no such piece
    """
    found = _found(news_id)
    return _page("news_edit.html", found, form=EditNewsForm.of(found))


@bp.post("/<int:news_id>/edit")
@requires(*RIGHTS)
def edit(news_id: int) -> ResponseReturnValue:
    """Save an edition.

    :raises NotFound: there is no such piece
    """
    found, form = _found(news_id), EditNewsForm()
    if form.validate():
        with form.refusals():
            uow, seen = staff.runtime().billing.uow(), form.seen.data
            news.change(uow, news_id=news_id, seen=seen, **form.given, **staff.signed())
            flash(_("The news is saved."))
            return redirect(url_for(".show", news_id=news_id), 303)
    return _page("news_edit.html", found, form=form), 422


@bp.get("/<int:news_id>/withdraw")
@requires(*RIGHTS)
def show_withdraw(news_id: int) -> ResponseReturnValue:
    """What withdrawing means.

    :raises NotFound: there is no such piece
    """
    found = _found(news_id)
    return _page("news_withdraw.html", found, state=_state(found))


@bp.post("/<int:news_id>/withdraw")
@requires(*RIGHTS)
def withdraw(news_id: int) -> ResponseReturnValue:
    """Show it no longer.

    :raises NotFound, ChangedMeanwhile: nothing has changed
    """
    uow, seen = staff.runtime().billing.uow(), WithdrawForm().seen.data
    news.withdraw(uow, news_id=news_id, seen=seen, **staff.signed())
    flash(_("The news is taken down: subscribers do not see it any more."))
    return redirect(url_for(".show", news_id=news_id), 303)


def _found(news_id: int) -> News:
    with staff.runtime().billing.reading() as db:
        return news.find(db, news_id)


def _page(template: str, found: News, **facts: object) -> str:
    return render_template(template, news=found, headline=_headline(found), **facts)
