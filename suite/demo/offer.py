"""What the invented provider sells; the service ids are those of the sandbox partner."""

from dataclasses import dataclass
from datetime import datetime

from billing.actors import Actor
from billing.money import Money
from billing.uow import UnitOfWork
from olltv_module.services import tariffs


@dataclass(frozen=True)
class Offer:
    """A tariff to be; `fee_minor` a month."""

    service: str
    name: str
    fee_minor: int
    main: bool
    description: dict[str, str]


OFFERS = (
    Offer(
        "main_start",
        "Старт",
        5000,
        main=True,
        description={
            "uk": "50 каналів для всієї родини",
            "ru": "50 каналов для всей семьи",
            "en": "50 family channels",
        },
    ),
    Offer(
        "main_max",
        "Максимум",
        9990,
        main=True,
        description={"uk": "Усі канали та кіно", "ru": "Все каналы и кино", "en": "All channels and films"},
    ),
    Offer(
        "main_nocode",
        "Базовий",
        5900,
        main=True,
        description={"uk": "Без коду прив’язки", "ru": "Без кода привязки", "en": "Without a binding code"},
    ),
    Offer(
        "screen2",
        "Другий екран",
        2500,
        main=False,
        description={"uk": "Ще один пристрій", "ru": "Ещё одно устройство", "en": "One more device"},
    ),
    Offer(
        "sport",
        "Спорт",
        4900,
        main=False,
        description={
            "uk": "Спорт на ще одному екрані",
            "ru": "Спорт на ещё одном экране",
            "en": "Sport, one more screen",
        },
    ),
)
FEES = {offer.service: offer.fee_minor for offer in OFFERS}
CODELESS = {"main_nocode"}
PARTNER_PERCENT = 60
"""As in the sandbox's catalogue."""


def put_on_sale(uow: UnitOfWork, *, actor: Actor, now: datetime) -> None:
    """Make the tariffs of the demo.

    :raises ServiceTaken: the provider sells one of these services already
    """
    for offer in OFFERS:
        tariffs.create(
            uow,
            name=offer.name,
            service=offer.service,
            fee=Money(offer.fee_minor, uow.billing.unit),
            main=offer.main,
            description=offer.description,
            partner_percent=PARTNER_PERCENT,
            actor=actor,
            now=now,
        )
