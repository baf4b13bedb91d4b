"""Changing tariffs: new ones, editions, fees, sale, deletion."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from olltv_module import price_list
from olltv_module.admin.desk import actor, desk
from olltv_module.admin.tariff_forms import CancelForm, FeeForm, NewTariffForm, SeenForm, TariffForm
from olltv_module.admin.tariffs import ADDON, MAIN, bp
from olltv_module.models import Tariff
from olltv_module.services import offers, pairs, tariffs
from weblib.i18n import LANGUAGES
from weblib.pages import gettext as _
from weblib.pages import shown, tell
from weblib.rights import requires

__all__ = ["bp"]


@bp.get("/tariffs/new")
@requires("OLLTV")
def show_new() -> ResponseReturnValue:
    """The form for a new tariff."""
    return render_template("olltv/tariffs_new.html", form=NewTariffForm(formdata=None, kind=MAIN))


@bp.post("/tariffs/new")
@requires("OLLTV")
def new() -> ResponseReturnValue:
    """Put a tariff on sale."""
    form = NewTariffForm()
    if form.validate():
        with form.refusals():
            made = tariffs.create(
                desk().billing.uow(),
                name=form.name.data,
                service=form.service.data,
                fee=form.fee.data,
                main=form.is_main,
                description=form.descriptions,
                partner_percent=form.partner_percent.data,
                goes_with=form.mains,
                actor=actor(),
                now=desk().clock(),
            )
            flash(_("“%(name)s” is on sale. Try its service id at the partner now.", name=made.name))
            return redirect(url_for(".show_one", tariff_id=made.id), 303)
    return render_template("olltv/tariffs_new.html", form=form), 422


@bp.get("/tariffs/<int:tariff_id>/edit")
@requires("OLLTV")
def show_edit(tariff_id: int) -> ResponseReturnValue:
    """The form with what the tariff is now."""
    with desk().billing.reading() as session:
        tariff = price_list.find(session, tariff_id)
        mains = [each.id for each in pairs.mains_of(session, tariff_id)]
    form = TariffForm(
        formdata=None,
        seen=tariff.version,
        name=tariff.name,
        kind=MAIN if tariff.main else ADDON,
        service=tariff.service,
        partner_percent=tariff.partner_percent,
        goes_with=mains,
        **{f"description_{lang}": tariff.description.get(lang, "") for lang in LANGUAGES},
    )
    return _edit_page(form, tariff)


@bp.post("/tariffs/<int:tariff_id>/edit")
@requires("OLLTV")
def edit(tariff_id: int) -> ResponseReturnValue:
    """Save an edition. What is fixed because somebody has had the tariff is not asked for and stays."""
    tariff, form = _found(tariff_id), TariffForm()
    form.keep(tariff if _is_in_use(tariff) else None)
    if form.validate():
        with form.refusals():
            tariffs.edit(
                desk().billing.uow(),
                tariff_id=tariff_id,
                name=form.name.data,
                service=form.kept_service,
                main=form.is_main,
                description=form.descriptions,
                partner_percent=form.partner_percent.data,
                goes_with=form.mains,
                seen=form.seen.data,
                actor=actor(),
                now=desk().clock(),
            )
            flash(_("The tariff is saved."))
            return redirect(url_for(".show_one", tariff_id=tariff_id), 303)
    return _edit_page(form, tariff), 422


@bp.get("/tariffs/<int:tariff_id>/fee")
@requires("OLLTV")
def show_fee(tariff_id: int) -> ResponseReturnValue:
    """The form for a new fee, from the next month on unless told otherwise."""
    tariff = _found(tariff_id)
    coming = desk().billing.month(desk().clock()).next()
    return _fee_page(FeeForm(formdata=None, seen=tariff.version, month=coming), tariff)


@bp.post("/tariffs/<int:tariff_id>/fee")
@requires("OLLTV")
def set_fee(tariff_id: int) -> ResponseReturnValue:
    """Let another fee be in force from a month or a day on."""
    tariff = _found(tariff_id)
    form = FeeForm()
    starts_at = form.starts_at if form.validate() else None
    if starts_at is not None:
        with form.refusals():
            tariffs.set_fee(
                desk().billing.uow(),
                tariff_id=tariff_id,
                fee=form.fee.data,
                starts_at=starts_at,
                seen=form.seen.data,
                actor=actor(),
                now=desk().clock(),
            )
            run = price_list.first_run(desk().billing, starts_at)
            text = _(
                "Orders from %(moment)s on cost %(fee)s. Whoever has the tariff pays that first for %(month)s.",
                moment=shown(starts_at),
                fee=shown(form.fee.data),
                month=shown(run),
            )
            flash(text)
            return redirect(url_for(".show_one", tariff_id=tariff_id), 303)
    return _fee_page(form, tariff), 422


@bp.post("/tariffs/<int:tariff_id>/fee/cancel")
@requires("OLLTV")
def cancel_fee(tariff_id: int) -> ResponseReturnValue:
    """Take back a fee that is not in force yet."""
    form = CancelForm()
    if not form.validate():
        abort(400)
    tariffs.cancel_fee(
        desk().billing.uow(),
        tariff_id=tariff_id,
        starts_at=form.starts_at.data,
        seen=form.seen.data,
        actor=actor(),
        now=desk().clock(),
    )
    flash(_("The fee is taken back; the one before it stays in force."))
    return redirect(url_for(".show_one", tariff_id=tariff_id), 303)


@bp.get("/tariffs/<int:tariff_id>/archive")
@requires("OLLTV")
def show_archive(tariff_id: int) -> ResponseReturnValue:
    """What taking it off sale means."""
    return _sure_page("olltv/tariffs_archive.html", tariff_id)


@bp.post("/tariffs/<int:tariff_id>/archive")
@requires("OLLTV")
def archive(tariff_id: int) -> ResponseReturnValue:
    """Take it off sale."""
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    tariff = tariffs.archive(uow, tariff_id=tariff_id, seen=seen, actor=actor(), now=desk().clock())
    flash(_("“%(name)s” is no longer on sale. Whoever has it keeps it.", name=tariff.name))
    return redirect(url_for(".show_one", tariff_id=tariff_id), 303)


@bp.post("/tariffs/<int:tariff_id>/unarchive")
@requires("OLLTV")
def unarchive(tariff_id: int) -> ResponseReturnValue:
    """Put it back on sale."""
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    tariff = tariffs.unarchive(uow, tariff_id=tariff_id, seen=seen, actor=actor(), now=desk().clock())
    flash(_("“%(name)s” is back on sale.", name=tariff.name))
    return redirect(url_for(".show_one", tariff_id=tariff_id), 303)


@bp.get("/tariffs/<int:tariff_id>/delete")
@requires("OLLTV")
def show_delete(tariff_id: int) -> ResponseReturnValue:
    """Whether it can be deleted, and if not why."""
    return _sure_page("olltv/tariffs_delete.html", tariff_id)


@bp.post("/tariffs/<int:tariff_id>/delete")
@requires("OLLTV")
def delete(tariff_id: int) -> ResponseReturnValue:
    """Remove a tariff that nobody has ever had."""
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    tariffs.delete(uow, tariff_id=tariff_id, seen=seen, actor=actor(), now=desk().clock())
    flash(_("The tariff is deleted."))
    return redirect(url_for(".show"), 303)


def _found(tariff_id: int) -> Tariff:
    with desk().billing.reading() as session:
        return price_list.find(session, tariff_id)


def _is_in_use(tariff: Tariff) -> bool:
    with desk().billing.reading() as session:
        return offers.is_in_use(session, tariff)


def _edit_page(form: TariffForm, tariff: Tariff) -> str:
    form.keep(tariff if _is_in_use(tariff) else None)
    return render_template("olltv/tariffs_edit.html", form=form, tariff=tariff)


def _fee_page(form: FeeForm, tariff: Tariff) -> str:
    billing, now = desk().billing, desk().clock()
    fee, prices = tariff.fee(now, billing.unit), price_list.prices(billing, tariff, now)
    return render_template("olltv/tariffs_fee.html", form=form, tariff=tariff, fee=fee, prices=prices)


def _sure_page(template: str, tariff_id: int) -> str:
    with desk().billing.reading() as session:
        tariff = price_list.find(session, tariff_id)
        count, obstacle = price_list.subscribers(session, tariff_id), price_list.why_not_deleted(session, tariff)
    why = tell(obstacle) if obstacle else ""
    return render_template(template, tariff=tariff, subscribers=count, obstacle=obstacle, why=why)
