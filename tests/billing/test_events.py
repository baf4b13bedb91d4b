"""The event log tells who did what, to whom, when and from where."""

from sqlalchemy import select
from structlog.contextvars import bound_contextvars

from billing.actors import Actor
from billing.events import Event
from tests.support import NOV_10


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
