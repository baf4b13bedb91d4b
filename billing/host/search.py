"""The index of words by which the native host finds people, and the questions put to it.

Every question reads short ranges of indexes, however many people there are: a range is read up to a limit, and the
rarest word of a question decides who is looked at.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Index, Select, String, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from billing.db import MARIADB, Base
from billing.host.base import WrongIp, canonical_ip
from billing.host.words import LONGEST_WORD, phone_beginning, plain_words, words_of

LAST_LETTER = "\U0010ffff"
SHORTEST_BEGINNING = 3
"""Shorter words, and numbers of houses, are looked for as they stand."""

MOST_LOOKED_AT = 10_000
"""So many people with the rarest word are compared with the other words of a question."""

MOST_SPELLINGS = 6
"""One person may have so many words with one beginning."""


class Word(Base):
    """A word of a person's name or address, or `+` and the digits of the mobile. Made from the profile."""

    __tablename__ = "host_word"
    __table_args__ = (Index(None, "word", "subscriber_id"), MARIADB | {"sqlite_with_rowid": False})

    subscriber_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(String(LONGEST_WORD), primary_key=True)


def word_rows(person_id: int, name: str, address: str, mobile: str) -> Iterator[dict[str, object]]:
    """The rows of the index for one person."""
    for word in words_of(name, address, mobile):
        yield {"subscriber_id": person_id, "word": word}


def keep_words(session: Session, person_id: int, name: str, address: str, mobile: str) -> None:
    """Bring the index up to a profile that is new or was edited."""
    rows = list(word_rows(person_id, name, address, mobile))
    kept = set(session.scalars(select(Word.word).where(Word.subscriber_id == person_id)))
    gone = kept - {row["word"] for row in rows}
    if gone:
        session.execute(delete(Word).where(Word.subscriber_id == person_id, Word.word.in_(gone)))
    if new := [row for row in rows if row["word"] not in kept]:
        session.execute(insert(Word.__table__), new)  # type: ignore[arg-type]


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """Whether a column begins with `text`, as a range that an index answers on every database."""
    return (column >= text) & (column < text + LAST_LETTER)  # type: ignore[no-any-return]


def found(session: Session, person: Any, text: str, *, limit: int) -> tuple[list[int], bool]:
    """The ids of people that `text` may mean, some more than `limit`, and whether there may be others.

    `person` is the mapped class of people, with `id`, `login`, `ip` and `removed_at`.
    """
    if not text:
        return [], False
    ids, cut_off = dict[int, None](), False
    for login in {text, text.lower()}:
        ids |= dict.fromkeys(session.scalars(_by_login(person, login, limit)))
    if ip := _ip(text):
        ids |= dict.fromkeys(session.scalars(_by_ip(person, ip, limit)))
    if (phone := phone_beginning(text)) is not None:
        ids |= dict.fromkeys(session.scalars(_by_word(begins(Word.word, phone), limit)))
    elif words := dict.fromkeys(plain_words(text)):
        more, cut_off = _by_words(session, list(words), limit)
        ids |= dict.fromkeys(more)
    return list(ids), cut_off or len(ids) > limit


def _by_login(person: Any, text: str, limit: int) -> Select[tuple[int]]:
    there = person.removed_at.is_(None)
    return select(person.id).where(begins(person.login, text), there).order_by(person.login).limit(limit + 1)


def _by_ip(person: Any, ip: str, limit: int) -> Select[tuple[int]]:
    return select(person.id).where(person.ip == ip, person.removed_at.is_(None)).limit(limit + 1)


def _ip(text: str) -> str:
    """`text` as addresses of the network are kept; empty for what is none."""
    try:
        return canonical_ip(text)
    except WrongIp:
        return ""


def _by_word(meant: ColumnElement[bool], limit: int) -> Select[tuple[int]]:
    ranged = select(Word.word, Word.subscriber_id).where(meant).order_by(Word.word, Word.subscriber_id)
    first = ranged.limit(MOST_SPELLINGS * (limit + 1)).subquery()
    return select(first.c.subscriber_id).distinct().limit(limit + 1)


def _by_words(session: Session, words: Sequence[str], limit: int) -> tuple[Sequence[int], bool]:
    """People who have all of `words`, and whether some were not looked at.

    Those with the rarest word are compared with the others.
    """
    if len(words) == 1:
        return session.scalars(_by_word(_meant(Word.word, words[0]), limit)).all(), False
    frequency = {word: _frequency(session, word) for word in words}
    rarest, *others = sorted(words, key=lambda word: frequency[word])
    looked_at = select(Word.subscriber_id).where(_meant(Word.word, rarest)).limit(MOST_LOOKED_AT).subquery()
    query = select(looked_at.c.subscriber_id).distinct()
    for other in others:
        has = aliased(Word)
        his = select(has.word).where(has.subscriber_id == looked_at.c.subscriber_id, _meant(has.word, other))
        query = query.where(his.exists())
    return session.scalars(query.limit(limit + 1)).all(), frequency[rarest] == MOST_LOOKED_AT


def _frequency(session: Session, word: str) -> int:
    """How many times a word is there, up to a limit."""
    first = select(Word.subscriber_id).where(_meant(Word.word, word)).limit(MOST_LOOKED_AT)
    return session.scalar(select(func.count()).select_from(first.subquery())) or 0


def _meant(column: Any, word: str) -> ColumnElement[bool]:
    """What somebody means who types `word`."""
    if len(word) < SHORTEST_BEGINNING or word[0].isdigit():
        return column == word  # type: ignore[no-any-return]
    return begins(column, word)
