"""The demo's streams: channels of the sandbox's media servers, what they cost, and some evenings of watching.

All of it is made by the services that the pages use and by messages such as media servers send, as of the days before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from billing.host.native import NativeSubscriber
from billing.money import Money
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.credits.corrections import correct
from ppv_module.streams.denials.blocking import block
from ppv_module.streams.links.channels import save_channel
from ppv_module.streams.links.models import Channel, Rule
from ppv_module.streams.links.rules import Signing, save_rule
from ppv_module.streams.models import Server
from ppv_module.streams.rights.models import Kind, Offer
from ppv_module.streams.rights.offers import Terms, save_offer
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.rights.personal import set_personal_limit
from ppv_module.streams.rights.prices import set_price
from ppv_module.streams.rights.tariffs import save_tariff
from ppv_module.streams.rights.tickets import CREDIT, WALLET, buy_ticket, grant_ticket
from ppv_module.streams.syncs.spool import Spool
from suite.demo.evenings import Seat, Teller
from suite.demo.load import ACTOR, LOGINS

RULE = "Demo"
SERVERS = {"nimble-1": "Київ", "nimble-2": "Львів"}
"""Media servers by the names that the sandbox gives them, with their titles."""

NEWS, CINEMA, SPORT, SPORT_2, PREMIERE = "live/news", "live/kino", "live/sport1", "live/sport2", "vod/premiere"
CHANNELS = {NEWS: "Новини 24", CINEMA: "Кінозал", SPORT: "Спорт 1", SPORT_2: "Спорт 2", PREMIERE: "Прем’єра тижня"}
TARIFFS = (
    ("Новини для всіх", Kind.FREE, NEWS),
    ("Канали пакета", Kind.PACKAGE, CINEMA),
    ("Спорт за хвилини", Kind.MINUTE, "live/sport*"),
    ("Прем’єри за квитком", Kind.TICKET, "vod/*"),
)
PER_MINUTE = 3
FILM, SPORT_DAY = "Прем’єра на 48 годин", "Спорт на добу"
ON_SALE = {FILM: "Дивіться прем’єру дві доби від покупки", SPORT_DAY: "До 5 годин спорту протягом доби"}
RICH, POOR = 900, 10
DAYS, EVENING_M, STEP_M = 4, 30, 5
CROWD = 8
SHARED_FROM = ("198.51.100.7", "203.0.113.8")
"""From here two watch with one link."""

BLOCKED_WHY, GRANTED_WHY = "Посилання викладено на форумі", "Вибачення за збій"


@dataclass(frozen=True, kw_only=True)
class StreamDemo:
    """Where the media servers are, and what links to them are signed with."""

    url: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class _Someone:
    login: str
    ip: str


def load_streams(billing: Billing, spool: Spool, *, demo: StreamDemo, now: datetime) -> list[Seat]:
    """Make what there is to watch and who has watched it, or give what is there from the last time the present key.

    Gives those who are to watch as the demonstration begins. The subscribers of the demo must be there.
    """
    crowd = _crowd(billing)
    teller = Teller(billing, spool, tuple(SERVERS), step=timedelta(minutes=STEP_M))
    if _is_there(billing):
        _move(billing.uow(), demo=demo, now=now)
    else:
        begun_at = now - timedelta(days=DAYS + 1)
        _put_on_sale(billing.uow(), demo=demo, now=begun_at)
        _give(billing.uow(), crowd=crowd, now=begun_at)
        for days in range(DAYS, 0, -1):
            _play(teller, crowd, now - timedelta(days=days), number=days)
        _share(teller, crowd, now)
        _sell(billing.uow(), now=now)
    return _seats(teller, crowd, now, (NEWS, CINEMA))


def _is_there(billing: Billing) -> bool:
    with billing.reading() as session:
        return session.scalar(select(Rule.id).where(Rule.name == RULE)) is not None


def _crowd(billing: Billing) -> list[_Someone]:
    """The first who have television and are not frozen. The last one of them is poor."""
    person = NativeSubscriber
    query = select(person.login, person.ip).where(person.login.in_(billing.option(Packages).holders(())))
    query = query.where(~person.frozen, ~person.down).order_by(person.id).limit(CROWD)
    with billing.reading() as session:
        return [_Someone(login, ip) for login, ip in session.execute(query)]


def _parts(path: str) -> tuple[str, str]:
    """Application and stream."""
    application, _, stream = path.partition("/")
    return application, stream


def _address(demo: StreamDemo, path: str) -> str:
    return f"{demo.url}/{path}/clip.webm"


@use_case
def _move(uow: UnitOfWork, *, demo: StreamDemo, now: datetime) -> None:
    """The media servers have another key this time, and perhaps another address."""
    rule = uow.session.scalars(select(Rule).where(Rule.name == RULE)).one()
    signing = Signing(
        key=demo.key,
        minutes=rule.minutes,
        bind_ip=rule.bind_ip,
        bind_stream=rule.bind_stream,
        identity=rule.identity,
    )
    save_rule(uow, name=RULE, signing=signing, sort=rule.sort, rule_id=rule.id, actor=ACTOR, now=now)
    for path in CHANNELS:
        application, stream = _parts(path)
        for channel in uow.session.scalars(select(Channel).filter_by(application=application, stream=stream)):
            channel.url = _address(demo, path)


@use_case
def _put_on_sale(uow: UnitOfWork, *, demo: StreamDemo, now: datetime) -> None:
    """Servers, tariffs of every kind, tickets, channels, and the rule for links."""
    for name, title in SERVERS.items():
        uow.session.add(Server(name=name, title=title, addresses=[], created_at=now))
    for sort, (name, kind, path) in enumerate(TARIFFS):
        application, stream = _parts(path)
        tariff = save_tariff(
            uow, name=name, kind=kind, application=application, stream=stream, sort=sort, actor=ACTOR, now=now
        )
        if kind is Kind.MINUTE:
            set_price(uow, tariff_id=tariff.id, per_minute=PER_MINUTE, actor=ACTOR, now=now)
    unit = uow.billing.unit
    terms = {
        FILM: Terms(application="vod", hours=48, price=Money(6_000, unit), credits=120),
        SPORT_DAY: Terms(
            application="live", stream="sport*", hours=24, minutes=300, price=Money(4_500, unit), credits=90
        ),
    }
    for sort, (name, about) in enumerate(ON_SALE.items()):
        save_offer(uow, name=name, terms=terms[name], description=about, sort=sort, actor=ACTOR, now=now)
    for sort, (path, title) in enumerate(CHANNELS.items()):
        application, stream = _parts(path)
        url = _address(demo, path)
        save_channel(uow, title=title, url=url, application=application, stream=stream, sort=sort, actor=ACTOR, now=now)
    save_rule(uow, name=RULE, signing=Signing(key=demo.key), actor=ACTOR, now=now)


@use_case
def _give(uow: UnitOfWork, *, crowd: Sequence[_Someone], now: datetime) -> None:
    """Credits to watch with, a ticket that is over by now, and a limit for one of them."""
    gifts = {crowd[-1].login: POOR} if crowd else {}
    for login, credits in (gifts | dict.fromkeys(LOGINS[:2], RICH)).items():
        key = f"demo-streams-{login}"
        correct(uow, login=login, delta=credits, reason="To watch streams", key=key, actor=ACTOR, now=now)
    set_personal_limit(uow, login=LOGINS[1], max_streams=1, actor=ACTOR, now=now)
    bought_at, film = now + timedelta(days=2), _offer(uow, FILM)
    buy_ticket(uow, login=LOGINS[1], offer_id=film, means=CREDIT, key="demo-film", actor=ACTOR, now=bought_at)


@use_case
def _sell(uow: UnitOfWork, *, now: datetime) -> None:
    """Tickets that are valid now: one from the wallet, one given by staff."""
    bought_at, film, sport = now - timedelta(hours=2), _offer(uow, FILM), _offer(uow, SPORT_DAY)
    buy_ticket(uow, login=LOGINS[1], offer_id=film, means=WALLET, key="demo-film-2", actor=ACTOR, now=bought_at)
    grant_ticket(uow, login=LOGINS[2], offer_id=sport, reason=GRANTED_WHY, key="demo-sport", actor=ACTOR, now=bought_at)


def _offer(uow: UnitOfWork, name: str) -> int:
    return uow.session.scalars(select(Offer.id).where(Offer.name == name)).one()


def _play(teller: Teller, crowd: Sequence[_Someone], now: datetime, *, number: int) -> None:
    """An evening: the crowd watches what it has, some pay by minutes or have a ticket. On one of them staff step in."""
    begins_at = now - timedelta(minutes=EVENING_M + STEP_M)
    paths = (NEWS, CINEMA) if number % 2 else (CINEMA, NEWS)
    seats = _seats(teller, crowd[2:], begins_at, paths)
    seats += [seat for someone in (*crowd[:1], *crowd[-1:]) for seat in _seats(teller, [someone], begins_at, (SPORT,))]
    seats += _seats(teller, crowd[1:2], begins_at, (PREMIERE,)) or _seats(teller, crowd[1:2], begins_at, (SPORT_2,))
    for seat in seats[2:3] if number == DAYS // 2 else ():
        block(teller.billing.uow(), name=seat.name, note=BLOCKED_WHY, until=None, actor=ACTOR, now=begins_at)
    teller.evening(seats, begins_at=begins_at, steps=EVENING_M // STEP_M)


def _share(teller: Teller, crowd: Sequence[_Someone], now: datetime) -> None:
    """A quarter of an hour ago somebody has passed his link on: it is watched from two places at once."""
    begins_at = now - timedelta(minutes=4 * STEP_M)
    for seat in _seats(teller, crowd[3:4], begins_at, (CINEMA,)):
        teller.evening([Seat(seat.name, ip, seat.path) for ip in SHARED_FROM], begins_at=begins_at, steps=3)


def _seats(teller: Teller, crowd: Sequence[_Someone], at: datetime, paths: Sequence[str]) -> list[Seat]:
    """A link for each of them to one of the streams in turn; those who may not watch it then have none."""
    with teller.billing.reading() as session:
        channels = {f"{each.application}/{each.stream}": each.id for each in session.scalars(select(Channel))}
    wanted = [(someone, paths[place % len(paths)]) for place, someone in enumerate(crowd)]
    return [
        seat
        for someone, path in wanted
        if path in channels
        for seat in teller.seat(someone.login, ip=someone.ip, channel_id=channels[path], path=path, at=at)
    ]
