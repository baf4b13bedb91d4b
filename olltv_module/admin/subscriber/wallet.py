"""Money by hand: the cash desk, corrections, refunds."""

from flask.typing import ResponseReturnValue

from billing.ledger.models import Transfer
from olltv_module import statements
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import living, person, show, told
from olltv_module.admin.subscriber.forms import CorrectForm, RefundForm, TopUpForm
from olltv_module.services import corrections, wallets
from olltv_module.services.corrections import MoneyProposal
from weblib.forms import new_key
from weblib.pages import gettext as _
from weblib.pages import shown
from weblib.rights import requires


@bp.get("/top-up")
@requires("MONEY")
def show_top_up(login: str) -> ResponseReturnValue:
    """How much came in at the cash desk."""
    return show("top_up", living(login), TopUpForm(formdata=None, key=new_key()))


@bp.post("/top-up")
@requires("MONEY")
def top_up(login: str) -> ResponseReturnValue:
    """Put it into the wallet, once however often the form is sent."""
    form = TopUpForm()
    if form.validate():
        with form.refusals():
            wallets.top_up(desk().billing.uow(), amount=form.amount.data, key=form.key.data, **person(login))
    if form.errors:
        return show("top_up", living(login), form)
    return told(_("%(sum)s came into the wallet.", sum=shown(form.amount.data)), login)


@bp.get("/correct")
@requires("MONEY")
def show_correct(login: str) -> ResponseReturnValue:
    """How much, in which direction, and why."""
    return _correct_page(login, CorrectForm(formdata=None, key=new_key()))


@bp.post("/correct")
@requires("MONEY")
def correct(login: str) -> ResponseReturnValue:
    """Correct the wallet, or propose that when it is much."""
    form = CorrectForm()
    outcome: Transfer | MoneyProposal | None = None
    if form.validate():
        facts = {"amount": form.signed, "reason": form.reason.data, "key": form.key.data}
        with form.refusals():
            outcome = corrections.correct(desk().billing.uow(), **facts, **person(login))
    if outcome is None:
        return _correct_page(login, form)
    if isinstance(outcome, MoneyProposal):
        text = _("The correction is proposed. Another person with the right MONEY has to approve it.")
        return told(text, login, kind="info")
    return told(_("The wallet is corrected by %(sum)s.", sum=shown(form.signed)), login)


@bp.get("/refund/<int(max=9223372036854775807):transfer_id>")
@requires("MONEY")
def show_refund(login: str, transfer_id: int) -> ResponseReturnValue:
    """Which fee, and what giving it back means."""
    return _refund_page(login, transfer_id, RefundForm(formdata=None))


@bp.post("/refund/<int(max=9223372036854775807):transfer_id>")
@requires("MONEY")
def refund(login: str, transfer_id: int) -> ResponseReturnValue:
    """Give a fee back, once however often the form is sent."""
    form = RefundForm()
    if form.validate():
        with form.refusals():
            wallets.refund(desk().billing.uow(), transfer_id=transfer_id, reason=form.reason.data, **person(login))
    if form.errors:
        return _refund_page(login, transfer_id, form)
    return told(_("The fee is given back."), login)


def _correct_page(login: str, form: CorrectForm) -> ResponseReturnValue:
    billing = desk().billing
    return show("correct", living(login), form, limit=corrections.second_look_above(desk().options, billing.unit))


def _refund_page(login: str, transfer_id: int, form: RefundForm) -> ResponseReturnValue:
    line = statements.fee(desk().billing, login=login, transfer_id=transfer_id)
    return show("refund", living(login), form, line=line)
