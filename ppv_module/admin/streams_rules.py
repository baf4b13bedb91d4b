"""Rules by which links are signed, and checking a signed link. A key goes in, and never out again."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.shows import viewer_url
from ppv_module.admin.streams_rule_forms import CheckForm, RuleForm
from ppv_module.admin.streams_terms import IDENTITY_TEXTS, TROUBLE_TEXTS, pattern_text
from ppv_module.streams.links import rules
from ppv_module.streams.links.models import Identity, Rule
from ppv_module.streams.links.support import Checked, check_link
from ppv_module.streams.rights.models import Pattern
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Filter
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("streams_rules", __name__, url_prefix="/streams/rules", template_folder="templates")
MENU = Entry(
    endpoint="streams_rules.show_all",
    text=N_("Rules for links"),
    icon="link",
    section="Streams",
    place=58,
    rights=("PPV",),
)
PAGE = "/streams/rules"

Line = tuple[Rule, Pattern]


class RuleFilter(Filter):
    """Narrows the list."""

    state = ChoiceField(N_("State"), choices=[("", N_("all")), ("on", N_("in use")), ("off", N_("switched off"))])

    @property
    def active(self) -> bool | None:
        """Whether they sign; None for all."""
        state = self.chosen().get("state")
        return state == "on" if state else None


COLUMNS: tuple[Column[Line], ...] = (
    Column("name", N_("Name"), lambda each: each[0].name),
    Column("pattern", N_("Streams"), lambda each: pattern_text(each[1])),
    Column("minutes", N_("Minutes"), lambda each: each[0].minutes, numeric=True),
    Column("identity", N_("Identifier of the viewer"), lambda each: _(IDENTITY_TEXTS[each[0].identity])),
    Column("bind_stream", N_("Bound to the stream"), lambda each: each[0].bind_stream, shown=False),
    Column("bind_ip", N_("Bound to the address"), lambda each: each[0].bind_ip),
    Column(
        "state",
        N_("State"),
        lambda each: _("in use") if each[0].active else _("switched off"),
        badge=lambda each: "good" if each[0].active else "quiet",
    ),
    Column("sort", N_("Place in the list"), lambda each: each[0].sort, numeric=True, shown=False),
)


def _rows(billing: Billing) -> Iterator[Line]:
    with billing.reading() as session:
        yield from rules.rules_of(session, active=RuleFilter().active)


EXPORT = register(
    Source(name="stream_rules", title=N_("Rules for links"), columns=COLUMNS, rows=_rows, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Every rule in the order in which they count."""
    listing = Listing(
        columns_known=COLUMNS, items=list(_rows(desk().billing)), wish=wish(COLUMNS), exports=urls(EXPORT.name)
    )
    return render_template("ppv/streams/rules_list.html", listing=listing, form=RuleFilter())


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for another rule."""
    form = RuleForm(formdata=None, minutes=15, bind_stream=True, identity=Identity.PLAY.value, sort=0)
    return render_template("ppv/streams/rules_new.html", form=form, found=None)


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Make a rule, or only say which streams its pattern fits."""
    form = RuleForm()
    found = form.tried()
    if not form.is_trial and form.validate():
        with form.refusals():
            rules.save_rule(desk().billing.uow(), **form.given, **signed())
            flash(_("The rule is saved. Links are signed by it from now on."))
            return redirect(PAGE, 303)
    return render_template("ppv/streams/rules_new.html", form=form, found=found), 200 if found else 422


@bp.get("/<int:rule_id>/edit")
@requires("PPV")
def show_edit(rule_id: int) -> ResponseReturnValue:
    """The form with what the rule is now, without its key.

    :raises UnknownRule: there is none
    """
    rule, pattern = _found(rule_id)
    return render_template("ppv/streams/rules_edit.html", form=RuleForm.of(rule, pattern), rule=rule, found=None)


@bp.post("/<int:rule_id>/edit")
@requires("PPV")
def edit(rule_id: int) -> ResponseReturnValue:
    """Save an edition; links that were issued stay as they were signed.

    :raises UnknownRule: there is none
    """
    (rule, _pattern), form = _found(rule_id), RuleForm()
    found = form.tried()
    if not form.is_trial and form.validate():
        with form.refusals():
            given = {**form.given, "rule_id": rule_id, "seen": form.seen.data}
            rules.save_rule(desk().billing.uow(), **given, **signed())
            flash(_("Saved. Links that were issued stay as they were signed."))
            return redirect(PAGE, 303)
    return render_template("ppv/streams/rules_edit.html", form=form, rule=rule, found=found), 200 if found else 422


@bp.post("/<int:rule_id>/on")
@requires("PPV")
def switch_on(rule_id: int) -> ResponseReturnValue:
    """Sign links by it.

    :raises UnknownRule, ChangedMeanwhile: nothing has changed
    """
    _switch(rule_id, active=True)
    flash(_("Links are signed by this rule from now on."))
    return redirect(PAGE, 303)


@bp.post("/<int:rule_id>/off")
@requires("PPV")
def switch_off(rule_id: int) -> ResponseReturnValue:
    """Sign no more links by it.

    :raises UnknownRule, ChangedMeanwhile: nothing has changed
    """
    _switch(rule_id, active=False)
    flash(_("No more links are signed by this rule. Those that were issued stay good."))
    return redirect(PAGE, 303)


@bp.get("/<int:rule_id>/check")
@requires("PPV")
def show_check(rule_id: int) -> ResponseReturnValue:
    """The form for a signed link.

    :raises UnknownRule: there is none
    """
    return _checking(rule_id, CheckForm(formdata=None))


@bp.post("/<int:rule_id>/check")
@requires("PPV")
def check(rule_id: int) -> ResponseReturnValue:
    """Say whether a link is good by the key of this rule. Nothing is changed; the link stands in no address.

    :raises UnknownRule: there is none
    """
    form = CheckForm()
    if form.validate():
        with form.refusals(), desk().billing.reading() as session:
            asked = {"url": form.url.data, "ip": form.ip.data or ""}
            checked = check_link(session, desk().billing, rule_id=rule_id, now=desk().clock(), **asked)
            return _checking(rule_id, form, checked)
    return _checking(rule_id, form), 422


def _checking(rule_id: int, form: CheckForm, checked: Checked | None = None) -> str:
    rule, pattern = _found(rule_id)
    trouble = checked.trouble if checked else None
    viewer = checked.viewer if checked else None
    return render_template(
        "ppv/streams/rules_check.html",
        form=form,
        rule=rule,
        pattern=pattern_text(pattern),
        checked=checked,
        told=_(TROUBLE_TEXTS[trouble]) if trouble else "",
        viewer_url=viewer_url(viewer.login) if viewer else "",
    )


def _switch(rule_id: int, *, active: bool) -> None:
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    rules.set_rule_active(uow, rule_id=rule_id, active=active, seen=seen, **signed())


def _found(rule_id: int) -> Line:
    with desk().billing.reading() as session:
        rule = rules.rule_of(session, rule_id)
        return rule, session.get_one(Pattern, rule.pattern_id)
