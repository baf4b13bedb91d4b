"""Personal limits on the pages of staff."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.events import Event
from ppv_module.streams.rights.models import Personal
from tests.panel.client import text
from tests.panel.ppv.forms import shown
from tests.panel.streams.watched import HOSTILE

PAGE = "/streams/limits"


@pytest.fixture
def limits(billing):
    def read():
        with billing.reading() as session:
            return {each.login: each.max_streams for each in session.scalars(select(Personal))}

    return read


@pytest.fixture
def cooling(streams, billing, clock):
    """Petro, who is denied for five minutes after an excess."""
    account = streams.account("petro")
    with (uow := billing.uow()):
        uow.session.add(Personal(account_id=account, login="petro", cooldown_until=clock() + timedelta(minutes=5)))


def test_a_limit_is_set_changed_and_taken_away(panel, make, limits):
    make.subscriber("ivan")
    assert "Nobody has a limit of his own." in panel.page(PAGE)
    assert panel.done(f"{PAGE}/new", login="ivan", max_streams="3") == f"{PAGE}/of/ivan"
    assert limits() == {"ivan": 3}
    assert "ivan 3 —" in panel.page(PAGE)
    panel.done(f"{PAGE}/of/ivan", seen=shown(panel, f"{PAGE}/of/ivan")["seen"], max_streams="0")
    assert "ivan any number —" in panel.page(PAGE)
    panel.done(f"{PAGE}/of/ivan", seen=shown(panel, f"{PAGE}/of/ivan")["seen"], max_streams="")
    assert limits() == {"ivan": None}
    assert "Nobody has a limit of his own." in panel.page(PAGE)


def test_the_same_sent_twice_is_written_down_once(panel, make, billing):
    make.subscriber("ivan")
    for _click in range(2):
        panel.done(f"{PAGE}/new", login="ivan", max_streams="3")
    with billing.reading() as session:
        assert len(session.scalars(select(Event).where(Event.text.contains("STREAM LIMIT"))).all()) == 1


def test_two_editors_do_not_overwrite_each_other(panel, make, limits):
    make.subscriber("ivan")
    for number in range(2):  # the first time there is nothing yet that somebody could have changed
        seen = shown(panel, f"{PAGE}/of/ivan")["seen"]
        panel.done(f"{PAGE}/of/ivan", seen=seen, max_streams=str(number))
        answer = panel.post(f"{PAGE}/of/ivan", seen=seen, max_streams="5")
        assert (answer.status_code, limits()) == (422, {"ivan": number})
        assert "Somebody else has changed this" in text(answer)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"login": "", "max_streams": "1"}, "This field is required."),
        ({"login": "nobody", "max_streams": "1"}, "There is no subscriber with the login nobody."),
        ({"login": "ivan", "max_streams": ""}, "This field is required."),
        ({"login": "ivan", "max_streams": "1001"}, "Number must be between 0 and"),
        ({"login": HOSTILE, "max_streams": "1"}, "There is no subscriber with the login"),
    ],
)
def test_what_cannot_be_set_is_told(panel, make, limits, given, told):
    make.subscriber("ivan")
    answer = panel.post(f"{PAGE}/new", **given)
    assert (answer.status_code, limits()) == (422, {})
    assert told in text(answer)
    assert HOSTILE not in answer.get_data(as_text=True)


def test_a_cooldown_is_shown_and_lifted(panel, cooling):
    assert "petro as the tariffs say" in panel.page(PAGE, cooling="y")
    assert "too many streams were watched at once" in panel.page(f"{PAGE}/of/petro")
    for _click in range(2):
        panel.done(f"{PAGE}/of/petro/cooldown")
    assert "too many streams were watched at once" not in panel.page(f"{PAGE}/of/petro")
    assert "petro" not in panel.page(PAGE)


def test_a_cooldown_ends_by_itself(panel, cooling, clock):
    clock.advance(minutes=6)
    assert "petro" not in panel.page(PAGE)
    assert "Let in again" not in panel.page(f"{PAGE}/of/petro")


def test_the_list_is_narrowed_and_exported(panel, make, cooling):
    make.subscriber("ivan")
    panel.done(f"{PAGE}/new", login="ivan", max_streams="2")
    assert "petro" not in panel.page(PAGE, login="iv")
    lines = panel.get("/exports/stream_limits.csv", columns="login,limit").get_data(as_text=True).splitlines()
    assert lines[1:] == ["ivan,2", "petro,as the tariffs say"]


def test_an_unknown_login_is_not_found(panel):
    assert panel.get(f"{PAGE}/of/nobody").status_code == 404
    assert panel.post(f"{PAGE}/of/nobody/cooldown").status_code == 404
