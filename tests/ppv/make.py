"""Factories for stories about the chat: tenants, performers, viewers with credits."""

import secrets
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select

from billing.host.base import UnknownLogin
from ppv_module.chat.models import FIRST_VIEWER, Performer, Person, Role, Tenant
from ppv_module.credits.accounts import balance_of, grant, lock_credits
from ppv_module.credits.models import Pack
from tests.support import STAFF, Make

PASSWORD = "a-password-of-more-than-32-characters!"


@dataclass
class MakeChat:
    """Whatever is not said has a sensible value. Rows are as a tenant's own pages would have made them."""

    make: Make
    numbers: Any = field(default_factory=lambda: count(1))

    def tenant(self, **given: Any) -> Tenant:
        number = next(self.numbers)
        given.setdefault("rules_given", given.pop("rules", {}))
        usual = {
            "name": f"Tenant {number}",
            "webmaster_id": number,
            "password": PASSWORD,
            "currency": "UAH",
            "chat_url": "https://chat.example",
            "hook_token": secrets.token_urlsafe(24),
        }
        return self._add(Tenant(**{**usual, **given}))

    def person(self, tenant: Tenant, login: str = "", *, role: Role = Role.USER, number: int = 0) -> Person:
        first = 1 if role is Role.PERFORMER else FIRST_VIEWER
        count_ = next(self.numbers)
        login = login or f"person{count_}"
        self._ensure(login)
        person = Person(
            tenant_id=tenant.id,
            number=number or first + count_,
            login=login,
            nickname=login.capitalize(),
            role=role,
            created_at=self.make.clock(),
        )
        return self._add(person)

    def viewer(self, tenant: Tenant, login: str = "", *, credits: int = 0, number: int = 0) -> Person:
        person = self.person(tenant, login, number=number)
        self.give(person.login, credits)
        return person

    def performer(self, tenant: Tenant, login: str = "", *, number: int = 0, **given: Any) -> Performer:
        """An active performer who is online by her open page."""
        person = self.person(tenant, login, role=Role.PERFORMER, number=number)
        usual = {
            "display_name": person.nickname,
            "rate": 60,
            "percent_bp": 5000,
            "room_id": tenant.webmaster_id * 10_000 + person.number,
            "beat_at": self.make.clock(),
        }
        return self._add(Performer(person_id=person.id, tenant_id=tenant.id, **{**usual, **given}))

    def pack(self, tenant: Tenant, credits: int = 600, price_minor: int = 10_000, **given: Any) -> Pack:
        usual = {"currency": "UAH", "description": f"{credits} credits"}
        return self._add(Pack(tenant_id=tenant.id, credits=credits, price_minor=price_minor, **{**usual, **given}))

    def give(self, login: str, credits: int) -> None:
        """Credits out of nowhere, once."""
        uow = self.make.billing.uow()
        with uow:
            purse = lock_credits(uow, login)
            if credits:
                key = f"test-credits-{next(self.numbers)}"
                grant(uow, purse, credits=credits, key=key, actor=STAFF, at=self.make.clock())

    def balance(self, login: str) -> int:
        with self.make.billing.reading() as session:
            return balance_of(session, login)

    def again(self, row: Any) -> Any:
        """The row as it is now."""
        with self.make.billing.reading() as session:
            return session.scalars(select(type(row)).where(*_same(row))).one()

    def _ensure(self, login: str) -> None:
        try:
            uow = self.make.billing.uow()
            with uow:
                uow.host.find(login)
        except UnknownLogin:
            self.make.subscriber(login)

    def _add(self, row: Any) -> Any:
        uow = self.make.billing.uow()
        with uow:
            uow.session.add(row)
        return row


def _same(row: Any) -> list[Any]:
    mapper = type(row).__mapper__
    return [column == mapper.primary_key_from_instance(row)[at] for at, column in enumerate(mapper.primary_key)]
