"""Whether a message comes from the media server that it names: addresses, tokens, and what happens when not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.uow import UnitOfWork, use_case
from ppv_module.streams.alerts import raise_alert
from ppv_module.streams.authenticity import is_genuine, solution
from ppv_module.streams.models import AlertKind, Server, Verdict
from ppv_module.streams.options import Network, StreamOptions
from ppv_module.streams.syncs.refusals import NotGenuine, ServerSwitchedOff, WrongAddress

MANY_FAILURES = 3


@dataclass(frozen=True)
class Sender:
    """A media server whose message may be applied. `solution` proves that we know its token; empty without one."""

    verdict: Verdict
    solution: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who a message says that it is from, and where it came from."""

    server_id: str
    puzzle: str
    signed: str
    remote_ip: str


def require_known_address(remote_ip: str, options: StreamOptions) -> None:
    """Before a message is even read.

    :raises WrongAddress: it comes from none of the addresses of media servers
    """
    if options.addresses and not _is_among(remote_ip, options.addresses):
        raise WrongAddress()


def require_genuine(session: Session, claim: Claim, options: StreamOptions) -> Sender:
    """Who has sent this.

    :raises NotGenuine, WrongAddress, ServerSwitchedOff: nobody whose message may be applied
    """
    server = session.scalar(select(Server).where(Server.name == claim.server_id))
    require_known_address(claim.remote_ip, options)
    if server and server.addresses and not _is_among(claim.remote_ip, map(ip_network, server.addresses)):
        raise WrongAddress()
    sender = _verified(claim, _tokens(server, options))
    if server and not server.active:
        raise ServerSwitchedOff()
    return sender


def _tokens(server: Server | None, options: StreamOptions) -> list[str]:
    """The tokens of this server; where it has none of its own, those of all."""
    own = [server.token, server.token_older] if server else []
    return [each for each in own if each] or [each for each in (options.token, options.token_older) if each]


def _verified(claim: Claim, tokens: list[str]) -> Sender:
    """:raises NotGenuine: there are tokens, and none of them has signed this"""
    if not tokens:
        return Sender(Verdict.UNVERIFIED, "")
    facts = {"server_id": claim.server_id, "puzzle": claim.puzzle, "signed": claim.signed}
    fitting = [token for token in tokens if is_genuine(**facts, token=token)]
    if not fitting:
        raise NotGenuine()
    return Sender(Verdict.VERIFIED, solution(puzzle=claim.puzzle, token=fitting[0]))


def plain_address(address: str) -> str:
    """An IPv4 address as such, also where it came dressed as IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped) if isinstance(found, IPv6Address) and found.ipv4_mapped else address


def _is_among(address: str, networks: Iterable[Network]) -> bool:
    try:
        found = ip_address(plain_address(address))
    except ValueError:
        return False
    return any(found in network for network in networks)


@use_case
def count_failure(uow: UnitOfWork, *, name: str, remote_ip: str, now: datetime) -> None:
    """A message in the name of this server was not genuine; staff are told when that happens again and again."""
    server = uow.session.scalar(
        select(Server).where(Server.name == name).with_for_update().execution_options(populate_existing=True)
    )
    if server is None:
        return
    server.failures += 1
    if server.failures >= MANY_FAILURES:
        facts = {"failures": server.failures, "address": remote_ip}
        raise_alert(uow.session, kind=AlertKind.NOT_GENUINE, server_name=name, facts=facts, now=now)
