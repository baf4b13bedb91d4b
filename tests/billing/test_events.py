"""The event log tells who did what, to whom, when and from where."""

import pytest
from sqlalchemy import select
from structlog.contextvars import bound_contextvars

from billing.actors import Actor
from billing.events import Event
from olltv_module.models import Reason
from tests.support import NOV_10, money


def written(billing, uow, template, **facts):
    with uow() as unit:
        unit.events.write(template, actor=Actor("olena", "10.0.0.5"), at=NOV_10, **facts)
    with billing.reading() as session:
        return session.scalars(select(Event).order_by(Event.id.desc())).first()


def test_a_line_is_filled_in_and_signed(billing, uow):
    line = written(billing, uow, "OLLTV ({login}) [{tariff}]", login="ivan", tariff=7)
    assert line.text == "OLLTV (ivan) [7]"
    assert (line.login, line.actor, line.address, line.at) == ("ivan", "olena", "10.0.0.5", NOV_10)


def test_a_line_about_nobody_has_no_login(billing, uow):
    assert written(billing, uow, "OLLTV CREATE TARIFF").login is None


def test_a_line_carries_the_number_of_the_request_it_came_from(billing, uow):
    with bound_contextvars(request_id="abc-1"):
        assert written(billing, uow, "line").request_id == "abc-1"
    assert written(billing, uow, "line").request_id is None


def test_a_long_line_is_cut_and_never_stops_the_use_case(billing, uow):
    line = written(billing, uow, "({login}) {note}", login="ivan", note="ї" * 400)
    assert len(line.text) == 255
    assert line.text.startswith("(ivan) їїї")


def test_braces_in_a_fact_are_plain_text(billing, uow):
    assert written(billing, uow, "({login})", login="{0}{actor}").text == "({0}{actor})"


def test_only_what_changed_is_kept_of_before_and_after(billing, uow):
    before = {"fee": money("50 UAH"), "name": "Start", "on_sale": True, "until": None}
    after = {"fee": money("60 UAH"), "name": "Start", "on_sale": False, "until": NOV_10}
    line = written(billing, uow, "OLLTV SAVE TARIFF [{tariff}]", tariff=7, before=before, after=after)
    assert line.before == {"fee": "50.00 UAH", "on_sale": True, "until": None}
    assert line.after == {"fee": "60.00 UAH", "on_sale": False, "until": "2026-11-10T09:00:00+00:00"}


def test_a_line_about_no_change_holds_none(billing, uow):
    same = {"rights": ["OLLTV"]}
    assert (line := written(billing, uow, "line", before=same, after=same)).before is None
    assert line.after is None
    created = written(billing, uow, "line", after={"state": Reason.STAFF, "rights": {"OLLTV", "MONEY"}})
    assert (created.before, created.after) == (None, {"state": "staff", "rights": ["MONEY", "OLLTV"]})


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("OLLTV SUBSCRIBER ({login}) RESUME{note}", "OLLTV SUBSCRIBER RESUME"),
        ("OLLTV SUBSCRIBER ({login}) ADD DEVICE [{device}]", "OLLTV SUBSCRIBER ADD DEVICE"),
        ("BALANCEADD ({login}) ON `{amount}`", "BALANCEADD ON"),
    ],
)
def test_the_kind_of_a_line_is_its_fixed_words(billing, uow, template, kind):
    line = written(billing, uow, template, login="IVAN", note=" LATER", device="AA", amount="5")
    assert line.kind == kind
