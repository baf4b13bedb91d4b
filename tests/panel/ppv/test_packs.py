"""Packs of credits in the panel."""

import pytest
from sqlalchemy import select

from ppv_module.credits.models import Pack
from tests.panel.client import text
from tests.panel.ppv.selling import XSS

GIVEN = {"credits": "600", "price": "199,50", "currency": "UAH", "description": "Big pack", "sort": "2"}


@pytest.fixture
def packs(billing):
    def read():
        with billing.reading() as session:
            return session.scalars(select(Pack).order_by(Pack.id)).all()

    return read


def test_a_pack_is_put_on_sale(panel, chat, packs):
    tenant = chat.tenant(name="Kyiv")
    assert panel.done("/ppv/packs/new", tenant=str(tenant.id), **GIVEN) == "/ppv/packs"
    [pack] = packs()
    facts = (pack.tenant_id, pack.credits, pack.price_minor, pack.currency, pack.description, pack.sort, pack.active)
    assert facts == (tenant.id, 600, 19_950, "UAH", "Big pack", 2, True)
    assert "Kyiv 600 199.50 UAH Big pack on sale 0" in panel.page("/ppv/packs")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("credits", "0", "Number must be between 1 and"),
        ("credits", "", "This field is required."),
        ("price", "-1", "Write an amount like 49,90."),
        ("price", "0", "The field “price” has a value that cannot be used"),
        ("currency", "12A", "The field “currency” has a value that cannot be used"),
        ("description", "x" * 201, "Too long: at most 200 characters."),
        ("tenant", "999", "Not a valid choice."),
        ("sort", "many", "Not a valid integer value."),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(panel, chat, packs, field, value, told):
    tenant = chat.tenant()
    answer = panel.post("/ppv/packs/new", **{"tenant": str(tenant.id), **GIVEN, field: value})
    assert (answer.status_code, packs()) == (422, [])
    assert told in text(answer)
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_an_edition_leaves_orders_as_they_were(panel, trade, chat):
    path = f"/ppv/packs/{trade.pack.id}/edit"
    assert "1 order of this pack was paid." in panel.page(path)
    panel.done(path, seen=panel.hidden(path, "seen"), **GIVEN)
    assert (chat.again(trade.pack).price_minor, chat.again(trade.order).price_minor) == (19_950, 10_000)


def test_two_editors_do_not_overwrite_each_other(panel, trade, chat):
    path = f"/ppv/packs/{trade.pack.id}/edit"
    seen = panel.hidden(path, "seen")
    panel.done(path, seen=seen, **GIVEN)
    answer = panel.post(path, seen=seen, **GIVEN | {"credits": "1"})
    assert (answer.status_code, chat.again(trade.pack).credits) == (422, 600)
    assert "Somebody else has changed this" in text(answer)


def test_a_pack_off_sale_stays_readable(panel, trade, chat):
    for _click in range(2):
        panel.done(f"/ppv/packs/{trade.pack.id}/off-sale", seen="1")
    assert not chat.again(trade.pack).active
    assert "no longer on sale" in panel.page("/ppv/packs", state="off")
    assert "600 credits" in panel.page("/ppv/purchases")
    panel.done(f"/ppv/packs/{trade.pack.id}/on-sale", seen=str(chat.again(trade.pack).version))
    assert chat.again(trade.pack).active


def test_texts_of_packs_stay_text(panel, chat):
    chat.pack(chat.tenant(name="<b>Kyiv</b>"), description=XSS)
    page = panel.get("/ppv/packs").get_data(as_text=True)
    assert (XSS in page, "<b>Kyiv</b>" in page) == (False, False)
