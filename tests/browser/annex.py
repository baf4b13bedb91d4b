"""What the theatre needs for a look at each of its pages: orders, questions, a chat that is embedded, and a chat whose
people write hostile things.
"""

from dataclasses import dataclass

from billing.money import Money
from billing.uow import UnitOfWork, use_case
from olltv_module.services.corrections import correct as correct_wallet
from ppv_module.chat import presence
from ppv_module.chat.models import Mode, Performer, Person, Status
from ppv_module.chat.people import person_for
from ppv_module.chat.performers import PerformerForm, create_performer
from ppv_module.chat.styles import save_style
from ppv_module.chat.support import desk
from ppv_module.chat.tenants import TenantForm, create_tenant
from ppv_module.credits.buying import buy_with_wallet, order_with
from ppv_module.credits.models import Pack
from ppv_module.credits.packs import packs_of, save_pack
from tests.browser.theatre import SECOND_WEBMASTER, STAFF, STAR, VIEWER, Theatre

HOSTILE_PERFORMER, HOSTILE_VIEWER = "star00002", "demo00002"
HOSTILE_WEBMASTER = 666
EMBEDDED = "Embedded chat"
IMAGE = "<img src=x onerror=hit=1>"
SCRIPT = "</style></textarea><script>hit=1</script>"
WRONG = IMAGE + SCRIPT
NAME = f"{IMAGE}<script>hit=1</script>"
COLOUR = "rgb(1, 2, 3)"
STYLE = """@import url("{elsewhere}/import.css");
@font-face {{ font-family: "Evil"; src: url("{elsewhere}/font.woff"); }}
body {{ background: url("{elsewhere}/body.png"); position: fixed; inset: 0; z-index: 99999; }}
.wall, .wall-card {{ position: fixed; inset: 0; z-index: 99999; transform: scale(100); }}
.wall::before {{ content: url("{elsewhere}/before.png"); }}
.wall::after {{ content: "x"; position: absolute; inset: -9999px; background: red; }}
.wall {{ margin: -3000px; padding: 3000px; background: red; box-shadow: 0 0 0 9999px red; outline: 9999px solid red; }}
body {{ margin: -3000px; padding: 3000px; position: relative; }}
body {{ box-shadow: 0 0 0 9999px red; outline: 9999px solid red; }}
nav, .tabs, header {{ display: none; }}
.wall-name, .room-facts, .chat-screen, .studio-say {{ color: {colour}; }}
.wall-name {{ background-image: image-set("{elsewhere}/set.png" 1x); }}
.wall-bio {{ --x: url({elsewhere}/own.png); background: var(--x); }}
</style><script>hit=1</script>
"""


@dataclass(frozen=True)
class Annex:
    """Paths of pages that only this has."""

    theatre: Theatre
    numbers: dict[str, int]

    def appear(self, login: str = STAR, tenant_id: int = 0) -> None:
        """Have the chat say that this performer is there, which counts for half a minute."""
        runtime = self.theatre.runtime
        now, tenant = runtime.clock(), tenant_id or self.numbers["demo"]
        person = person_for(runtime.billing.uow(), tenant_id=tenant, login=login, now=now)
        presence.told(runtime.billing.uow(), person_id=person.id, status=Status.ONLINE, at=now, now=now)

    def path(self, path: str) -> str:
        return path.format_map(self.numbers)


def open_annex(theatre: Theatre) -> Annex:
    """Made once for a theatre."""
    uow, now = theatre.runtime.billing.uow, theatre.runtime.clock()
    signed = {"actor": STAFF, "now": now}
    demo = theatre.tenant.id
    correct_wallet(
        uow(), login=VIEWER, amount=Money(50_000, "UAH"), reason="For a look", key="annex-wallet-1", **signed
    )
    pack = a_pack(theatre, "UAH")
    orders = {"login": VIEWER, "tenant_id": demo, **signed}
    paid = buy_with_wallet(uow(), pack_id=pack.id, key="annex-order-paid", **orders)
    euros = a_pack(theatre, "EUR")
    new = order_with(uow(), provider="paypal", pack_id=euros.id, key="annex-order-new", **orders)
    viewer = theatre.person(VIEWER)
    ticket = desk.open_ticket(uow(), person_id=viewer.id, subject="Nothing is heard", text="One.\nTwo.", **signed)
    desk.write(uow(), ticket_id=ticket.id, text="Please try again.", **signed)
    numbers = {"demo": demo, "star": theatre.person(STAR).number, "pack": pack.id, "euros": euros.id}
    numbers |= {"paid": paid.id, "new": new.id, "ticket": ticket.id}
    numbers |= {"embed": _embedded(theatre)} | _hostile(theatre)
    return Annex(theatre, numbers)


def a_pack(theatre: Theatre, currency: str) -> Pack:
    """The cheapest pack of the demo in this currency."""
    with theatre.runtime.billing.reading() as session:
        packs = [each for each in packs_of(session, theatre.tenant.id, active=True) if each.currency == currency]
    return min(packs, key=lambda each: each.price_minor)


def _embedded(theatre: Theatre) -> int:
    form = TenantForm(
        name=EMBEDDED,
        webmaster_id=SECOND_WEBMASTER,
        chat_url=theatre.chat,
        password=theatre.chat_password,
        mode=Mode.EMBED,
    )
    return create_tenant(theatre.runtime.billing.uow(), form=form, actor=STAFF, now=theatre.runtime.clock()).id


def _hostile(theatre: Theatre) -> dict[str, int]:
    """A chat in which everything that can be written is hostile."""
    uow, now = theatre.runtime.billing.uow, theatre.runtime.clock()
    signed = {"actor": STAFF, "now": now}
    form = TenantForm(
        name=NAME,
        webmaster_id=HOSTILE_WEBMASTER,
        chat_url=theatre.chat,
        password=theatre.chat_password,
        kind_titles=dict.fromkeys(("uk", "ru", "en"), IMAGE),
        paypal_business="seller@demo.example",
    )
    tenant = create_tenant(uow(), form=form, **signed).id
    wanted = PerformerForm(display_name="Harmless", rate=10, percent_bp=5000, bio=WRONG)
    room = theatre.runtime.chat_provider.public_room
    performer = create_performer(
        uow(), tenant_id=tenant, login=HOSTILE_PERFORMER, form=wanted, room=room, **signed
    ).person_id
    viewer = person_for(uow(), tenant_id=tenant, login=HOSTILE_VIEWER, nickname="Innocent", now=now)
    _rename(uow(), performer_id=performer, viewer_id=viewer.id)
    ticket = desk.open_ticket(uow(), person_id=viewer.id, subject=IMAGE, text=WRONG, **signed)
    desk.write(uow(), ticket_id=ticket.id, text=f"Answer {WRONG}", **signed)
    pack = save_pack(
        uow(), tenant_id=tenant, credits=66, price=Money(666, "UAH"), description=f"{IMAGE}{IMAGE}", **signed
    )
    style = STYLE.format(elsewhere="http://127.0.0.1:9", colour=COLOUR)
    save_style(uow(), tenant_id=tenant, source=style, **signed)
    return {
        "hostile": tenant,
        "hostile_pack": pack.id,
        "hostile_ticket": ticket.id,
        "hostile_performer": performer,
        "hostile_viewer": viewer.id,
        "hostile_number": _number(theatre, performer),
    }


def _number(theatre: Theatre, person_id: int) -> int:
    with theatre.runtime.billing.reading() as session:
        return session.get_one(Person, person_id).number


@use_case
def _rename(uow: UnitOfWork, *, performer_id: int, viewer_id: int) -> None:
    """Names that no service accepts: pages must not rely on that."""
    uow.session.get_one(Performer, performer_id).display_name = IMAGE
    uow.session.get_one(Person, performer_id).nickname = IMAGE
    uow.session.get_one(Person, viewer_id).nickname = f"{IMAGE}2"
