"""Viewers in the panel: their history, corrections, freezing."""

import pytest
from sqlalchemy import select

from billing.ledger.models import Transfer
from ppv_module.chat.models import Person
from ppv_module.chat.shows.models import EndReason
from ppv_module.credits.models import CreditState
from tests.panel.client import text
from tests.panel.ppv.selling import XSS

CORRECT = "/ppv/viewers/ivan/correct"
KEY = "a-key-of-a-form"


@pytest.fixture
def corrections(billing):
    def read():
        with billing.reading() as session:
            found = select(Transfer).where(Transfer.key.startswith("ppv.correction:"))
            return [(each.amount_minor, each.note, each.actor) for each in session.scalars(found)]

    return read


def test_the_list_has_balance_and_what_was_spent(panel, trade):
    page = panel.page("/ppv/viewers")
    assert "ivan 990 0 100 can be spent" in page
    assert "petro 5,000 0 0 can be spent" in page
    assert "petro" not in panel.page("/ppv/viewers", login="iv")
    assert "Nothing matches." in panel.page("/ppv/viewers", state="debt")


def test_one_viewer_has_the_history_that_sums_to_the_balance(panel, trade, chat):
    page = panel.page("/ppv/viewers/ivan")
    assert "Kyiv Ivan" in page
    assert "Tip — -10 990" in page.replace("−", "-")
    assert "Private show — -90" in page.replace("−", "-")


@pytest.mark.parametrize(("direction", "balance", "amount"), [("add", 1_010, 20), ("take", 970, 20)])
def test_credits_are_corrected_once_however_often_it_is_clicked(
    panel, trade, chat, corrections, direction, balance, amount
):
    form = {"direction": direction, "credits": "20", "reason": "a mistake of ours", "key": KEY}
    for _click in range(2):
        assert panel.done(CORRECT, **form) == "/ppv/viewers/ivan"
    assert chat.balance("ivan") == balance
    assert corrections() == [(amount, "a mistake of ours", "olena")]
    assert "Correction a mistake of ours" in panel.page("/ppv/viewers/ivan")


def test_a_gift_is_told_from_a_replacement(panel, trade, chat):
    form = {"direction": "add", "credits": "20", "reason": "x"}
    panel.done(CORRECT, **form, key=KEY + "1", is_gift="y")
    panel.done(CORRECT, **form, key=KEY + "2")
    assert chat.again(CreditState(login="ivan")).bonus == 20


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"credits": "0"}, "credits"),
        ({"credits": "1.5"}, "credits"),
        ({"credits": "99999999999"}, "credits"),
        ({"direction": "double"}, "direction"),
    ],
)
def test_a_correction_that_cannot_be_read_is_told_at_its_field(panel, trade, corrections, changes, field):
    form = {"direction": "add", "credits": "20", "reason": "x", "key": KEY}
    answer = panel.post(CORRECT, **form | changes)
    assert (answer.status_code, corrections()) == (422, [])
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_no_correction_takes_below_zero(panel, trade, chat, corrections):
    form = {"direction": "take", "credits": "991", "reason": "x", "key": KEY}
    answer = panel.post(CORRECT, **form)
    assert (answer.status_code, chat.balance("ivan"), corrections()) == (422, 990, [])
    assert "1 credit is missing" in text(answer)


def test_freezing_ends_a_show_and_is_taken_back(panel, trade, chat):
    assert panel.done("/ppv/viewers/petro/freeze", reason="a stolen card") == "/ppv/viewers/petro"
    assert "frozen by staff: a stolen card" in panel.page("/ppv/viewers/petro")
    assert chat.again(trade.live).end_reason is EndReason.ADMIN_END
    panel.done("/ppv/viewers/petro/unfreeze")
    assert not chat.again(CreditState(login="petro")).is_frozen
    assert panel.post("/ppv/viewers/petro/freeze", reason="").status_code == 422


def test_who_may_look_and_who_may_change(person, trade):
    looker = person("PPV")
    assert "Correct the credits" not in looker.page("/ppv/viewers/ivan")
    assert looker.get(CORRECT).status_code == looker.post(CORRECT).status_code == 403
    assert looker.post("/ppv/viewers/ivan/freeze").status_code == 403
    cashier = person("MONEY")
    assert "Correct the credits" in cashier.page("/ppv/viewers/ivan")
    for path in ("/ppv/viewers/ivan", "/ppv/overview", "/ppv/earnings", "/ppv/reconciliation", "/ppv/tips"):
        assert 'href="/ppv/shows' not in cashier.get(path).get_data(as_text=True), path
        assert "/ppv/purchases/notices" not in looker.get(path).get_data(as_text=True), path


def test_nobody_is_not_found(panel, trade):
    for path in ("/ppv/viewers/nobody", "/ppv/viewers/nobody/correct", "/ppv/viewers/nobody/freeze"):
        assert panel.get(path).status_code == 404
    assert panel.get("/ppv/viewers/anna").status_code == 200


def test_names_stay_text(panel, trade, billing):
    uow = billing.uow()
    with uow:
        uow.session.get_one(Person, trade.viewer.id).nickname = XSS
    panel.done("/ppv/viewers/ivan/freeze", reason=XSS)
    for path in ("/ppv/viewers/ivan", "/ppv/shows", "/ppv/tips", f"/ppv/shows/{trade.show.id}", "/ppv/overview"):
        assert XSS not in panel.get(path).get_data(as_text=True), path


def test_a_made_up_cursor_is_refused(panel, trade):
    assert panel.get("/ppv/viewers/ivan", cursor="abc").status_code == 422
    assert panel.get("/ppv/viewers/ivan", cursor="999999").status_code == 404


def test_who_is_gone_has_credits_but_no_personal_limits(panel, trade, billing, clock):
    limits = 'href="/streams/limits/of/ivan"'
    assert limits in panel.get("/ppv/viewers/ivan").get_data(as_text=True)
    with (uow := billing.uow()):
        uow.host.remove("ivan", at=clock())
    assert limits not in panel.get("/ppv/viewers/ivan").get_data(as_text=True)
    assert panel.get("/streams/limits/of/ivan").status_code == 404
