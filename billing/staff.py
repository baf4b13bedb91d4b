"""People of the staff: who they are and what they may do."""

import re
from datetime import datetime

from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant
from billing.errors import N_, InvalidInput, NotAllowed, NotFound, WrongState
from billing.factor import SecondFactor
from billing.host.native import PASSWORDS
from billing.uow import UnitOfWork
from billing.versions import Versioned

ADMIN = "ADMIN"
RIGHTS = ("OLLTV", "PPV", "MONEY", ADMIN)
LANGUAGES = ("uk", "ru", "en")
THEMES = ("auto", "light", "dark")
SHORTEST_PASSWORD, LONGEST_PASSWORD, LONGEST_NAME = 8, 256, 128
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
"""Without a colon: names of actors like `console:root` cannot be imitated."""

NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$Od0XVEA0wspw+kje0R3Fdg$ffFRloo5V0q18nCfclkWF8nfHZ1EHI/MBZ9kLWuNepk"
"""Compared with where there is no such login, so that the answer takes as long."""


class ShortPassword(InvalidInput):
    """Facts: `field`, `least`."""

    code = "short_password"
    text = N_("The password must have at least %(least)s characters.")


class LongPassword(InvalidInput):
    """Facts: `field`, `most`."""

    code = "long_password"
    text = N_("The password may have at most %(most)s characters.")


class WrongLogin(InvalidInput):
    """Facts: `field`, `value`."""

    code = "wrong_login"
    text = N_("A login of the staff has 1 to 64 Latin letters, digits, dots, hyphens, underscores or @.")


class LoginTaken(WrongState):
    """Facts: `login`."""

    code = "login_taken"
    text = N_("The login %(login)s is taken.")


class LastAdmin(WrongState):
    """Nobody could manage the staff any more. Facts: `login`."""

    code = "last_admin"
    text = N_("%(login)s is the last active administrator. Give this right to somebody else first.")


class OwnAccount(NotAllowed):
    """Facts: `login`."""

    code = "own_account"
    text = N_("Nobody changes his own rights or shuts himself out. Ask another administrator.")


class SetUpAlready(NotFound):
    """The first person has been added; others are added by an administrator."""

    code = "set_up_already"


class Staff(SecondFactor, Versioned, Base):
    """A person of the ISP's staff. `session_epoch` is part of every session: raising it ends them all."""

    __tablename__ = "staff"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(128), default="", server_default="")
    password_hash: Mapped[str] = mapped_column(String(128))
    rights: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(2), default="uk")
    theme: Mapped[str] = mapped_column(String(8), default="auto", server_default="auto")
    created_at: Mapped[datetime] = mapped_column(Instant)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    password_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default="0")
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Instant)
    session_epoch: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def shown_name(self) -> str:
        """The full name where there is one."""
        return self.name or self.login

    def has_password(self, password: str) -> bool:
        """Whether `password` is this person's."""
        return _verified(self.password_hash, password)

    def take_password(self, password: str, *, now: datetime, temporary: bool) -> None:
        """From now on `password` is this person's, and sessions begun with another one are over.

        :raises ShortPassword, LongPassword: nothing has changed
        """
        self.password_hash = PASSWORDS.hash(usable(password))
        self.password_changed_at, self.must_change_password = now, temporary
        self.session_epoch += 1

    def told(self) -> dict[str, object]:
        """What others may read about the person in the event log."""
        return {"name": self.name, "language": self.language, "theme": self.theme, "rights": self.rights}


def recognise(session: Session, login: str) -> Staff | None:
    """The person with this login who may sign in."""
    return session.scalar(select(Staff).where(Staff.login == login, Staff.disabled_at.is_(None)))


def matches(person: Staff | None, password: str) -> bool:
    """Whether this is the person's password. Without a person the answer takes as long."""
    return _verified(person.password_hash if person else NOBODYS_HASH, password) and person is not None


def anybody(session: Session) -> bool:
    """Whether the staff has anyone yet."""
    return session.scalar(select(Staff.id).limit(1)) is not None


def get(session: Session, staff_id: int, *, lock: bool = False) -> Staff:
    """:raises NotFound: there is no such person"""
    person = session.get(Staff, staff_id, with_for_update=lock or None)
    if person is None:
        raise NotFound(staff=staff_id)
    return person


def full_name(text: str) -> str:
    """`text` as a name is kept: one line, single blanks.

    :raises InvalidInput: it is too long or holds characters that cannot be seen
    """
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(field="name", value=name[:LONGEST_NAME])
    return name


def note_change(
    uow: UnitOfWork, line: str, person: Staff, *, before: dict[str, object], actor: Actor, now: datetime
) -> None:
    """Write what of the person is not as it was `before`; nothing where all is."""
    after = person.told()
    changed = [field for field in after if after[field] != before[field]]
    if not changed:
        return
    old, new = ({field: each[field] for field in changed} for each in (before, after))
    uow.events.write(line, name=person.login, actor=actor, at=now, before=old, after=new)


def usable(password: str) -> str:
    """`password`, if it may be one.

    :raises ShortPassword, LongPassword: it may not
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ShortPassword(field="password", least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise LongPassword(field="password", most=LONGEST_PASSWORD)
    return password


def _verified(stored: str, password: str) -> bool:
    try:
        return PASSWORDS.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
