"""The reconciliation: what does not agree between payments, credits, shows, the ledger and the chat's claims."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk
from ppv_module.admin.purchases import flag_text
from ppv_module.admin.report_words import END_TEXTS, KIND_HINTS, KIND_LOOKS, KIND_TEXTS, VERDICT_TEXTS
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.spanning import today
from ppv_module.chat.reports.reconciling import MOST, Finding, Kind, findings
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows.models import EndReason
from ppv_module.credits.models import Verdict
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, DateField, Filter
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import may, requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("ppv_reconciliation", __name__, url_prefix="/ppv/reconciliation", template_folder="templates")
RIGHTS = ("PPV", "MONEY")
DAYS = 30
MENU = Entry(
    endpoint="ppv_reconciliation.show",
    text=N_("Reconciliation"),
    icon="scale",
    section="Pay-per-view",
    place=70,
    rights=RIGHTS,
)
OF_SHOWS = (Kind.LEDGER_DIFFERS, Kind.CLAIM_DIFFERS, Kind.SWEPT)


class KindFilter(Filter):
    """A period, the last thirty days unless another is asked for, and one kind of findings."""

    kind = ChoiceField(
        N_("What differs"), choices=[("", N_("all")), *((each.value, KIND_TEXTS[each]) for each in Kind)]
    )
    since = DateField(N_("From"))
    until = DateField(N_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, day in ((self.since, today() - timedelta(days=DAYS - 1)), (self.until, today())):
            if not field.errors and not field.data:
                field.data = day

    @property
    def span(self) -> Span:
        chosen = self.chosen()
        return Span.of_days(chosen.get("since"), chosen.get("until"), desk().billing.zone)

    @property
    def wanted(self) -> Kind | None:
        """One kind; None for all."""
        found = self.chosen().get("kind")
        return Kind(found) if found else None


def _link(each: Finding) -> str | None:
    if each.kind in OF_SHOWS:
        return f"/ppv/shows/{each.about}" if may("PPV") else None
    if each.kind is Kind.NOTICE_STUCK:
        return f"/ppv/purchases/notices/{each.about}" if may("MONEY") else None
    if each.kind is Kind.BALANCE_DIFFERS:
        return viewer_url(each.about)
    name = "payments" if each.kind is Kind.PAYMENT_WITHOUT_GRANT else ""
    return f"/ppv/purchases/{name}?login={quote(each.login)}".replace("/?", "?")


def _ours(each: Finding) -> str:
    return _(VERDICT_TEXTS[Verdict(each.ours)]) if each.kind is Kind.NOTICE_STUCK else each.ours


def _note(each: Finding) -> str | None:
    if each.kind is Kind.SWEPT:
        return _(END_TEXTS[EndReason(each.note)]) if each.note else None
    return flag_text(each.note)


COLUMNS: tuple[Column[Finding], ...] = (
    Column("at", N_("Time"), lambda each: each.at),
    Column("kind", N_("What differs"), lambda each: _(KIND_TEXTS[each.kind])),
    Column("about", N_("Number"), lambda each: each.about, link=_link),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column(
        "login", N_("Login"), lambda each: each.login, link=lambda each: viewer_url(each.login) if each.login else None
    ),
    Column("ours", N_("Ours"), _ours),
    Column("theirs", N_("The other side"), lambda each: each.theirs),
    Column("note", N_("Why"), _note),
)


def _look(kind: Kind) -> str:
    return KIND_LOOKS.get(kind, "bad")


def _found(billing: Billing, kind: Kind | None) -> list[Finding]:
    with billing.reading() as session:
        return findings(session, span=KindFilter().span, now=desk().clock(), kind=kind)


def _exported(billing: Billing) -> Iterator[Finding]:
    yield from _found(billing, KindFilter().wanted)


EXPORT = register(
    Source(
        name="ppv_reconciliation", title=N_("Reconciliation"), columns=COLUMNS, rows=_exported, rights=RIGHTS, utc=True
    )
)


@bp.get("")
@requires(*RIGHTS)
def show() -> ResponseReturnValue:
    """What is found, with the numbers by kind."""
    form, every = KindFilter(), _found(desk().billing, None)
    wanted = form.wanted
    items = [each for each in every if wanted in (None, each.kind)]
    listing = Listing(columns_known=COLUMNS, items=items, wish=wish(COLUMNS), exports=urls(EXPORT.name))
    numbers = [(kind, _(KIND_TEXTS[kind]), sum(1 for each in every if each.kind is kind), _look(kind)) for kind in Kind]
    return render_template(
        "ppv/reconciliation_show.html",
        form=form,
        listing=listing,
        numbers=numbers,
        most=MOST,
        hint=_(KIND_HINTS[wanted]) if wanted else "",
    )
