"""News from the operator to the subscribers: plain text by language, shown between two instants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

from sqlalchemy import JSON, Index, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant
from billing.errors import N_, InvalidInput, NotFound
from billing.staff import LANGUAGES
from billing.uow import UnitOfWork, use_case
from billing.versions import Versioned, check_seen

LONGEST_TITLE, LONGEST_TEXT = 120, 2000
"""Characters in one language."""

LONGEST_KEY = 64
SHOWN_AT_ONCE = 5

Texts = Mapping[str, str]
"""By language."""


class NoLanguage(InvalidInput):
    """Facts: `field`."""

    code = "no_language"
    text = N_("Write the headline and the text in at least one language.")


class HalfTranslated(InvalidInput):
    """Only one of headline and text is there in a language. Facts: `field`."""

    code = "half_translated"
    text = N_("In each language write both the headline and the text, or neither.")


class EndsTooEarly(InvalidInput):
    """Facts: `field`."""

    code = "ends_too_early"
    text = N_("The end has to come later than the beginning, and later than now.")


class NewsState(StrEnum):
    PLANNED = N_("planned")
    SHOWN = N_("shown")
    OVER = N_("over")


class News(Versioned, Base):
    """One piece of news. `title` and `text` are by language; each language has both or neither.

    It is shown from `shown_from` on and until just before `shown_until`; the state follows from the present time.
    `key` names the form that it came from.
    """

    __tablename__ = "news"
    __table_args__ = (Index(None, "shown_until"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), unique=True)
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    text: Mapped[dict[str, str]] = mapped_column(JSON)
    shown_from: Mapped[datetime] = mapped_column(Instant)
    shown_until: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)

    def state(self, now: datetime) -> NewsState:
        if self.shown_until <= now:
            return NewsState.OVER
        return NewsState.SHOWN if self.shown_from <= now else NewsState.PLANNED

    def told(self, zone: tzinfo) -> dict[str, object]:
        """What the event log keeps of it, with times as the clocks of `zone` show them."""
        titles: dict[str, object] = {f"title_{lang}": self.title.get(lang) for lang in LANGUAGES}
        texts = {f"text_{lang}": self.text.get(lang) for lang in LANGUAGES}
        times = {name: getattr(self, name).astimezone(zone) for name in ("shown_from", "shown_until")}
        return titles | texts | {name: f"{at:%Y-%m-%d %H:%M}" for name, at in times.items()}


@dataclass(frozen=True)
class Shown:
    """A piece of news as one reader gets it: in `language`, which is his where there is such a text."""

    id: int
    title: str
    text: str
    at: datetime
    language: str


@use_case
def add(
    uow: UnitOfWork,
    *,
    key: str,
    title: Texts,
    text: Texts,
    shown_from: datetime,
    shown_until: datetime,
    actor: Actor,
    now: datetime,
) -> News:
    """Let subscribers read something for a time, once per `key`.

    :raises NoLanguage, HalfTranslated, EndsTooEarly, InvalidInput: nothing has changed
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(field="key", value=key[:LONGEST_KEY])
    news = News(key=key, created_at=now, changed_at=now)
    _fill(news, title, text, shown_from, shown_until, now=now)
    try:
        with uow.session.begin_nested():
            uow.session.add(news)
    except IntegrityError:  # the form was sent before
        return uow.session.scalars(select(News).where(News.key == key)).one()
    template, told = "OLLTV CREATE NEWS [{news}]", news.told(uow.billing.zone)
    uow.events.write(template, news=news.id, actor=actor, at=now, after=told)
    return news


@use_case
def change(
    uow: UnitOfWork,
    *,
    news_id: int,
    title: Texts,
    text: Texts,
    shown_from: datetime,
    shown_until: datetime,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> News:
    """Save an edition; what is over is shown again by it. Saving what is there already is harmless.

    :raises NotFound, ChangedMeanwhile, NoLanguage, HalfTranslated, EndsTooEarly, InvalidInput: nothing has changed
    """
    news = _locked(uow, news_id)
    before = news.told(uow.billing.zone)
    _fill(news, title, text, shown_from, shown_until, now=now)
    if (after := news.told(uow.billing.zone)) == before:
        return news
    check_seen(news, seen)
    news.changed_at = now
    template = "OLLTV SAVE NEWS [{news}]"
    uow.events.write(template, news=news.id, actor=actor, at=now, before=before, after=after)
    return news


@use_case
def withdraw(uow: UnitOfWork, *, news_id: int, actor: Actor, now: datetime, seen: int | None = None) -> News:
    """Show it no longer, or not at all if it is only planned. Repeating it is harmless.

    :raises NotFound, ChangedMeanwhile: nothing has changed
    """
    news = _locked(uow, news_id)
    if news.state(now) is NewsState.OVER:
        return news
    check_seen(news, seen)
    before = news.told(uow.billing.zone)
    news.shown_from, news.shown_until, news.changed_at = min(news.shown_from, now), now, now
    template, after = "OLLTV WITHDRAW NEWS [{news}]", news.told(uow.billing.zone)
    uow.events.write(template, news=news.id, actor=actor, at=now, before=before, after=after)
    return news


def find(session: Session, news_id: int) -> News:
    """:raises NotFound: there is no such piece of news"""
    news = session.get(News, news_id)
    if news is None:
        raise NotFound(news=news_id)
    return news


def shown_now(session: Session, *, language: str, now: datetime, most: int = SHOWN_AT_ONCE) -> list[Shown]:
    """What is shown at `now`, the newest first, in `language` or the nearest one that there is.

    One statement. It reads only what is not over, however much of that has gathered.
    """
    query = select(News.id, News.title, News.text, News.shown_from)
    query = query.where(News.shown_until > now, News.shown_from <= now)
    found = session.execute(query.order_by(News.shown_from.desc(), News.id.desc()).limit(most))
    return [_shown(*each, language=language) for each in found]


def _shown(number: int, title: Texts, text: Texts, at: datetime, *, language: str) -> Shown:
    spoken = next((each for each in (language, *LANGUAGES) if text.get(each)), language)
    return Shown(number, worded(title, spoken), worded(text, spoken), at, spoken)


def worded(texts: Texts, language: str) -> str:
    """The text in `language`, else in Ukrainian, Russian or English, whichever is there first."""
    return next((texts[each] for each in (language, *LANGUAGES) if texts.get(each)), "")


def _locked(uow: UnitOfWork, news_id: int) -> News:
    """:raises NotFound: there is no such piece of news"""
    news = uow.session.get(News, news_id, with_for_update=True, populate_existing=True)
    if news is None:
        raise NotFound(news=news_id)
    return news


def _fill(news: News, title: Texts, text: Texts, shown_from: datetime, shown_until: datetime, *, now: datetime) -> None:
    """:raises NoLanguage, HalfTranslated, EndsTooEarly, InvalidInput: `news` is not as it should be"""
    news.title = _cleaned("title", title, most=LONGEST_TITLE)
    news.text = _cleaned("text", text, most=LONGEST_TEXT)
    if not news.title and not news.text:
        raise NoLanguage(field=f"title_{LANGUAGES[0]}")
    for lang in LANGUAGES:
        if (lang in news.title) is not (lang in news.text):
            raise HalfTranslated(field=f"text_{lang}" if lang in news.title else f"title_{lang}")
    if shown_until <= max(shown_from, now):
        raise EndsTooEarly(field="shown_until")
    news.shown_from, news.shown_until = shown_from.astimezone(UTC), shown_until.astimezone(UTC)


def _cleaned(name: str, texts: Texts, *, most: int) -> dict[str, str]:
    """The texts that say something, without blanks around them; lines end as on Unix."""
    for lang, text in texts.items():
        if lang not in LANGUAGES or len(text) > most:
            raise InvalidInput(field=f"{name}_{lang}", value=text[:LONGEST_TITLE])
    return {lang: text.strip().replace("\r\n", "\n") for lang in LANGUAGES if (text := texts.get(lang, "")).strip()}
