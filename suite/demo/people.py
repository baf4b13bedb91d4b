"""The invented subscribers. Deterministic: number and seed decide everything, however many there are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_network
from random import Random
from typing import Any

from suite.demo.offer import FEES

PORTION = 5000
"""People are made up in portions of so many; each has its own dice, so the load can go on where it was broken off."""

SURNAMES = (
    *("Шевченко", "Бондаренко", "Ткаченко", "Кравченко", "Олійник", "Коваль", "Мельник", "Поліщук", "Савченко"),
    *("Руденко", "Мороз", "Петренко", "Лисенко", "Гончар", "Клименко", "Павленко", "Марченко", "Кузьменко"),
)
FIRST_NAMES = (
    *("Олена", "Ірина", "Наталія", "Оксана", "Марія", "Тетяна", "Софія", "Ганна", "Катерина", "Юлія"),
    *("Андрій", "Олександр", "Сергій", "Іван", "Микола", "Дмитро", "Тарас", "Богдан", "Петро", "Юрій"),
)
STREETS = (
    *("вул. Садова", "вул. Шкільна", "вул. Лісова", "вул. Соборна", "вул. Центральна", "вул. Польова"),
    *("просп. Миру", "просп. Незалежності", "пров. Тихий", "пров. Вишневий", "бульв. Каштановий"),
)
LINES = ip_network("10.20.0.0/16")
DEBT_LIMIT_MINOR = 10_000
MOBILES = 10_000_000
SHUFFLE = 7_654_321  # without a common divisor with MOBILES, so no number comes twice


@dataclass(frozen=True)
class Someone:
    """A subscriber to be. `services` are the partner's ids of what he has, the main first.

    `left_minor` is what his wallet holds after the fees of the past months; below zero for a debtor.
    """

    number: int
    name: str
    address: str
    mobile: str
    services: tuple[str, ...]
    left_minor: int
    credit_minor: int = 0
    frozen: bool = False

    @property
    def login(self) -> str:
        return f"demo{self.number:05d}"

    @property
    def ip(self) -> str:
        """The address of his line; those who come after the last one of the network have none."""
        return str(LINES[self.number]) if self.number < LINES.num_addresses - 1 else ""

    @property
    def monthly_minor(self) -> int:
        return sum(FEES[service] for service in self.services)


def people(*, seed: int, first: int, last: int) -> Iterator[Someone]:
    """The subscribers with the numbers `first` to `last`; `first` must begin a portion."""
    dice = Random(f"{seed}:{first}")  # noqa: S311 (no secret)
    for number in range(first, last + 1):
        someone = _anyone(dice, number)
        yield replace(someone, **STORIES[number]) if number in STORIES else someone


def _anyone(dice: Random, number: int) -> Someone:
    services = _services(dice)
    monthly = sum(FEES[service] for service in services)
    left, credit = _purse(dice, monthly)
    return Someone(
        number=number,
        name=f"{dice.choice(SURNAMES)} {dice.choice(FIRST_NAMES)}",
        address=f"{dice.choice(STREETS)}, {dice.randint(1, 120)}, кв. {dice.randint(1, 200)}",
        # No operator has the code 40: a message sent by mistake reaches nobody.
        mobile=f"+38040{number * SHUFFLE % MOBILES:07d}",
        services=services,
        left_minor=left,
        credit_minor=credit,
        frozen=dice.random() < 0.01,
    )


def _services(dice: Random) -> tuple[str, ...]:
    main = dice.choices(("main_start", "main_max", "main_nocode", ""), (70, 22, 5, 3))[0]
    if not main:
        return ()
    return (main, dice.choice(("screen2", "sport"))) if dice.random() < 0.2 else (main,)


def _purse(dice: Random, monthly: int) -> tuple[int, int]:
    """What is left in the wallet, and the credit limit: most can pay the next month, one in twenty cannot."""
    luck = dice.random()
    if luck < 0.04:
        return dice.randrange(max(monthly, 1)), 0
    if luck < 0.05:
        return -dice.randrange(max(monthly, 1)) // 4, DEBT_LIMIT_MINOR
    return monthly + dice.randrange(30_000), DEBT_LIMIT_MINOR if luck < 0.07 else 0


STORIES: dict[int, dict[str, Any]] = {
    1: {"services": ("main_start",), "left_minor": 25_000, "credit_minor": 0, "frozen": False},
    2: {"services": ("main_max", "screen2"), "left_minor": 40_000, "credit_minor": 0, "frozen": False},
    3: {"services": (), "left_minor": 20_000, "credit_minor": 0, "frozen": False},
    4: {"services": ("main_max", "sport"), "left_minor": 5_000, "credit_minor": 0, "frozen": False},
    5: {"services": ("main_start",), "left_minor": 25_000, "credit_minor": 0, "frozen": True},
}
"""Those who can sign in: pays easily, pays with an add-on, has no television yet, is short of money, is frozen."""
