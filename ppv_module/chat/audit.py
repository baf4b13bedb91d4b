"""What must hold between shows, tips and earnings and the ledger."""

from collections.abc import Iterator

from sqlalchemy import String, and_, cast, func, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from billing.errors import N_
from billing.ledger.audit import Check, Finding, findings
from billing.ledger.models import Transfer
from ppv_module.chat.earnings.benefit import WHOLE_BP
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.shows.models import OPEN, UNFINISHED, Show, ShowState


def _shows_equal_transfers(session: Session) -> Iterator[Finding]:
    """Every credit of a show was taken by its meter, and the meter took no other."""
    journals = select(Transfer.journal, func.sum(Transfer.amount_minor).label("credits"))
    taken = journals.where(Transfer.key.like("ppv.show:%")).group_by(Transfer.journal).subquery()
    expected = func.coalesce(taken.c.credits, 0)
    query = select(Show.id.label("show"), Show.credits_charged.label("charged"), expected.label("credits"))
    query = query.outerjoin(taken, taken.c.journal == literal("ppv.show:") + Show.id)
    text = N_("The show %(show)s was charged %(charged)s credits, but its transfers sum to %(credits)s.")
    yield from findings(session, query.where(Show.credits_charged != expected), "show_differs", text)


def _transfers_have_shows(session: Session) -> Iterator[Finding]:
    query = select(Transfer.key).outerjoin(Show, Transfer.journal == literal("ppv.show:") + Show.id)
    query = query.where(Transfer.key.like("ppv.show:%"), Show.id.is_(None))
    yield from findings(session, query, "show_missing", N_("The transfer %(key)s is of no show."))


def _closed_shows_are_earned(session: Session) -> Iterator[Finding]:
    """A closed show that was charged has one row of what she earned, of the same credits; no other show has one."""
    should = func.coalesce(and_(Show.state == ShowState.ENDED, Show.credits_charged > 0), False)
    query = select(Show.id.label("show"), Show.credits_charged.label("charged"), Earning.credits.label("earned"))
    query = query.outerjoin(Earning, Earning.closes_show == Show.id)
    wrong = or_(
        and_(should, Earning.id.is_(None)),
        and_(not_(should), Earning.id.is_not(None)),
        Earning.credits != Show.credits_charged,
    )
    text = N_("The show %(show)s was charged %(charged)s credits, but %(earned)s were earned by it.")
    yield from findings(session, query.where(wrong), "show_not_earned", text)


def _tips_have_transfers(session: Session) -> Iterator[Finding]:
    """Every tip was paid by one transfer of its credits, and one that was reversed was given back."""
    paid, undone = aliased(Transfer), aliased(Transfer)
    undone_key = literal("ppv.tip-reversed:") + cast(Earning.id, String(20))
    query = select(Earning.id.label("tip"), Earning.credits, paid.amount_minor.label("paid"))
    query = query.outerjoin(paid, paid.key == literal("ppv.tip:") + Earning.key)
    query = query.outerjoin(undone, and_(undone.key == undone_key, undone.reverses_id == paid.id))
    wrong = or_(
        paid.id.is_(None),
        paid.amount_minor != Earning.credits,
        and_(Earning.reversed_at.is_(None), undone.id.is_not(None)),
        and_(Earning.reversed_at.is_not(None), undone.id.is_(None)),
    )
    text = N_("The tip %(tip)s of %(credits)s credits does not agree with its transfers (%(paid)s).")
    yield from findings(session, query.where(Earning.action == Action.TIPS, wrong), "tip_differs", text)


def _slots_are_right(session: Session) -> Iterator[Finding]:
    """Who is in a show, or has asked for one, is marked as taken; nobody is by a show that is over."""
    asks, holds = Show.state.in_(UNFINISHED), Show.state.in_(OPEN)
    wrong = or_(
        and_(asks, or_(Show.viewer_slot.is_(None), Show.viewer_slot != Show.viewer_id)),
        and_(holds, or_(Show.performer_slot.is_(None), Show.performer_slot != Show.performer_id)),
        and_(not_(asks), Show.viewer_slot.is_not(None)),
        and_(not_(holds), Show.performer_slot.is_not(None)),
    )
    text = N_("The show %(show)s is %(state)s, but does not mark those who take part in it accordingly.")
    query = select(Show.id.label("show"), Show.state).where(wrong)
    yield from findings(session, query, "show_slot", text)


def _parts_add_up(session: Session) -> Iterator[Finding]:
    """Her part of each price is the percentage that was agreed, rounded half up; the rest is the house's."""
    benefit = (Earning.price_mills * Earning.percent_bp + WHOLE_BP // 2) // WHOLE_BP
    query = select(Earning.id.label("earning"), Earning.price_mills, Earning.benefit_mills)
    query = query.where(Earning.action != Action.ADJUSTMENT, Earning.benefit_mills != benefit)
    text = N_("The earning %(earning)s gives %(benefit_mills)s of a price of %(price_mills)s, not the share agreed.")
    yield from findings(session, query, "share_differs", text)


CHECKS: tuple[Check, ...] = (
    _shows_equal_transfers,
    _transfers_have_shows,
    _closed_shows_are_earned,
    _tips_have_transfers,
    _slots_are_right,
    _parts_add_up,
)
