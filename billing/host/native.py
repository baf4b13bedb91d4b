"""The suite's own subscribers, for an ISP without another billing, for the demo and for tests."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import BigInteger, ForeignKey, FromClause, Row, Select, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column, validates

from billing.db import MARIADB, Base, BigId, Instant
from billing.errors import InvalidInput
from billing.host import search
from billing.host.base import Found, Person, UnknownLogin, canonical_ip
from billing.ledger.holds import Ledger
from billing.ledger.models import Refs
from billing.money import Money
from billing.versions import Versioned, check_seen

PASSWORDS = PasswordHasher()
LONGEST_LOGIN = 64


EDITED = frozenset(("name", "address", "email", "mobile", "frozen", "down", "ip"))


def wallet_code(login: str) -> str:
    return f"wallet:{login}"


class NativeSubscriber(Versioned, Base):
    """A subscriber. `removed_at` marks one who is gone: his books stay, his services are switched off."""

    __tablename__ = "host_subscriber"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(128), default="")
    name: Mapped[str] = mapped_column(String(255), default="")
    address: Mapped[str] = mapped_column(String(255), default="")
    email: Mapped[str] = mapped_column(String(255), default="")
    mobile: Mapped[str] = mapped_column(String(255), default="")
    frozen: Mapped[bool] = mapped_column(default=False)
    down: Mapped[bool] = mapped_column(default=False)
    credit_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), unique=True)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    ip: Mapped[str] = mapped_column(String(45), default="", server_default="", index=True)

    @validates("ip")
    def _written_one_way(self, _name: str, text: str) -> str:
        return canonical_ip(text)


class NativeHost:
    """`Host` over our own tables; a wallet is the ledger account `wallet:<login>`."""

    billable: ClassVar[FromClause] = (
        select(
            NativeSubscriber.id,
            NativeSubscriber.login,
            NativeSubscriber.wallet_id,
            NativeSubscriber.frozen,
            NativeSubscriber.credit_minor,
        )
        .where(NativeSubscriber.removed_at.is_(None))
        .subquery("person")
    )

    def __init__(self, session: Session, ledger: Ledger, unit: str) -> None:
        self._session, self._ledger, self._unit = session, ledger, unit

    def find(self, login: str) -> Person:
        row = self._session.execute(_seen(), {"login": login}).one_or_none()
        if row is None:
            raise UnknownLogin(login=login)
        return self._person(row)

    def people(self, ids: Iterable[int]) -> dict[int, Person]:
        query = select(NativeSubscriber).where(NativeSubscriber.id.in_(ids), NativeSubscriber.removed_at.is_(None))
        return {row.id: self._person(row) for row in self._session.scalars(query)}

    def search(self, text: str, *, limit: int) -> Found:
        ids, is_more = search.found(self._session, NativeSubscriber, text.strip(), limit=limit)
        people = sorted(self.people(ids).values(), key=lambda each: each.login)
        return Found(people[:limit], is_more or len(people) > limit)

    def lock(self, login: str) -> Person:
        return self._person(self._row(login, lock=True))

    def add(self, *, login: str, password: str = "", credit: Money | None = None, **profile: str | bool) -> Person:
        """Add a subscriber with an empty wallet; `credit` lets the wallet fall below zero by that much.

        `profile` may hold name, address, email, mobile, frozen, down and ip.

        :raises WrongIp: nothing has changed
        """
        credit = credit or Money(0, self._unit)
        wallet = self._ledger.open(wallet_code(login), self._unit, floor=-credit)
        row = NativeSubscriber(login=login, credit_minor=credit.minor, wallet_id=wallet.id, **profile)
        row.password_hash = PASSWORDS.hash(password) if password else ""
        self._session.add(row)
        self._session.flush()
        search.keep_words(self._session, row.id, row.name, row.address, row.mobile)
        return self._person(row)

    def version(self, login: str) -> int:
        """The edition of the profile, for the form in which it is edited.

        :raises UnknownLogin: nobody has this login
        """
        return self._row(login).version

    def edit(
        self, login: str, *, seen: int | None, credit: Money | None = None, **profile: str | bool
    ) -> tuple[Person, Person]:
        """Change what is given of name, address, email, mobile, frozen, down, ip and the credit limit.

        `seen` is the edition that the person was shown. Gives the subscriber as he was and as he is now.

        :raises UnknownLogin: nobody has this login
        :raises ChangedMeanwhile: somebody else has saved another edition; nothing has changed
        :raises WrongIp: nothing has changed
        """
        row = self._row(login, lock=True)
        before = self._person(row)
        check_seen(row, seen)
        for name, value in profile.items():
            if name not in EDITED:
                raise InvalidInput(field=name, value=value)
            setattr(row, name, value)
        if credit is not None and credit != before.credit:
            self._set_credit(row, credit)
        search.keep_words(self._session, row.id, row.name, row.address, row.mobile)
        return before, self._person(row)

    def set_credit(self, login: str, credit: Money) -> None:
        """Change the credit limit; a debt deeper than the new limit stays and can only shrink."""
        row = self._row(login, lock=True)
        check_seen(row, None)
        self._set_credit(row, credit)

    def _set_credit(self, row: NativeSubscriber, credit: Money) -> None:
        row.credit_minor = credit.minor
        self._ledger.set_floor(row.wallet_id, -credit)

    def set_flags(self, login: str, *, frozen: bool | None = None, down: bool | None = None) -> None:
        row = self._row(login, lock=True)
        check_seen(row, None)
        row.frozen = row.frozen if frozen is None else frozen
        row.down = row.down if down is None else down

    def remove(self, login: str, *, at: datetime) -> None:
        """The subscriber is gone; nothing of his is deleted, but no search finds him."""
        row = self._row(login, lock=True)
        row.removed_at = at
        search.keep_words(self._session, row.id, "", "", "")

    def check_password(self, login: str, password: str) -> bool:
        """Whether this is the subscriber's password. An unknown login takes as long as a known one."""
        row = self._session.scalar(_found(), {"login": login})
        stored = row.password_hash if row and row.password_hash else _nobodys_hash()
        try:
            PASSWORDS.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return row is not None and bool(row.password_hash)

    def set_password(self, login: str, password: str) -> None:
        row = self._row(login, lock=True)
        row.password_hash = PASSWORDS.hash(password)

    def logins_at(self, ip: str) -> list[str]:
        query = select(NativeSubscriber.login).where(NativeSubscriber.ip == ip, NativeSubscriber.removed_at.is_(None))
        return list(self._session.scalars(query.limit(2))) if ip else []

    def top_up(self, *, login: str, amount: Money, key: str, source: str, actor: str, at: datetime) -> Money:
        row = self._row(login, lock=True)
        wallet = self._ledger.lock(row.wallet_id)
        self._ledger.transfer(
            source=self._ledger.system(f"outside:{source}", amount.unit),
            target=wallet,
            amount=amount,
            key=f"topup:{key}",
            refs=Refs(actor=actor, login=login),
            at=at,
        )
        self._ledger.set_floor(wallet.id, Money(-row.credit_minor, amount.unit))  # a debt below the limit has shrunk
        return wallet.balance

    def _row(self, login: str, *, lock: bool = False) -> NativeSubscriber:
        query = _found()
        query = query.with_for_update().execution_options(populate_existing=True) if lock else query
        if (row := self._session.scalar(query, {"login": login})) is None:
            raise UnknownLogin(login=login)
        return row

    def _person(self, row: NativeSubscriber | Row[Any]) -> Person:
        return Person(
            id=row.id,
            login=row.login,
            name=row.name,
            address=row.address,
            email=row.email,
            mobile=row.mobile,
            frozen=row.frozen,
            down=row.down,
            credit=Money(row.credit_minor, self._unit),
            wallet_id=row.wallet_id,
            ip=row.ip,
        )


@cache
def _found() -> Select[tuple[NativeSubscriber]]:
    """The subscriber `login`; built once, since every page asks for him."""
    mine = NativeSubscriber.login == bindparam("login")
    return select(NativeSubscriber).where(mine, NativeSubscriber.removed_at.is_(None))


@cache
def _seen() -> Select[Any]:
    """What a `Person` is made of, without the weight of a row that can be changed."""
    mine, names = (
        NativeSubscriber.login == bindparam("login"),
        ("id", "login", "credit_minor", "wallet_id", *sorted(EDITED)),
    )
    return select(*(getattr(NativeSubscriber, each) for each in names)).where(
        mine, NativeSubscriber.removed_at.is_(None)
    )


@cache
def _nobodys_hash() -> str:
    return PASSWORDS.hash("no one has this password")
