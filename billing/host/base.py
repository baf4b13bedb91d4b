"""What the suite asks of the billing that it lives in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import ClassVar, Protocol

from sqlalchemy import FromClause

from billing.errors import N_, InvalidInput, NotFound
from billing.money import Money


class UnknownLogin(NotFound):
    """No such subscriber. Facts: `login`."""

    code = "unknown_login"
    text = N_("There is no subscriber with the login %(login)s.")


class WrongIp(InvalidInput):
    """Facts: `field`, `value`."""

    code = "wrong_ip"
    text = N_("“%(value)s” is no IP address. Write one like 10.20.0.7 or 2001:db8::7.")


@dataclass(frozen=True)
class Person:
    """A subscriber as the host knows him. `frozen` by his own wish (Passive), `down` by staff.

    `address` is where he lives, `ip` the address of his line in the provider's network, as `canonical_ip` writes it.
    """

    id: int
    login: str
    name: str
    address: str
    email: str
    mobile: str
    frozen: bool
    down: bool
    credit: Money
    wallet_id: int
    ip: str = ""


@dataclass(frozen=True)
class Found:
    """People whom a search has found, in the order of their logins. `is_more`: there may be others."""

    people: list[Person]
    is_more: bool


class Host(Protocol):
    """The host billing, inside one unit of work."""

    billable: ClassVar[FromClause]
    """Columns `id`, `login`, `wallet_id`, `frozen`, `credit_minor`; whoever is gone has no row. For set-based work."""

    def find(self, login: str) -> Person:
        """:raises UnknownLogin: nobody has this login, or its owner is gone"""

    def people(self, ids: Iterable[int]) -> dict[int, Person]:
        """Those of `ids` who are not gone, by their ids; a statement for all of them."""

    def search(self, text: str, *, limit: int) -> Found:
        """At most `limit` people with this beginning of a login or mobile number, this IP address, or all these words.

        A word of three letters or more finds what begins with it. The time it takes does not depend on how many
        people there are.
        """

    def lock(self, login: str) -> Person:
        """Like `find`, and nobody else changes this subscriber until the transaction ends.

        :raises UnknownLogin: nobody has this login, or its owner is gone
        """

    def check_password(self, login: str, password: str) -> bool:
        """Whether this is the subscriber's password. An unknown login takes as long as a known one."""

    def set_password(self, login: str, password: str) -> None:
        """From now on `password` is this subscriber's. Whether it is long enough is for the caller to say.

        :raises UnknownLogin: nobody has this login, or its owner is gone
        """

    def logins_at(self, ip: str) -> list[str]:
        """Who has this address of the network, as `canonical_ip` writes it; two at most, for who shares it is nobody.

        Whoever is gone has none.
        """

    def top_up(self, *, login: str, amount: Money, key: str, source: str, actor: str, at: datetime) -> Money:
        """Put money into a wallet once per `key`; gives the new balance.

        :raises UnknownLogin: nobody has this login
        :raises KeyReused: the key was used for another payment
        """


def canonical_ip(text: str, *, field: str = "ip") -> str:
    """The one way in which an IP address is written here; empty for empty.

    :raises WrongIp: it is none
    """
    if not text.strip():
        return ""
    try:
        ip = ip_address(text.strip())
    except ValueError:
        raise WrongIp(field=field, value=text) from None
    if isinstance(ip, IPv6Address) and ip.scope_id:  # means something on one machine only
        raise WrongIp(field=field, value=text)
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return str(mapped or ip)
