"""Tariffs in the panel: the price list, making, editing, fees, sale, deletion, pairs, trying at the partner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from olltv_module.models import Tariff, TariffPair
from olltv_module.services import tariffs
from tests.olltv.delivery.conftest import sandbox, sandbox_base
from tests.panel.client import text
from tests.support import DEC_1, STAFF, money

__all__ = ["sandbox", "sandbox_base"]

SPORT = {"name": "Sport", "kind": "addon", "service": "sport_hd", "fee": "49,90", "partner_percent": "30"}


@pytest.fixture
def stored(billing):
    """The tariff of this number as it is now."""

    def read(tariff_id):
        with billing.reading() as session:
            return session.get(Tariff, tariff_id)

    return read


def edition(tariff, **more):
    kind = "main" if tariff.main else "addon"
    return {"seen": tariff.version, "name": tariff.name, "kind": kind, "service": tariff.service} | more


# The price list


def test_an_empty_price_list_says_what_to_do(panel):
    page = panel.page("/tariffs")

    assert "Nothing is sold yet." in page
    assert "New tariff" in page


def test_the_price_list_tells_of_every_tariff_on_sale(panel, make, viewers, uow, clock):
    start, sport = make.tariff("50 UAH", name="Start"), make.tariff("20 UAH", main=False, name="Sport")
    gone = make.tariff(name="Gone")
    tariffs.archive(uow(), tariff_id=gone.id, actor=STAFF, now=clock())
    tariffs.set_fee(uow(), tariff_id=start.id, fee=money("60 UAH"), starts_at=DEC_1, actor=STAFF, now=clock())
    viewers.watching(start, sport)

    page = panel.page("/tariffs")

    assert "Start main tariff 50.00 UAH 60.00 UAH 1 Dec 2026, 02:00 1" in page
    assert "Sport add-on 20.00 UAH" in page
    assert "Gone" not in page
    assert "Gone main tariff" in panel.page("/tariffs", sale="archived")
    mixed = panel.page("/tariffs", sale="all")
    assert "Start main tariff on sale" in mixed
    assert "Gone main tariff archived" in mixed


def test_the_price_list_is_sorted_and_narrowed(panel, make):
    for name, fee, main in (("Beta", "9 UAH", True), ("alpha", "100 UAH", True), ("Gamma", "50 UAH", False)):
        make.tariff(fee, name=name, main=main)

    def order(**asked):
        page = panel.page("/tariffs", **asked)
        return sorted((name for name in ("Beta", "alpha", "Gamma") if f"{name} " in page), key=page.index)

    assert order(sort="name") == ["alpha", "Beta", "Gamma"]
    assert order(sort="fee", dir="desc") == ["alpha", "Gamma", "Beta"]
    assert order(kind="addon") == ["Gamma"]
    assert order(words="ALPH") == ["alpha"]
    assert order(sort="next_fee") == ["Beta", "alpha", "Gamma"]
    assert "Nothing matches." in panel.page("/tariffs", words="nothing")
    assert len(order(sort="nonsense", kind="nonsense", cursor="nonsense")) == 3


def test_the_price_list_is_exported_as_it_is_narrowed(panel, make):
    make.tariff("50 UAH", name="=Start", service="main_start")
    make.tariff("20 UAH", main=False, name="Sport")

    answer = panel.get("/exports/olltv_tariffs.csv", kind="main", columns="name,fee")

    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines == ['Name,"Fee now, UAH"', "'=Start,50.00"]


# Making and editing


def test_a_tariff_is_made(panel, make, stored):
    main = make.tariff(name="Start")
    assert "on sale as soon as it is saved" in panel.page("/tariffs/new")

    path = panel.done("/tariffs/new", **SPORT, goes_with=str(main.id), description_uk="Спорт")

    made = stored(int(path.rpartition("/")[2]))
    assert (made.name, made.main, made.service, made.partner_percent) == ("Sport", False, "sport_hd", 30)
    assert (made.prices[0].fee_minor, made.description) == (4990, {"uk": "Спорт"})
    page = panel.page(path)
    assert "“Sport” is on sale." in page
    assert "Start" in page
    assert "OLLTV CREATE TARIFF" in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"fee": "4 9"}, "Write an amount like 49,90."),
        ({"fee": ""}, "This field is required."),
        ({"name": ""}, "This field is required."),
        ({"partner_percent": "101"}, "Number must be between 0 and 100."),
        ({"kind": "other"}, "Not a valid choice"),
        ({"goes_with": "999"}, "not"),
        ({"service": "base"}, "Another tariff uses the service id “base” already."),
        ({"description_en": "x" * 1001}, "Too long: at most 1000 characters."),
    ],
)
def test_what_is_wrong_is_told_at_the_form_and_nothing_is_lost(panel, make, billing, wrong, told):
    make.tariff(service="base")

    answer = panel.post("/tariffs/new", **SPORT | {"description_uk": "Найкраще"} | wrong)

    assert answer.status_code == 422
    assert told in text(answer)
    assert "Найкраще" in answer.get_data(as_text=True)
    with billing.reading() as session:
        assert len(session.scalars(select(Tariff)).all()) == 1


def test_texts_stay_texts(panel, stored):
    evil = "<script>alert(1)</script>"
    path = panel.done("/tariffs/new", **SPORT | {"name": evil, "service": evil, "description_en": evil})

    for where in (path, "/tariffs", f"{path}/edit", f"{path}/fee", f"{path}/archive", f"{path}/delete"):
        page = panel.get(where).get_data(as_text=True)
        assert evil not in page
        assert evil in unescape(page)


def test_an_edition_is_saved(panel, make, stored, billing):
    start, top = make.tariff(name="Start"), make.tariff(name="Top")
    addon = make.tariff(main=False, name="Kids")
    path = f"/tariffs/{addon.id}"
    seen = panel.hidden(f"{path}/edit", "seen")

    panel.done(f"{path}/edit", **edition(addon, seen=seen, name="Children", goes_with=[str(start.id), str(top.id)]))

    assert stored(addon.id).name == "Children"
    with billing.reading() as session:
        assert len(session.scalars(select(TariffPair)).all()) == 2
    assert "Start" in panel.page(path)
    page = panel.get(f"{path}/edit").get_data(as_text=True)
    assert page.count("checked") == 2


def test_the_second_of_two_editors_is_told(panel, make, stored):
    tariff = make.tariff(name="Old")
    panel.done(f"/tariffs/{tariff.id}/edit", **edition(tariff, name="First"))

    answer = panel.post(f"/tariffs/{tariff.id}/edit", **edition(tariff, name="Second"))

    assert answer.status_code == 422
    assert "Somebody else has changed this" in text(answer)
    assert 'value="Second"' in answer.get_data(as_text=True)
    assert stored(tariff.id).name == "First"


@pytest.mark.parametrize("action", ["archive", "delete", "fee"])
def test_other_actions_notice_another_editor_too(panel, make, stored, action):
    tariff = make.tariff("50 UAH")
    panel.done(f"/tariffs/{tariff.id}/edit", **edition(tariff, name="New"))

    answer = panel.post(f"/tariffs/{tariff.id}/{action}", seen=tariff.version, fee="70", month="2026-12")

    assert answer.status_code in (409, 422)
    assert "Somebody else has changed this" in text(answer)
    kept = stored(tariff.id)
    assert (kept.archived_at, len(kept.prices)) == (None, 1)


def test_two_editors_at_once_save_one_edition(panel, person, make, stored):
    tariff = make.tariff(name="Old")
    people = [panel, person("OLLTV", login="petro")]

    with ThreadPoolExecutor(2) as pool:
        saving = [
            pool.submit(each.post, f"/tariffs/{tariff.id}/edit", **edition(tariff, name=f"By {each.login}"))
            for each in people
        ]
    statuses = sorted(each.result().status_code for each in saving)

    assert statuses == [303, 422]
    assert stored(tariff.id).version == 2


def test_what_somebody_has_keeps_service_and_kind(panel, make, viewers, stored):
    tariff = make.tariff(name="Start", service="main_start")
    viewers.watching(tariff)

    page = panel.page(f"/tariffs/{tariff.id}/edit")
    sent = edition(tariff, name="Begin", kind="addon", service="other")
    panel.done(f"/tariffs/{tariff.id}/edit", **sent)

    assert "Somebody has this tariff or had it." in page
    kept = stored(tariff.id)
    assert (kept.name, kept.service, kept.main) == ("Begin", "main_start", True)


# Fees


def test_a_fee_to_come_is_set_and_taken_back(panel, make, stored):
    tariff = make.tariff("50 UAH")
    path = f"/tariffs/{tariff.id}"
    assert 'value="2026-12"' in panel.get(f"{path}/fee").get_data(as_text=True)

    panel.done(f"{path}/fee", seen=1, fee="70", month="2026-12")
    page = panel.page(path)

    assert "Orders from 1 December 2026, 00:00 on cost 70.00 UAH." in page
    assert "pays that first for December 2026" in page
    assert "1 December 2026, 00:00 70.00 UAH December 2026 to come Take back" in page
    starts_at = panel.hidden(path, "starts_at")
    panel.done(f"{path}/fee/cancel", seen=2, starts_at=starts_at)
    assert [price.fee_minor for price in stored(tariff.id).prices] == [5000]
    assert "The fee is taken back" in panel.page(path)


def test_a_fee_may_start_on_any_day_or_now(panel, make, stored, clock):
    tariff = make.tariff("50 UAH")
    path = f"/tariffs/{tariff.id}/fee"
    clock.advance(minutes=1)

    panel.done(path, seen=1, fee="70", month="2026-12", day="20.11.2026")
    panel.done(path, seen=2, fee="60", day="2026-11-10")

    first, now, later = stored(tariff.id).prices
    assert (now.starts_at, now.fee_minor) == (clock(), 6000)
    assert later.starts_at.isoformat() == "2026-11-19T22:00:00+00:00"
    assert "20 November 2026, 00:00 70.00 UAH December 2026 to come" in panel.page(f"/tariffs/{tariff.id}")
    assert first.starts_at < now.starts_at


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"fee": "70", "day": "01.11.2026"}, "A new fee cannot start in the past"),
        ({"fee": "70", "month": "2026-11"}, "A new fee cannot start in the past"),
        ({"fee": "70"}, "Say from when on."),
        ({"fee": "-1", "month": "2026-12"}, "Write an amount like 49,90."),
        ({"fee": "70", "month": "soon"}, "Write a month like 2026-11."),
    ],
)
def test_a_fee_that_cannot_be_is_told_at_the_form(panel, make, stored, sent, told):
    tariff = make.tariff("50 UAH")

    answer = panel.post(f"/tariffs/{tariff.id}/fee", seen=1, **sent)

    assert answer.status_code == 422
    assert told in text(answer)
    assert len(stored(tariff.id).prices) == 1


def test_a_fee_in_force_is_not_taken_back_by_hand(panel, make, stored):
    tariff = make.tariff("50 UAH")
    path = f"/tariffs/{tariff.id}/fee/cancel"

    now = tariff.prices[0].starts_at.isoformat()
    assert panel.post(path, seen=1, starts_at=now).status_code == 422
    assert panel.post(path, seen=1, starts_at="tomorrow").status_code == 400
    later = (tariff.prices[0].starts_at + timedelta(days=9)).isoformat()
    assert panel.post(path, seen=1, starts_at=later).status_code == 303
    assert len(stored(tariff.id).prices) == 1


# Sale and deletion


def test_a_tariff_is_taken_off_sale_and_put_back(panel, make, viewers, stored):
    tariff = make.tariff(name="Start")
    viewers.watching(tariff)
    path = f"/tariffs/{tariff.id}"
    assert "1 subscriber keeps it and goes on paying." in panel.page(f"{path}/archive")

    panel.done(f"{path}/archive", seen=1)
    assert "It is off sale since" in panel.page(path)
    panel.done(f"{path}/unarchive", seen=2)

    assert stored(tariff.id).archived_at is None
    assert "“Start” is back on sale." in panel.page(path)


def test_what_nobody_had_is_deleted(panel, make, stored):
    tariff = make.tariff()
    assert "Nobody has ever had it" in panel.page(f"/tariffs/{tariff.id}/delete")

    assert panel.done(f"/tariffs/{tariff.id}/delete", seen=1) == "/tariffs"

    assert stored(tariff.id) is None
    assert panel.get(f"/tariffs/{tariff.id}").status_code == 404


def test_why_a_tariff_cannot_be_deleted_is_said_before(panel, make, viewers, uow, clock, stored):
    used, named = make.tariff(), make.tariff()
    viewers.watching(used)
    tariffs.create(
        uow(),
        name="Sport",
        service="sport",
        fee=money("1 UAH"),
        main=False,
        goes_with=[named.id],
        actor=STAFF,
        now=clock(),
    )

    assert "is or was in use: archive it instead" in panel.page(f"/tariffs/{used.id}/delete")
    assert "The add-on “Sport” names this tariff" in panel.page(f"/tariffs/{named.id}/delete")
    for each in (used, named):
        assert "trash" not in panel.get(f"/tariffs/{each.id}/delete").get_data(as_text=True)
        assert panel.post(f"/tariffs/{each.id}/delete", seen=1).status_code == 409
        assert stored(each.id)


# The partner


@pytest.fixture
def known_account(sandbox, runtime, billing, make, clock):
    """The partner knows one subscriber of ours."""
    from tests.olltv.delivery.house import House

    house = House(billing, clock, make, runtime.delivering)
    house.watching("main_start")
    return house


class TestWithThePartner:
    @pytest.fixture
    def partner_url(self, sandbox_base, sandbox):
        return sandbox_base

    def test_a_service_id_is_tried(self, panel, known_account, sandbox):
        good, bad = known_account.tariffs["main_max"], known_account.tariffs["no_such_bundle"]
        before = sandbox.all_users()

        assert panel.done(f"/tariffs/{good.id}/try") == f"/tariffs/{good.id}"
        assert "The partner knows the service id “main_max”." in panel.page(f"/tariffs/{good.id}")
        panel.done(f"/tariffs/{bad.id}/try")
        assert "The partner does not know the service id “no_such_bundle”." in panel.page(f"/tariffs/{bad.id}")
        assert sandbox.all_users() == before

    def test_without_an_account_it_is_said_why_not(self, panel, make):
        tariff = make.tariff(service="main_start")
        panel.done(f"/tariffs/{tariff.id}/try")
        assert "the partner has to know one subscriber of ours first" in panel.page(f"/tariffs/{tariff.id}")


def test_a_partner_who_is_silent_is_told(panel, make, billing, viewers):
    tariff = make.tariff(service="main_start")
    viewers.watching(tariff)

    panel.done(f"/tariffs/{tariff.id}/try")

    assert "cannot be tried now: The TV partner does not answer." in panel.page(f"/tariffs/{tariff.id}")


# Rights


@pytest.mark.parametrize(
    "path", ["/tariffs", "/tariffs/new", "/tariffs/{id}", "/tariffs/{id}/edit", "/tariffs/{id}/fee"]
)
def test_tariffs_want_a_right(person, make, path):
    tariff = make.tariff()

    assert person("PPV").get(path.format(id=tariff.id)).status_code == 403
    assert person("OLLTV").get(path.format(id=tariff.id)).status_code == 200


def test_what_does_not_exist_is_not_found(panel):
    for path in ("/tariffs/9", "/tariffs/9/edit", "/tariffs/9/fee", "/tariffs/9/archive", "/tariffs/9/delete"):
        assert panel.get(path).status_code == 404
    for path in ("/tariffs/9/try", "/tariffs/9/archive", "/tariffs/9/unarchive", "/tariffs/9/delete"):
        assert panel.post(path, seen=1).status_code == 404
