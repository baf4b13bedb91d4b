"""A tariff's row: locked, filled in within its limits, and told to the event log."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing.errors import InvalidInput, NotFound
from billing.money import InvalidAmount, Money
from billing.uow import UnitOfWork
from olltv_module.errors import ServiceTaken
from olltv_module.models import Subscription, Tariff
from olltv_module.services import pairs
from weblib.i18n import LANGUAGES

MAX_PERCENT = 100
LONGEST_NAME = 128
LONGEST_DESCRIPTION = 1000
"""Characters in one language."""

Facts = dict[str, object]


def locked(uow: UnitOfWork, tariff_id: int) -> Tariff:
    """:raises NotFound: no such tariff"""
    tariff = uow.session.get(Tariff, tariff_id, with_for_update=True, populate_existing=True)
    if tariff is None:
        raise NotFound(tariff=tariff_id)
    return tariff


def is_in_use(session: Session, tariff: Tariff) -> bool:
    """Whether anybody has it or had it."""
    return bool(session.scalar(select(exists().where(Subscription.tariff_id == tariff.id))))


def checked(uow: UnitOfWork, fee: Money) -> Money:
    """:raises InvalidAmount: a fee is of the operator's currency and not negative"""
    if fee.unit != uow.billing.unit or fee.minor < 0:
        raise InvalidAmount(field="fee", value=fee)
    return fee


def fill(
    uow: UnitOfWork,
    tariff: Tariff,
    *,
    name: str,
    service: str,
    description: Mapping[str, str] | None,
    partner_percent: int | None,
) -> None:
    """Give `tariff` its texts and store it.

    :raises InvalidInput: a text is empty or too long, or the percent is out of its range
    :raises ServiceTaken: another tariff has this service id
    """
    for field, value in (("name", name), ("service", service)):
        if not value.strip() or len(value) > LONGEST_NAME:
            raise InvalidInput(field=field, value=value)
    if partner_percent is not None and not 0 <= partner_percent <= MAX_PERCENT:
        raise InvalidInput(field="partner_percent", value=partner_percent)
    tariff.name, tariff.service = name.strip(), service.strip()
    tariff.description, tariff.partner_percent = _described(description or {}), partner_percent
    uow.session.add(tariff)
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise ServiceTaken(service=service) from error


def _described(texts: Mapping[str, str]) -> dict[str, str]:
    for lang, text in texts.items():
        if lang not in LANGUAGES or len(text) > LONGEST_DESCRIPTION:
            raise InvalidInput(field=f"description_{lang}", value=text)
    return {lang: text.strip() for lang, text in texts.items() if text.strip()}


def facts(uow: UnitOfWork, tariff: Tariff) -> Facts:
    """Everything of a tariff but its fees, for the event log."""
    texts = {f"description_{lang}": tariff.description.get(lang, "") for lang in LANGUAGES}
    names = ("name", "service", "main", "partner_percent")
    goes_with = [each.id for each in pairs.mains_of(uow.session, tariff.id)]
    return {name: getattr(tariff, name) for name in names} | texts | {"goes_with": goes_with}


def local(uow: UnitOfWork, at: datetime) -> str:
    """An instant as the event log writes it, at the operator's clock."""
    return at.astimezone(uow.billing.zone).strftime("%Y-%m-%d %H:%M:%S")
