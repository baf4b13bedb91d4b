"""What counts as a difference between the partner's list and ours: pure functions, no network, no database."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from billing.errors import N_
from billing.money import Money


class Kind(StrEnum):
    ON_THERE_OFF_HERE = N_("on_there_off_here")
    OFF_THERE_ON_HERE = N_("off_there_on_here")
    UNKNOWN_ACCOUNT = N_("unknown_account")
    LOST_ACCOUNT = N_("lost_account")
    WRONG_CODE = N_("wrong_code")
    FOREIGN_BUNDLE = N_("foreign_bundle")
    PRICE_DIFFERS = N_("price_differs")
    SHARE_DIFFERS = N_("share_differs")


TEXTS = {
    Kind.ON_THERE_OFF_HERE: N_("%(login)s has “%(service)s” switched on at the partner, but not here."),
    Kind.OFF_THERE_ON_HERE: N_("%(login)s has “%(service)s” here, but it is switched off at the partner."),
    Kind.UNKNOWN_ACCOUNT: N_("The partner has an account %(login)s that is unknown here; switched on: %(theirs)s."),
    Kind.LOST_ACCOUNT: N_("%(login)s is registered here, but the partner does not know the account."),
    Kind.WRONG_CODE: N_("The code of %(login)s for “%(service)s” is %(ours)s here and %(theirs)s at the partner."),
    Kind.FOREIGN_BUNDLE: N_("%(login)s has “%(service)s” switched on at the partner, which no tariff has."),
    Kind.PRICE_DIFFERS: N_("“%(service)s” costs %(ours)s here, but the partner reports %(theirs)s."),
    Kind.SHARE_DIFFERS: N_("The partner's share of “%(service)s” should be %(ours)s, but he reports %(theirs)s."),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference. `login` is empty where a whole tariff differs, `service` where a whole account does."""

    kind: Kind
    login: str = ""
    service: str = ""
    ours: str = ""
    theirs: str = ""

    @property
    def text(self) -> str:
        """The sentence for a person; translated where it is shown and filled in with `vars(difference)`."""
        return TEXTS[self.kind]


@dataclass(frozen=True, kw_only=True)
class Ours:
    """What we wish for one subscriber. `bundles` that are to be on, with their codes, by service id.

    `in_flight`: delivery has not told the partner everything yet, so a difference would prove nothing.
    """

    registered: bool
    in_flight: bool
    bundles: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """What one account has at the partner: the bundles that are on, with their codes, by service id."""

    bundles: Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Prices of a bundle: what the subscriber pays, and what the partner gets of it (None where nothing was agreed)."""

    service: str
    fee: Money
    share: Money | None


def of_account(login: str, ours: Ours | None, theirs: Theirs | None, *, sold: Collection[str]) -> Iterator[Difference]:
    """The differences of one account; None: this side does not know it. `sold`: the service ids of our tariffs."""
    if ours is None:
        if theirs is not None:
            yield Difference(kind=Kind.UNKNOWN_ACCOUNT, login=login, theirs=", ".join(sorted(theirs.bundles)) or "-")
    elif not ours.in_flight and theirs is not None:
        yield from _of_bundles(login, ours.bundles, theirs.bundles, sold)
    elif not ours.in_flight and ours.registered:
        yield Difference(kind=Kind.LOST_ACCOUNT, login=login)


def _of_bundles(
    login: str, ours: Mapping[str, str | None], theirs: Mapping[str, str | None], sold: Collection[str]
) -> Iterator[Difference]:
    for service in sorted(theirs.keys() - ours.keys()):
        kind = Kind.ON_THERE_OFF_HERE if service in sold else Kind.FOREIGN_BUNDLE
        yield Difference(kind=kind, login=login, service=service)
    for service in sorted(ours.keys() - theirs.keys()):
        yield Difference(kind=Kind.OFF_THERE_ON_HERE, login=login, service=service)
    for service in sorted(ours.keys() & theirs.keys()):
        here, there = ours[service], theirs[service]
        if there and there != here:
            yield Difference(kind=Kind.WRONG_CODE, login=login, service=service, ours=here or "-", theirs=there)


def of_prices(ours: Mapping[str, Terms], theirs: Iterable[Terms]) -> Iterator[Difference]:
    """Each price that the partner reports for a bundle of ours and that is not ours, once. `ours` by service id."""
    for there in dict.fromkeys(theirs):
        here = ours.get(there.service)
        if here and here.fee != there.fee:
            yield _price(Kind.PRICE_DIFFERS, there.service, here.fee, there.fee)
        if here and here.share and there.share and here.share != there.share:
            yield _price(Kind.SHARE_DIFFERS, there.service, here.share, there.share)


def _price(kind: Kind, service: str, ours: Money, theirs: Money) -> Difference:
    return Difference(kind=kind, service=service, ours=str(ours), theirs=str(theirs))
