"""The event log page: whoever did something is found among everything that was done."""

import csv
import re
from html import unescape
from io import StringIO

import pytest

from billing.actors import Actor
from tests.support import STAFF

WORKER = Actor("worker", "127.0.0.1")


@pytest.fixture
def write(billing, clock):
    """Add a line a minute after the one before."""

    def add(template, *, actor=STAFF, **facts):
        clock.advance(minutes=1)
        with billing.uow() as uow:
            uow.events.write(template, actor=actor, at=clock(), **facts)

    return add


@pytest.fixture
def log(write):
    write("OLLTV SUBSCRIBER ({login}) RESUME", login="ivan")
    write("OLLTV CREATE TARIFF [{tariff}]", tariff=7, after={"fee": "50.00 UAH"})
    write("OLLTV SUBSCRIBER ({login}) RESUME", login="oksana", actor=WORKER)
    write("OLLTV SAVE TARIFF [{tariff}]", tariff=7, before={"fee": 1, "name": "a"}, after={"fee": 2, "name": "a"})


def told(page, *texts):
    return [text in page for text in texts]


def test_the_newest_lines_come_first_with_what_changed(panel, log):
    page = panel.page("/events")
    assert page.index("OLLTV SAVE TARIFF [7]") < page.index("(oksana)") < page.index("(ivan)")
    assert "fee: 1 → 2" in page
    assert "fee: — → 50.00 UAH" in page
    assert "name: a" not in page


@pytest.mark.parametrize(
    ("filters", "seen"),
    [
        ({"login": "ivan"}, [True, False, False]),
        ({"actor": "worker"}, [False, True, False]),
        ({"kind": "OLLTV SUBSCRIBER RESUME"}, [True, True, False]),
        ({"kind": "OLLTV SUBSCRIBER RESUME", "actor": "olena"}, [True, False, False]),
        ({"words": "tariff"}, [False, False, True]),
        ({"words": "100%"}, [False, False, False]),
        ({"address": "127.0.0.1"}, [False, True, False]),
        ({"since": "2026-11-10", "until": "2026-11-10"}, [True, True, True]),
        ({"since": "11.11.2026"}, [False, False, False]),
        ({"until": "2026-11-09"}, [False, False, False]),
    ],
)
def test_each_filter_finds_what_it_says(panel, log, filters, seen):
    page = panel.page("/events", **filters)
    assert told(page, "(ivan)", "(oksana)", "OLLTV SAVE TARIFF [7]") == seen


def test_a_day_is_one_of_the_operators_place(panel, write, clock):
    clock.now = clock.now.replace(hour=22, minute=30)  # half past midnight in Kyiv
    write("OLLTV LATE [{number}]", number=1)
    assert "OLLTV LATE [1]" in panel.page("/events", since="2026-11-11", until="2026-11-11")
    assert "OLLTV LATE [1]" not in panel.page("/events", words="late", until="2026-11-10")


def test_a_date_that_cannot_be_read_is_told_at_its_field(panel, log):
    page = panel.page("/events", since="yesterday")
    assert "Write a date like 22.11.2026." in page
    assert "(ivan)" in page


def test_pages_lead_on_and_back(panel, write):
    for number in range(70):
        write("OLLTV LINE [{number}]", number=f"{number:03}")
    first = panel.get("/events", login="").get_data(as_text=True)
    assert "[069]" in first and "[019]" not in first
    second = follow(panel, first, "next")
    assert "[019]" in second and "[020]" not in second
    assert "[069]" in follow(panel, second, "prev")


def follow(panel, page, relation):
    url = re.search(rf'href="([^"]+)" rel="{relation}"', page)[1]
    return panel.client.get(unescape(url)).get_data(as_text=True)


def test_a_rare_word_is_looked_for_in_pieces(panel, write, monkeypatch):
    monkeypatch.setattr("billing.eventlog.LOOKED_THROUGH", 5)
    write("OLLTV NEEDLE [{number}]", number=1)
    for _ in range(7):
        write("OLLTV HAY")
    page = panel.get("/events", words="needle").get_data(as_text=True)
    assert "OLLTV NEEDLE [1]" not in page
    assert "have been looked through" in page
    further = unescape(re.search(r'class="btn btn-primary" href="([^"]+)"', page)[1])
    assert "OLLTV NEEDLE [1]" in panel.client.get(further).get_data(as_text=True)


def test_one_line_is_shown_with_everything(panel, log):
    number = re.search(r"/events/(\d+)", panel.get("/events").get_data(as_text=True))[1]
    page = panel.page(f"/events/{number}")
    assert "10.0.0.5" in page
    assert "Before After fee 1 2" in page
    assert panel.get("/events/9999").status_code == 404


def test_long_changes_are_cut_in_the_table_and_whole_on_the_page_and_in_the_export(panel, write):
    after = {"about": "x" * 200, "rights": ["OLLTV", "MONEY"], "on_sale": False, "words": {"uk": "так"}}
    write("OLLTV LONG", before={"on_sale": True}, after=after)
    page = panel.get("/events").get_data(as_text=True)
    assert "x" * 200 not in page
    number = re.search(r"/events/(\d+)", page)[1]
    one = panel.page(f"/events/{number}")
    assert "x" * 200 in one
    assert "rights — OLLTV, MONEY" in one and "on_sale yes no" in one and "words — uk: так" in one
    assert "x" * 200 in panel.get("/exports/events.csv").get_data(as_text=True)


def test_what_is_filtered_is_exported(panel, log):
    answer = panel.get("/exports/events.csv", login="ivan")
    assert "filename*=UTF-8''Event%20log%202026-11-10.csv" in answer.headers["Content-Disposition"]
    lines = list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))
    assert lines[0][:4] == ["Time", "Who", "Subscriber", "What happened"]
    assert lines[1][:4] == ["2026-11-10 11:01:00", "olena", "ivan", "OLLTV SUBSCRIBER (ivan) RESUME"]
    assert len(lines) == 2


def test_names_stay_text(panel, write):
    write("OLLTV ({name})", name="<script>alert(1)</script>", before={"<b>": "<i>"}, after={"<b>": "</td>"})
    page = panel.get("/events").get_data(as_text=True)
    assert "<script>alert(1)" not in page and "<i>" not in page


@pytest.mark.parametrize(("right", "status"), [("OLLTV", 200), ("ADMIN", 200), ("MONEY", 403), ("PPV", 403)])
def test_who_may_read_the_log(person, log, right, status):
    somebody = person(right)
    assert somebody.get("/events").status_code == status
    assert somebody.get("/events/1").status_code == status
    assert somebody.get("/exports/events.csv").status_code == status


def test_a_subscribers_login_leads_to_his_page_where_that_may_be_opened(person, log):
    assert '/subscribers/ivan"' in person("OLLTV").get("/events").get_data(as_text=True)
    assert '/subscribers/ivan"' not in person("ADMIN").get("/events").get_data(as_text=True)
