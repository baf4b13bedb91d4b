"""Packs: made, changed, taken off sale; two editors; bad input names its field."""

import pytest

from billing.errors import InvalidInput
from billing.versions import ChangedMeanwhile
from ppv_module.credits.packs import pack_of, packs_of, save_pack, set_pack_active
from ppv_module.errors import PackNotOnSale, UnknownTenant
from tests.olltv.support import events
from tests.support import STAFF, money


@pytest.fixture
def save(billing, shop, clock):
    def call(**given):
        usual = {"tenant_id": shop.tenant.id, "credits": 600, "price": money("100 UAH"), "description": "Ten minutes"}
        return save_pack(billing.uow(), **{**usual, **given}, actor=STAFF, now=clock())

    return call


@pytest.fixture
def put(billing, shop, clock):
    def call(pack, active, seen=None, tenant_id=0):
        return set_pack_active(
            billing.uow(),
            tenant_id=tenant_id or shop.tenant.id,
            pack_id=pack.id,
            active=active,
            actor=STAFF,
            now=clock(),
            seen=seen,
        )

    return call


def test_a_pack_is_made_and_changed_and_says_so(billing, save):
    pack = save()
    assert (pack.credits, pack.price, pack.description, pack.active) == (600, money("100 UAH"), "Ten minutes", True)
    assert events(billing)[-1] == f"PPV SAVE PACK [{pack.id}]"

    changed = save(pack_id=pack.id, price=money("90 UAH"), seen=pack.version)
    assert (changed.id, changed.price, changed.version) == (pack.id, money("90 UAH"), 2)
    seen = len(events(billing))
    assert save(pack_id=pack.id, price=money("90 UAH"), seen=1).version == 2  # nothing to save
    assert events(billing, since=seen) == []


def test_the_second_editor_is_told(save, put):
    pack = save()
    save(pack_id=pack.id, credits=700, seen=1)
    with pytest.raises(ChangedMeanwhile):
        save(pack_id=pack.id, credits=800, seen=1)
    with pytest.raises(ChangedMeanwhile):
        put(pack, False, seen=1)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"credits": 0}, "credits"),
        ({"credits": -1}, "credits"),
        ({"credits": 10_000_001}, "credits"),
        ({"price": money("0 UAH")}, "price"),
        ({"price": money("-1 UAH")}, "price"),
        ({"price": money("10 hryvnias")}, "currency"),
        ({"price": money("10 usd")}, "currency"),
        ({"description": "x" * 201}, "description"),
        ({"sort": 1_000_001}, "sort"),
    ],
)
def test_bad_input_names_its_field(billing, shop, save, given, field):
    with pytest.raises(InvalidInput) as refusal:
        save(**given)
    assert refusal.value.facts["field"] == field
    with billing.reading() as session:
        assert packs_of(session, shop.tenant.id) == []


def test_packs_are_shown_in_their_order_and_those_off_sale_stay_readable(billing, shop, save, put):
    large, small, first = save(credits=900), save(credits=300), save(credits=5000, sort=-1)
    put(small, False)
    put(small, False)
    with billing.reading() as session:
        assert [each.id for each in packs_of(session, shop.tenant.id)] == [first.id, small.id, large.id]
        assert [each.id for each in packs_of(session, shop.tenant.id, active=True)] == [first.id, large.id]
        assert [each.id for each in packs_of(session, shop.tenant.id, active=False)] == [small.id]
        assert pack_of(session, shop.tenant.id, small.id).credits == 300
    assert events(billing)[-1] == f"PPV SAVE PACK [{small.id}] OFF SALE"
    assert put(small, True).active


def test_packs_do_not_cross_tenants(billing, shop, chat, save, put):
    pack, other = save(), chat.tenant()
    with pytest.raises(PackNotOnSale):
        save(pack_id=pack.id, tenant_id=other.id)
    with pytest.raises(PackNotOnSale):
        put(pack, False, tenant_id=other.id)
    with pytest.raises(PackNotOnSale):
        save(pack_id=99)
    with pytest.raises(UnknownTenant):
        save(tenant_id=99)
    with billing.reading() as session:
        assert packs_of(session, other.id) == []
        with pytest.raises(PackNotOnSale):
            pack_of(session, other.id, pack.id)
