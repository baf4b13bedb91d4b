"""The demo's video chat: performers with pictures, packs of credits, and some evenings of shows and tips.

All of it is made by the services that the pages use, as of the days before, so that books and reports are true.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import NotEnoughMoney
from billing.host.base import UnknownLogin
from billing.host.native import NativeHost
from billing.money import Money
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import people, presence, tenants
from ppv_module.chat.earnings.payouts import draft_payouts, pay_payout
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.performers import PerformerForm, create_performer
from ppv_module.chat.photos import Kind, put_photo
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, Source
from ppv_module.chat.shows.running import arrive, touch
from ppv_module.chat.support.desk import open_ticket
from ppv_module.chat.tenants import TenantForm
from ppv_module.credits.buying import buy_with_wallet
from ppv_module.credits.corrections import correct
from ppv_module.credits.models import Pack
from ppv_module.credits.packs import save_pack
from suite.demo.faces import AVATAR, PHOTO, drawn
from suite.demo.load import ACTOR, LOGINS, PASSWORD
from suite.demo.stars import STARS, Star

NAME, WEBMASTER = "Demo chat", 1
SELLER = "seller@demo.example"
CREDIT_MINOR, CREDITS = 5_000, 100
"""A hundred credits are worth so many minor units."""

PACKS = ((100, 5_000), (200, 9_500), (600, 27_000))
EUROS = ((600, 600), (1500, 1400))
WELCOME = 300
BOUGHT = 200
NICKNAMES = ("Barvinok", "Sokil", "Zirka")
PACE_S = 10

EVENINGS = (
    # days ago, viewer, performer, seconds of the show, tip before it
    *((6, 0, 0, 130, 10), (6, 1, 1, 95, 0), (5, 2, 2, 240, 5), (4, 0, 3, 40, 0)),
    *((4, 1, 0, 75, 20), (3, 2, 4, 180, 0), (2, 0, 5, 210, 1), (1, 1, 2, 160, 5), (1, 0, 0, 85, 50)),
)
PAID_DAYS_AGO = 3
QUESTION = "Немає звуку"
QUESTION_TEXT = "Учора в кімнаті Соломії картинка була, а звуку ні. У навушниках те саме. Що перевірити?"


@dataclass(frozen=True, kw_only=True)
class ChatDemo:
    """Where the chat's server is, and its secrets; `room` is the provider's `public_room`."""

    url: str
    password: str = field(repr=False)
    token: str = field(repr=False)
    room: Callable[[Tenant, int], int]


@use_case
def load_chat(uow: UnitOfWork, *, demo: ChatDemo, now: datetime) -> Tenant:
    """Make the chat with everything in it, or give the one of the last time the server's present address and secrets.

    The subscribers of the demo must be there.
    """
    there = uow.session.scalar(select(Tenant).where(Tenant.webmaster_id == WEBMASTER))
    if there is not None:
        return tenants.change_tenant(uow, tenant_id=there.id, form=_moved(there, demo), actor=ACTOR, now=now)
    form = TenantForm(
        name=NAME,
        webmaster_id=WEBMASTER,
        chat_url=demo.url,
        password=demo.password,
        rest_url=demo.url,
        rest_token=demo.token,
        currency=uow.billing.unit,
        value_minor=CREDIT_MINOR,
        value_credits=CREDITS,
        paypal_business=SELLER,
    )
    begun_at = now - timedelta(days=EVENINGS[0][0] + 1)
    tenant = tenants.create_tenant(uow, form=form, actor=ACTOR, now=begun_at)
    performers = [
        _performer(uow, tenant, star, number=number, demo=demo, now=begun_at) for number, star in enumerate(STARS)
    ]
    packs = _put_on_sale(uow, tenant, begun_at)
    viewers = [_viewer(uow, tenant, login, name, begun_at) for login, name in _guests()]
    for evening in EVENINGS:
        _play(uow, evening, viewers, performers, now=now)
    _pay(uow, tenant, now=now)
    _buy(uow, tenant, packs, now=now - timedelta(hours=3))
    asked_at = now - timedelta(hours=2)
    about = {"subject": QUESTION, "text": QUESTION_TEXT}
    open_ticket(uow, person_id=viewers[1].id, **about, actor=Actor(viewers[1].login), now=asked_at)
    return tenant


def _moved(tenant: Tenant, demo: ChatDemo) -> TenantForm:
    """What was decided for the tenant, with the server's present address and secrets."""
    decided = TenantForm(**{each.name: getattr(tenant, each.name) for each in fields(TenantForm)})
    return replace(decided, chat_url=demo.url, rest_url=demo.url, password=demo.password, rest_token=demo.token)


def _guests() -> Iterator[tuple[str, str]]:
    return zip(LOGINS, NICKNAMES, strict=False)


def _performer(uow: UnitOfWork, tenant: Tenant, star: Star, *, number: int, demo: ChatDemo, now: datetime) -> Performer:
    try:
        uow.host.find(star.login)
    except UnknownLogin:
        cast(NativeHost, uow.host).add(login=star.login, password=PASSWORD, name=star.full_name)
    form = PerformerForm(
        display_name=star.name,
        rate=star.rate,
        percent_bp=star.percent * 100,
        bio=star.bio,
        sort=number,
        gender=star.gender,
    )
    performer = create_performer(
        uow, tenant_id=tenant.id, login=star.login, form=form, room=demo.room, actor=ACTOR, now=now
    )
    for kind, size in ((Kind.AVATAR, AVATAR), (Kind.PHOTO, PHOTO)):
        content = drawn(star.look, size)
        put_photo(uow, person_id=performer.person_id, kind=kind, content=content, actor=ACTOR, now=now)
    return performer


def _put_on_sale(uow: UnitOfWork, tenant: Tenant, now: datetime) -> dict[int, Pack]:
    """The packs that wallets can pay, by their credits; those in euros are for PayPal."""
    unit = uow.billing.unit
    offers = [*((number, Money(price, unit)) for number, price in PACKS), *((n, Money(p, "EUR")) for n, p in EUROS)]
    made = [
        save_pack(uow, tenant_id=tenant.id, credits=credits, price=price, sort=place, actor=ACTOR, now=now)
        for place, (credits, price) in enumerate(offers)
    ]
    return {pack.credits: pack for pack in made if pack.currency == unit}


def _viewer(uow: UnitOfWork, tenant: Tenant, login: str, nickname: str, now: datetime) -> Person:
    """A subscriber with credits to begin with."""
    reason, key = "A welcome gift", f"demo-welcome-{login}"
    correct(uow, login=login, delta=WELCOME, reason=reason, key=key, actor=ACTOR, now=now)
    return people.person_for(uow, tenant_id=tenant.id, login=login, nickname=nickname, now=now)


def _play(
    uow: UnitOfWork,
    evening: tuple[int, int, int, int, int],
    viewers: list[Person],
    performers: list[Performer],
    *,
    now: datetime,
) -> None:
    """A tip, and a show with all its ticks."""
    days, viewer_number, performer_number, seconds, tip = evening
    viewer, performer = viewers[viewer_number], performers[performer_number]
    at, actor = now - timedelta(days=days, minutes=30 + 7 * performer_number), Actor(viewer.login)
    both = (viewer.id, performer.person_id)
    presence.beat(uow, person_id=performer.person_id, now=at)
    if tip:
        key = f"demo-{days}-{viewer_number}-{performer_number}"
        send_tip(uow, viewer_id=viewer.id, performer_id=both[1], credits=tip, key=key, actor=actor, now=at)
    show = request_show(uow, viewer_id=viewer.id, performer_id=both[1], source=Source.SELF, actor=actor, now=at)
    _answer(uow, show.id, performer, at + timedelta(seconds=8))
    for person_id in both:
        arrive(uow, show_id=show.id, person_id=person_id, now=at + timedelta(seconds=PACE_S))
    for passed in range(PACE_S, seconds, PACE_S):
        for person_id in both:
            touch(uow, show_id=show.id, person_id=person_id, now=at + timedelta(seconds=PACE_S + passed))
    over = at + timedelta(seconds=PACE_S + seconds)
    end_show(uow, show_id=show.id, reason=EndReason.VIEWER_END, by=viewer.id, actor=actor, now=over)


def _answer(uow: UnitOfWork, show_id: str, performer: Performer, at: datetime) -> None:
    room = 10**12 + performer.person_id
    accept_show(uow, show_id=show_id, by=performer.person_id, room_id=room, actor=ACTOR, now=at)


def _pay(uow: UnitOfWork, tenant: Tenant, *, now: datetime) -> None:
    """What was earned until some days ago is paid out."""
    period = {"begins_at": now - timedelta(days=EVENINGS[0][0] + 1), "ends_at": now - timedelta(days=PAID_DAYS_AGO)}
    paid_at = now - timedelta(days=PAID_DAYS_AGO - 1)
    for payout in draft_payouts(uow, tenant_id=tenant.id, **period, actor=ACTOR, now=paid_at):
        pay_payout(uow, payout_id=payout.id, reference=f"DEMO-{payout.id:03}", actor=ACTOR, now=paid_at)


def _buy(uow: UnitOfWork, tenant: Tenant, packs: dict[int, Pack], *, now: datetime) -> None:
    """The first subscriber buys a pack; where the wallet is too small for it, the credits are a gift."""
    login, key = LOGINS[0], "demo-first-pack"
    actor, pack = Actor(login), packs[BOUGHT]
    try:
        with uow.session.begin_nested():
            buy_with_wallet(uow, login=login, tenant_id=tenant.id, pack_id=pack.id, key=key, actor=actor, now=now)
    except NotEnoughMoney:
        correct(uow, login=login, delta=BOUGHT, reason="Instead of a pack", key=key, actor=ACTOR, now=now)
