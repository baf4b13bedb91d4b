"""The deny list on the pages of staff: looking, blocking, letting in again."""

from datetime import timedelta

import pytest

from ppv_module.streams.denials.denying import deny_list
from ppv_module.streams.denials.models import Reason
from tests.panel.client import text
from tests.panel.streams.watched import HOSTILE, deny


@pytest.fixture
def denied(billing, clock):
    """The list as media servers get it."""

    def read():
        with billing.reading() as session:
            return deny_list(session, billing, clock())

    return read


def test_nobody_is_denied(panel):
    assert "Nobody is denied." in panel.page("/streams/denials")


def test_each_denial_has_its_reason_in_words(panel, town):
    page = panel.page("/streams/denials")
    assert "p-relay passes streams on" in page
    assert "p-blocked blocked by the staff" in page
    assert "asked for it" in panel.page("/streams/denials?columns=id&columns=note")
    assert "Passes streams on 1" in page
    assert "2 rows" in page


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"reason": "restream"}, {"p-relay"}),
        ({"reason": "no_credit"}, set()),
        ({"id": "p-b"}, {"p-blocked"}),
        ({"login": "ivan"}, set()),
        ({"state": "ended"}, set()),
        ({"state": "all"}, {"p-relay", "p-blocked"}),
        ({"state": "odd", "reason": "odd"}, {"p-relay", "p-blocked"}),
    ],
)
def test_the_list_is_narrowed(panel, town, asked, names):
    page = panel.get("/streams/denials", **asked).get_data(as_text=True)
    assert {name for name in ("p-relay", "p-blocked") if f">{name}</a>" in page} == names


def test_the_list_is_what_servers_are_told(panel, town, streams, denied):
    viewer = streams.viewer("petro", name="p-petro")
    town.made.viewing("p-petro", server=town.edge, place=town.sport, account_id=viewer.account_id)
    deny(streams, "p-petro", Reason.NO_CREDIT, account_id=viewer.account_id, place_id=town.sport)
    assert "p-petro" in denied()
    page = panel.page("/streams/denials", login="petro")
    assert "p-petro no credits left petro edge: live/sport" in page
    streams.give("petro", 100)
    assert "p-petro" not in denied()
    assert "p-petro" not in panel.page("/streams/denials")
    assert "p-petro" in panel.page("/streams/denials", state="ended")


def test_what_has_run_out_is_over(panel, town, clock):
    clock.advance(hours=2)
    assert "p-relay" not in panel.page("/streams/denials")
    page = panel.page(f"/streams/denials/{town.restream.id}")
    assert "ended" in page
    assert "Let in again" not in page


def test_one_denial_shows_what_was_found_and_no_markup_of_strangers(panel, town):
    page = panel.page(f"/streams/denials/{town.restream.id}")
    assert "Addresses 203.0.113.25" in page
    assert "Programs Lavf/58" in page
    assert "Rule one identifier at several addresses" in page
    assert "Since Nov" in page or "Since 10" in page
    assert "2026-11-10T08" not in page
    assert "<img" not in panel.get(f"/streams/denials/{town.restream.id}").get_data(as_text=True).replace(
        '<img src="/assets', ""
    )
    assert HOSTILE in page


def test_evidence_of_any_shape_is_shown(panel, streams):
    found = {"sessions": [{"server": "edge-1", "session": "7", "addresses": ["a", "b"]}], "minutes": 1080, "none": None}
    row = deny(streams, "p-long", Reason.RESTREAM, evidence=found)
    page = panel.page(f"/streams/denials/{row.id}")
    assert "Sessions Media server: edge-1, session: 7, Addresses: a, b" in page
    assert "minutes 1 080" in page.replace("\xa0", " ").replace("\u202f", " ").replace(",080", " 080")


def test_other_denials_of_the_same_identifier_are_listed(panel, town, streams):
    other = deny(streams, "p-relay", Reason.UNKNOWN_ID)
    page = panel.get(f"/streams/denials/{town.restream.id}").get_data(as_text=True)
    assert f'href="/streams/denials/{other.id}"' in page


def test_staff_block_an_identifier_for_hours(panel, denied, clock):
    path = panel.done("/streams/denials/block", name="p-9", hours="2", reason="shared in a forum")
    page = panel.page(path)
    assert "“p-9” is blocked." in page
    assert "shared in a forum" in page
    assert "olena" in page
    assert denied() == ["p-9"]
    clock.advance(hours=2)
    assert denied() == []


def test_blocking_again_changes_note_and_end(panel, denied):
    first = panel.done("/streams/denials/block", name="p-9", hours="2", reason="one")
    assert panel.done("/streams/denials/block", name="p-9", reason="two") == first
    assert "two" in panel.page(first)
    assert denied() == ["p-9"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "", "reason": "x"}, "This field is required."),
        ({"name": "a b", "reason": "x"}, "a b"),
        ({"name": "p-9", "reason": ""}, "This field is required."),
        ({"name": "p-9", "reason": "x", "hours": "0"}, "Number must be between"),
        ({"name": "p-9", "reason": "x", "hours": "soon"}, "Not a valid integer value."),
    ],
)
def test_what_cannot_be_blocked_is_told_at_the_form(panel, denied, fields, told):
    answer = panel.post("/streams/denials/block", **fields)
    assert (answer.status_code, told in text(answer)) == (422, True)
    assert denied() == []


def test_the_form_takes_an_identifier_from_the_address(panel):
    assert 'value="p-&#34;x"' in panel.get("/streams/denials/block", name='p-"x').get_data(as_text=True)


def test_staff_let_in_again_once(panel, town, denied):
    path = f"/streams/denials/{town.restream.id}/end"
    assert "The denial ends at once" in panel.page(path)
    for _click in range(2):
        assert panel.done(path) == f"/streams/denials/{town.restream.id}"
    assert denied() == ["p-blocked"]
    assert "Ended by olena" in panel.page(f"/streams/denials/{town.restream.id}")
    assert "This denial is over already." in panel.page(path)
    assert "p-relay passes streams on" in panel.page("/streams/denials", state="ended")


def test_what_ends_by_its_cause_is_not_ended_by_hand(panel, streams, denied):
    row = deny(streams, "p-unknown", Reason.UNKNOWN_ID)
    assert "This denial ends by itself" in panel.page(f"/streams/denials/{row.id}")
    answer = panel.post(f"/streams/denials/{row.id}/end")
    assert (answer.status_code, "ends by itself" in text(answer)) == (409, True)
    assert denied() == ["p-unknown"]


def test_a_denial_that_is_not_there(panel):
    for path in ("/streams/denials/7", "/streams/denials/7/end"):
        assert panel.get(path).status_code == 404
    assert panel.post("/streams/denials/7/end").status_code == 404


def test_long_lists_go_on_by_pages(panel, streams, clock):
    for number in range(60):
        deny(streams, f"p-{number:02d}", Reason.RESTREAM, since=clock() + timedelta(seconds=number))
    page = panel.get("/streams/denials").get_data(as_text=True)
    assert (">p-59</a>" in page, ">p-10</a>" in page, ">p-09</a>" in page) == (True, True, False)
    assert 'rel="next"' in page


def test_the_list_is_exported(panel, town):
    lines = panel.get("/exports/stream_denials.csv", columns="id,reason,by,note").get_data().decode("utf-8-sig")
    assert lines.splitlines() == [
        "Identifier,Reason,Decided by,Note",
        "p-blocked,blocked by the staff,olena,asked for it",
        "p-relay,passes streams on,,",
    ]


def test_who_may_not_look_finds_no_entry(person):
    other = person("OLLTV")
    assert "Deny list" not in other.page("/")
    assert other.get("/streams/denials").status_code == 403
    assert other.post("/streams/denials/block", name="p-1", reason="x").status_code == 403
