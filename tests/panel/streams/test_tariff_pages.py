"""Tariffs of content on the pages of staff: how streams are paid, what a minute costs, what no tariff fits."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ppv_module.streams.rights.models import Kind, Meter, Pattern, Price, Tariff
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.panel.streams.watched import HOSTILE

PAGE = "/streams/tariffs"
GIVEN = {"name": "Sport", "kind": "minute", "vhost": "", "application": "live", "stream": "sport*", "sort": "5"}


@pytest.fixture
def tariffs(billing):
    def read():
        with billing.reading() as session:
            return session.execute(select(Tariff, Pattern).join(Pattern, Pattern.id == Tariff.pattern_id)).all()

    return read


@pytest.fixture
def prices(billing):
    def read():
        with billing.reading() as session:
            return session.scalars(select(Price).order_by(Price.valid_from)).all()

    return read


def test_without_a_tariff_the_page_says_what_to_do(panel):
    assert "Without one every stream is closed." in panel.page(PAGE)


def test_a_tariff_is_made_and_waits_for_its_price(panel, tariffs, streams):
    streams.place("live/sport1")
    path = panel.done(f"{PAGE}/new", **GIVEN)
    [(tariff, pattern)] = tariffs()
    facts = (tariff.name, tariff.kind, pattern.vhost, pattern.application, pattern.stream, tariff.sort)
    assert facts == ("Sport", Kind.MINUTE, "*", "live", "sport*", 5)
    assert path == f"{PAGE}/{tariff.id}"
    page = panel.page(path)
    assert "It has no price yet, so its streams are closed." in page
    assert "edge: live/sport1 Sport" in page
    assert "Sport by the minute live/sport* no price: closed 1 in use 5" in panel.page(PAGE)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", "This field is required."),
        ("name", "x" * 65, "Too long: at most 64 characters."),
        ("kind", "dear", "Not a valid choice."),
        ("stream", "x" * 251, "Too long: at most 250 characters."),
        ("max_streams", "1001", "Number must be between 0 and"),
        ("sort", "many", "Not a valid integer value."),
        ("packages", "999", "is not a valid choice"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(panel, tariffs, make, field, value, told):
    make.tariff(name="Start")
    answer = panel.post(f"{PAGE}/new", **GIVEN | {field: value})
    assert (answer.status_code, tariffs()) == (422, [])
    assert told in text(answer)
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_a_name_is_given_once_and_nothing_typed_is_lost(panel, streams, tariffs):
    streams.tariff(name="Sport")
    answer = panel.post(f"{PAGE}/new", **GIVEN | {"max_streams": "3"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, len(tariffs())) == (422, 1)
    assert "Something else has the name “Sport” already." in text(answer)
    assert ('value="sport*"' in page, 'value="3"' in page) == (True, True)


def test_television_tariffs_that_open_it_are_picked(panel, make, tariffs):
    wanted, _other = make.tariff(name="Full"), make.tariff(name="Start")
    path = panel.done(f"{PAGE}/new", **GIVEN | {"kind": "package", "packages": str(wanted.id)})
    assert tariffs()[0][0].packages == [wanted.id]
    assert "Television tariffs with which it may be watched Full" in panel.page(path)
    form = panel.get(f"{path}/edit").get_data(as_text=True)
    assert (
        f'checked class="form-check-input" id="packages-0" name="packages" type="checkbox" value="{wanted.id}"' in form
    )


def test_a_pattern_is_tried_before_anything_is_saved(panel, streams, tariffs):
    streams.tariff(pattern="live/sport1", name="First")
    for stream in ("live/sport1", "live/sport2", "live/news"):
        streams.place(stream)
    answer = panel.post(f"{PAGE}/new", **GIVEN | {"try": "1"})
    assert (answer.status_code, len(tariffs())) == (200, 1)
    assert "2 reported streams" in text(answer)
    assert "edge: live/sport2 none: closed edge: live/sport1 First" in text(answer)
    assert 'value="sport*"' in answer.get_data(as_text=True)
    refused = panel.post(f"{PAGE}/new", **GIVEN | {"try": "1", "stream": "x" * 251})
    assert (refused.status_code, 'id="stream-errors"' in refused.get_data(as_text=True)) == (422, True)


def test_an_edition_counts_at_once(panel, streams, tariffs):
    tariff = streams.tariff(pattern="live/news")
    streams.place("live/sport1")
    panel.done(f"{PAGE}/{tariff.id}/edit", seen=str(tariff.version), **GIVEN)
    assert tariffs()[0][0].name == "Sport"
    assert "Counts for streams 1" in panel.page(f"{PAGE}/{tariff.id}")


def test_two_editors_do_not_overwrite_each_other(panel, streams, tariffs):
    tariff = streams.tariff()
    fields = shown(panel, f"{PAGE}/{tariff.id}/edit") | {"name": "Mine"}
    panel.done(f"{PAGE}/{tariff.id}/edit", **fields)
    answer = panel.post(f"{PAGE}/{tariff.id}/edit", **fields | {"name": "Other"})
    assert (answer.status_code, tariffs()[0][0].name) == (422, "Mine")
    assert "Somebody else has changed this" in text(answer)


def test_the_kind_of_a_tariff_by_which_somebody_watched_stays(panel, streams, billing):
    tariff = streams.tariff()
    account = streams.account("ivan")
    with (uow := billing.uow()):
        price = uow.session.scalars(select(Price)).one()
        uow.session.add(Meter(account_id=account, price_id=price.id, watched_ms=1))
    answer = sent(panel, f"{PAGE}/{tariff.id}/edit", kind="free")
    assert (answer.status_code, streams.again(tariff).kind) == (422, Kind.MINUTE)
    assert "Archive it and make another one." in text(answer)


def test_an_archived_tariff_counts_no_longer(panel, streams):
    tariff = streams.tariff(name="Sport")
    streams.place("live/sport1")
    for _click in range(2):
        panel.done(f"{PAGE}/{tariff.id}/archive", seen="1")
    assert "1 stream was reported that no tariff fits." in panel.page(PAGE)
    assert "Nothing matches." in panel.page(PAGE, state="active")
    panel.done(f"{PAGE}/{tariff.id}/restore", seen=str(streams.again(tariff).version))
    assert "that no tariff fits" not in panel.page(PAGE)
    assert panel.post(f"{PAGE}/{tariff.id}/archive", seen="1").status_code == 409


def test_closed_streams_lead_to_a_tariff_for_them(panel, streams):
    streams.place("live/spört <1>")
    page = panel.get(PAGE).get_data(as_text=True)
    assert "/streams/tariffs/new?application=live&amp;stream=sp%C3%B6rt+%3C1%3E" in page
    fields = shown(panel, f"{PAGE}/new?application=live&stream=sp%C3%B6rt+%3C1%3E")
    assert (fields["vhost"], fields["application"], fields["stream"]) == ("*", "live", "spört <1>")


def test_only_the_latest_streams_are_shown(panel, streams, monkeypatch):
    monkeypatch.setattr("ppv_module.streams.figures.priced.SHOWN", 1)
    for number in range(3):
        streams.place(f"live/sport{number}")
    tariff = streams.tariff(pattern="live/sport*", active=False)
    tried = text(panel.post(f"{PAGE}/new", **GIVEN | {"try": "1"}))
    for page in (panel.page(PAGE), panel.page(f"{PAGE}/{tariff.id}"), tried):
        assert ("live/sport2" in page, "live/sport1" in page) == (True, False)
        assert "Only the latest are shown." in page
    assert "3 streams were reported that no tariff fits." in panel.page(PAGE)
    assert "3 reported streams" in tried


# Prices


def test_a_price_counts_from_now_on_however_often_it_is_sent(panel, streams, prices, clock):
    tariff = streams.tariff(per_minute=60)
    fields = shown(panel, f"{PAGE}/{tariff.id}/price")
    assert (fields["per_minute"], fields["rounding"], fields["counting"], fields["valid_from"]) == (
        "60",
        "exact",
        "sum",
        "",
    )
    for _click in range(2):
        panel.done(f"{PAGE}/{tariff.id}/price", **fields | {"per_minute": "75", "counting": "wallclock"})
        clock.advance(seconds=1)
    assert [each.per_minute for each in prices()] == [60, 75]
    page = panel.page(f"{PAGE}/{tariff.id}")
    assert "75 exactly, by the millisecond counted once counts now" in page
    assert "60 exactly, by the millisecond added up over" in page


def test_a_price_to_come_can_be_taken_back(panel, streams, prices, clock):
    tariff = streams.tariff(per_minute=60)
    later = (clock() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    panel.done(f"{PAGE}/{tariff.id}/price", per_minute="90", rounding="exact", counting="sum", valid_from=later)
    first, coming = prices()
    assert "to come" in panel.page(f"{PAGE}/{tariff.id}")
    panel.done(f"{PAGE}/{tariff.id}/prices/{coming.id}/withdraw")
    assert [each.id for each in prices()] == [first.id]
    answer = panel.post(f"{PAGE}/{tariff.id}/prices/{first.id}/withdraw")
    assert (answer.status_code, len(prices())) == (409, 1)
    assert "This price has begun, so it stays." in text(answer)
    assert panel.post(f"{PAGE}/{tariff.id}/prices/{coming.id}/withdraw").status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("per_minute", "", "This field is required."),
        ("per_minute", "-1", "Number must be between 0 and"),
        ("per_minute", "1.5", "Not a valid integer value."),
        ("valid_from", "soon", "Write a day and a time like 22.11.2026 09:05."),
        ("valid_from", "2026-11-01T00:00", "A price cannot begin in the past"),
        ("rounding", "up", "Not a valid choice."),
    ],
)
def test_a_price_that_cannot_be_used_is_told_at_its_field(panel, streams, prices, field, value, told):
    tariff = streams.tariff()
    given = {"per_minute": "75", "rounding": "exact", "counting": "sum", "valid_from": ""}
    answer = panel.post(f"{PAGE}/{tariff.id}/price", **given | {field: value})
    assert (answer.status_code, len(prices())) == (422, 1)
    assert told in text(answer)
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_only_minutes_have_a_price(panel, streams, prices):
    tariff = streams.tariff(Kind.TICKET)
    assert "Only content that is paid by minutes" in panel.page(f"{PAGE}/{tariff.id}/price")
    answer = panel.post(f"{PAGE}/{tariff.id}/price", per_minute="75", rounding="exact", counting="sum")
    assert (answer.status_code, prices()) == (422, [])


# Looking


def test_the_list_is_exported(panel, streams):
    streams.tariff(name="=Sport", pattern="live/*")
    streams.tariff(Kind.FREE, name="News", pattern="news/*", vhost="edge")
    lines = panel.get("/exports/stream_tariffs.csv", columns="name,kind,pattern,price").get_data(as_text=True)
    assert lines.splitlines()[1:] == ["'=Sport,by the minute,live/*,60", "News,free of charge,edge: news/*,"]


def test_whoever_sees_money_only_looks(person, streams):
    tariff = streams.tariff()
    clerk = person("MONEY")
    page = clerk.get(f"{PAGE}/{tariff.id}").get_data(as_text=True)
    assert (f"{PAGE}/{tariff.id}/price" in page, f"{PAGE}/{tariff.id}/edit" in page) == (True, False)
    other = person("PPV").get(f"{PAGE}/{tariff.id}").get_data(as_text=True)
    assert (f"{PAGE}/{tariff.id}/price" in other, f"{PAGE}/{tariff.id}/edit" in other) == (False, True)


def test_names_stay_text(panel, streams):
    tariff = streams.tariff(name=HOSTILE, pattern="live/<b>*")
    streams.place("live/<b>bold</b>")
    for path in (PAGE, f"{PAGE}/{tariff.id}", f"{PAGE}/{tariff.id}/edit", f"{PAGE}/{tariff.id}/price"):
        page = panel.get(path).get_data(as_text=True)
        assert (HOSTILE in page, "<b>" in page) == (False, False)
