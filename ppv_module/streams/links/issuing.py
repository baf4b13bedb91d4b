"""Issuing links: to those who may watch now, signed for one channel, under a name by which they can be denied."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, NotAllowed, NotEnoughMoney
from billing.uow import UnitOfWork, use_case
from ppv_module.credits.accounts import open_credits
from ppv_module.streams.access import FROZEN, Access, access, channel_fits
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.links.channels import UnknownChannel, is_http
from ppv_module.streams.links.models import Channel, Identity, Rule, Viewer
from ppv_module.streams.links.rules import rules_of
from ppv_module.streams.links.signing import Terms, placed, plain_address, signature
from ppv_module.streams.models import Right
from ppv_module.streams.rights.checked import checked_line

LONGEST_DEVICE = 64
PLAY, ACCOUNT = "p-", "u-"
"""How names in links begin."""


class NotActive(NotAllowed):
    """The subscriber is switched off, or has frozen himself. Facts: `login`."""

    code = "not_active"
    text = N_("The account is switched off or frozen. Please contact your provider.")


class NoRight(NotAllowed):
    """Facts: `channel`, `why` (a word of `Access`)."""

    code = "no_right"
    text = N_("You have no right to watch “%(channel)s” now. Buy a ticket or connect a tariff with it.")


class NothingToPayWith(NotEnoughMoney):
    """Facts: `channel`, `why`."""

    code = "no_credit"
    text = N_("“%(channel)s” is paid by minutes, and there are no credits. Buy credits and try again.")


class Blocked(NotAllowed):
    """Facts: `channel`, `why`."""

    code = "blocked"
    text = N_("Watching is blocked for this account at present. Please contact your provider.")


class NoRule(NotAllowed):
    """Facts: `channel`."""

    code = "no_rule"
    text = N_("No link can be made for “%(channel)s”: the operator has to set a rule for it.")


@dataclass(frozen=True)
class Issued:
    """A link, the name in it, and until when players may begin with it."""

    url: str = field(repr=False)
    name: str
    expires_at: datetime


@use_case
def issue(
    uow: UnitOfWork, *, login: str, channel_id: int, ip: str = "", device: str = "", actor: Actor, now: datetime
) -> Issued:
    """Sign a link to a channel for `login`, who asks from the address `ip` with `device`.

    Each call makes another link; where the rule says so, all have the account's one name.

    :raises UnknownLogin, UnknownChannel, NoRule: there is no such thing
    :raises NotActive, Blocked, NoRight, NothingToPayWith: he may not watch it now
    :raises BadLink: the address is none, or is wanted by the rule and missing
    """
    address = plain_address(ip) if ip else ""
    device = checked_line("device", device, LONGEST_DEVICE, may_be_empty=True)
    person = uow.host.lock(login)
    channel = uow.session.get(Channel, channel_id)
    if channel is None or not channel.active:
        raise UnknownChannel(channel=channel_id)
    if person.down or person.frozen:
        raise NotActive(login=login)
    _require_access(access(uow.session, uow.billing, login=login, channel=channel, now=now))
    rule = _rule_for(uow.session, channel)
    expires = now + timedelta(minutes=rule.minutes)
    viewer = _viewer(uow, rule, Viewer(login=login, channel_id=channel.id, device=device, ip=address), now, expires)
    url = _signed(rule, channel, viewer.name, address, now)
    uow.events.write(
        "PPV STREAM LINK ({login}) [{viewer}] CHANNEL [{channel}] FROM {ip} UNTIL {until}",
        login=login,
        viewer=viewer.name,
        channel=channel.id,
        ip=address or "-",
        until=expires.isoformat(timespec="seconds"),
        actor=actor,
        at=now,
    )
    return Issued(url, viewer.name, expires)


def _require_access(found: Access) -> None:
    if not found.why:
        return
    facts = {"channel": found.channel.title, "why": found.why}
    if found.why in (Reason.OPERATOR_BLOCK, Reason.RESTREAM, Reason.TOO_MANY_STREAMS, FROZEN):
        raise Blocked(**facts)
    if found.right is Right.MINUTE:
        raise NothingToPayWith(**facts)
    raise NoRight(**facts)


def _rule_for(session: Session, channel: Channel) -> Rule:
    found = (rule for rule, pattern in rules_of(session, active=True) if channel_fits(pattern, channel))
    if (rule := next(found, None)) is None:
        raise NoRule(channel=channel.title)
    return rule


def _viewer(uow: UnitOfWork, rule: Rule, viewer: Viewer, now: datetime, expires: datetime) -> Viewer:
    """The name for a link: a new one, or the account's, which is made by its first link."""
    if rule.identity is Identity.ACCOUNT:
        query = select(Viewer).where(Viewer.login == viewer.login, Viewer.identity == Identity.ACCOUNT)
        account = open_credits(uow, viewer.login).account_id
        if (known := uow.session.scalar(query.where(Viewer.account_id == account).limit(1))) is not None:
            return known
        viewer.channel_id, viewer.device, viewer.ip = None, "", ""
    is_play = rule.identity is Identity.PLAY
    viewer.name = f"{PLAY if is_play else ACCOUNT}{secrets.token_hex(7)}"
    viewer.identity, viewer.account_id = rule.identity, open_credits(uow, viewer.login).account_id
    viewer.issued_at, viewer.expires_at = now, expires if is_play else None
    uow.session.add(viewer)
    uow.session.flush()
    return viewer


def _signed(rule: Rule, channel: Channel, name: str, address: str, now: datetime) -> str:
    """:raises BadLink: the rule binds to an address, and there is none"""
    stream = f"{channel.application}/{channel.stream}" if rule.bind_stream and is_http(channel) else ""
    bound = plain_address(address) if rule.bind_ip else ""
    terms = Terms(minutes=rule.minutes, viewer=name, ip=bound, stream=stream)
    return placed(channel.url, signature(terms, key=rule.key, at=now))
