"""What a subscriber does about his own access."""

from datetime import datetime

from billing.actors import Actor
from billing.cabinet import sessions
from billing.cabinet.accounts import lock, owner
from billing.cabinet.models import CabinetAccount
from billing.profile import SamePassword, WrongPassword
from billing.staff import usable
from billing.uow import UnitOfWork, use_case


@use_case
def change_password(
    uow: UnitOfWork, *, login: str, session_id: int, old: str, new: str, actor: Actor, now: datetime
) -> None:
    """Replace the password, which the subscriber proves to know. All sessions but `session_id` end.

    :raises WrongPassword, SamePassword, ShortPassword, LongPassword: nothing has changed
    """
    account = lock(uow, login)
    _require_password(uow, login, old, field="old")
    if old == new:
        raise SamePassword(field="new")
    uow.host.set_password(login, usable(new))
    sessions.end_all(uow, account, but=session_id, now=now)
    uow.events.write("CABINET OF ({login}) CHANGE PASSWORD", login=login, actor=actor, at=now)


@use_case
def begin_second_factor(uow: UnitOfWork, *, login: str, password: str, actor: Actor, now: datetime) -> CabinetAccount:
    """Make a secret for the subscriber's app. It counts once `confirm_second_factor` has seen a code made with it.

    :raises WrongPassword, SecondFactorOn: nothing has changed
    """
    account = lock(uow, login)
    _require_password(uow, login, password)
    owner(uow, account).begin(actor=actor, now=now)
    return account


@use_case
def confirm_second_factor(uow: UnitOfWork, *, login: str, code: str, actor: Actor, now: datetime) -> list[str]:
    """Turn the second step on and give the recovery codes, which cannot be read again later.

    :raises SecondFactorOn, SecondFactorOff, WrongCode: nothing has changed
    """
    return owner(uow, lock(uow, login)).confirm(code=code, actor=actor, now=now)


@use_case
def disable_second_factor(uow: UnitOfWork, *, login: str, password: str, actor: Actor, now: datetime) -> None:
    """Turn the second step off. Repeating it is harmless.

    :raises WrongPassword: nothing has changed
    """
    account = lock(uow, login)
    _require_password(uow, login, password)
    owner(uow, account).forget("DISABLE SECOND FACTOR", actor=actor, now=now)


@use_case
def renew_codes(uow: UnitOfWork, *, login: str, password: str, actor: Actor, now: datetime) -> list[str]:
    """Replace the recovery codes and give the new ones, which cannot be read again later.

    :raises WrongPassword, SecondFactorOff: nothing has changed
    """
    account = lock(uow, login)
    _require_password(uow, login, password)
    return owner(uow, account).renew_codes(actor=actor, now=now)


@use_case
def allow_address(uow: UnitOfWork, *, login: str, wanted: bool, actor: Actor, now: datetime) -> None:
    """Say whether the address of the own line may sign the subscriber in. Repeating it is harmless."""
    account = lock(uow, login)
    if account.address_off == (not wanted):
        return
    account.address_off = not wanted
    uow.events.write(
        "CABINET OF ({login}) SIGN IN BY ADDRESS [{word}]",
        word="ON" if wanted else "OFF",
        login=login,
        actor=actor,
        at=now,
    )


def _require_password(uow: UnitOfWork, login: str, password: str, *, field: str = "password") -> None:
    if not uow.host.check_password(login, password):
        raise WrongPassword(field=field)
