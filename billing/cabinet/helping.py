"""What staff do for a subscriber who cannot get in, or whose access is in other hands."""

import secrets
from datetime import datetime

from billing.actors import Actor
from billing.cabinet.accounts import lock, owner
from billing.cabinet.sessions import end_all
from billing.factor import LETTERS
from billing.uow import UnitOfWork, use_case

PASSWORD_LETTERS = 12


@use_case
def reset_second_factor(uow: UnitOfWork, *, login: str, reason: str, actor: Actor, now: datetime) -> bool:
    """Take away the second step of who lost telephone and codes; all his sessions end. Whether there was any.

    :raises UnknownLogin: nobody has this login
    """
    uow.host.find(login)
    account = lock(uow, login)
    done = owner(uow, account).forget("RESET SECOND FACTOR", " `{reason}`", actor=actor, now=now, reason=reason)
    if done:
        end_all(uow, account, now=now)
    return done


@use_case
def give_password(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> str:
    """Replace the password by a random one and give it: it cannot be read again later. All his sessions end.

    :raises UnknownLogin: nobody has this login
    """
    uow.host.find(login)
    account = lock(uow, login)
    password = "".join(secrets.choice(LETTERS) for _ in range(PASSWORD_LETTERS))
    uow.host.set_password(login, password)
    end_all(uow, account, now=now)
    uow.events.write("CABINET OF ({login}) GIVE PASSWORD", login=login, actor=actor, at=now)
    return password
