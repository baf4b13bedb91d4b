"""Media servers and alerts about them on the pages of staff."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from ppv_module.streams.alerts import raise_alert, watch
from ppv_module.streams.models import AlertKind, DeltaMode, Server
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.streams.make import player, sync_body


def stored(billing, name="edge-1"):
    with billing.reading() as session:
        return session.scalars(select(Server).where(Server.name == name)).one()


def path_of(server):
    return f"/streams/servers/{server.id}"


def test_no_server_has_reported(panel):
    assert "No media server has reported yet." in panel.page("/streams/servers")


def test_a_server_appears_by_itself(panel, media, clock):
    media.post(sync_body("edge-1", [player("a"), player("b", sessionid="2")]))

    assert "edge-1 — reports" in panel.page("/streams/servers")
    row = panel.page("/streams/servers").partition("edge-1")[2]
    assert " 2 0 " in row
    assert "Last message" in row
    clock.advance(seconds=76)
    row = panel.page("/streams/servers").partition("edge-1")[2]
    assert "silent" in row
    assert " 0 0 " in row


def test_a_server_may_be_added_before_it_reports(panel, billing, media):
    fields = {"name": "edge-1", "title": "Kyiv", "token": "tok-Quince-1", "addresses": "10.0.0.0/24\n203.0.113.10"}
    assert panel.done("/streams/servers/new", **fields, delta_mode="cumulative", active="y") == "/streams/servers"

    server = stored(billing)
    assert (server.title, server.token, server.delta_mode) == ("Kyiv", "tok-Quince-1", DeltaMode.CUMULATIVE)
    assert server.addresses == ["10.0.0.0/24", "203.0.113.10/32"]
    assert "has not reported yet" in panel.page("/streams/servers")
    assert media.post(sync_body("edge-1", [])).status_code == 403
    assert media.post(sync_body("edge-1", [], token="tok-Quince-1")).status_code == 200
    again = panel.post("/streams/servers/new", **fields, delta_mode="increment")
    assert again.status_code == 422
    assert "There is a media server with this ID already: edge-1." in text(again)


def test_tokens_are_rotated_without_being_shown(panel, billing, streams, capsys):
    server = streams.server("edge-1", token="tok-Quince-1")
    sent(panel, path_of(server), token="tok-Quince-2")
    assert (stored(billing).token, stored(billing).token_older) == ("tok-Quince-2", "tok-Quince-1")
    page = panel.get(path_of(server)).get_data(as_text=True)
    assert "its own, two at present" in page

    sent(panel, path_of(server), drop_older="y")
    assert (stored(billing).token, stored(billing).token_older) == ("tok-Quince-2", "")
    sent(panel, path_of(server), drop_tokens="y")
    assert (stored(billing).token, stored(billing).token_older) == ("", "")

    said = page + panel.page("/events") + "".join(capsys.readouterr())
    assert "PPV STREAM SAVE SERVER [edge-1]" in said
    assert "tok-Quince" not in said


def test_saving_what_is_there_changes_nothing(panel, billing, streams):
    server = streams.server("edge-1", token="tok-Quince-1", token_older="tok-Quince-0", addresses=["10.0.0.0/24"])

    assert sent(panel, path_of(server)).status_code == 303

    kept = stored(billing)
    assert (kept.version, kept.token, kept.token_older) == (server.version, "tok-Quince-1", "tok-Quince-0")
    assert "SAVE SERVER" not in panel.page("/events")


def test_the_second_of_two_editors_is_told(panel, billing, streams):
    server = streams.server("edge-1")
    old = shown(panel, path_of(server))
    sent(panel, path_of(server), title="One")

    answer = panel.post(path_of(server), **old | {"title": "Two"})

    assert "Somebody else has changed this" in text(answer)
    assert stored(billing).title == "One"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"addresses": "here"}, "has a value that cannot be used: here"),
        ({"addresses": "10.0.0.1/8"}, "has a value that cannot be used"),
        ({"token": "short"}, "has a value that cannot be used: ***"),
        ({"interval_s": "3601"}, "Number must be"),
        ({"delta_mode": "odd"}, "Not a valid choice."),
    ],
)
def test_what_cannot_be_used_is_refused(panel, billing, streams, wrong, why):
    server = streams.server("edge-1")

    answer = sent(panel, path_of(server), **wrong)

    assert answer.status_code == 422
    assert why in text(answer)
    assert stored(billing).version == server.version


def test_a_server_is_switched_off(panel, media, streams):
    server = streams.server("edge-1")
    fields = shown(panel, path_of(server))
    del fields["active"]
    panel.post(path_of(server), **fields)

    assert "switched off" in panel.page("/streams/servers")
    assert media.post(sync_body("edge-1", [])).status_code == 403


def test_a_server_that_does_not_exist_is_not_found(panel):
    assert panel.get("/streams/servers/77").status_code == 404
    assert panel.post("/streams/servers/77").status_code == 404


def test_servers_are_exported(panel, streams):
    streams.server("edge-1", title="Kyiv", token="tok-Quince-1", addresses=["10.0.0.0/24"])
    assert "/exports/stream_servers.xlsx" in panel.get("/streams/servers").get_data(as_text=True)
    columns = "name,title,state,token,addresses,since"
    lines = panel.get("/exports/stream_servers.csv", columns=columns).get_data(as_text=True).splitlines()
    assert lines[1:] == ["edge-1,Kyiv,has not reported yet,its own,10.0.0.0/24,2026-11-10T09:00:00Z"]


def test_there_is_nothing_to_look_at(panel):
    assert "There is nothing to look at." in panel.page("/streams/alerts")


def test_an_alert_is_closed_with_one_click(panel, billing, streams, clock, media):
    media.post(sync_body("edge-1", []))
    media.post(b"{nonsense")
    clock.advance(minutes=5)
    watch(billing, clock())
    page = panel.page("/streams/alerts")
    assert "media server is silent edge-1" in page
    assert "unreadable message — Message: 2, Reason: bad_json, Address: 203.0.113.10" in page
    found = panel.get("/streams/alerts", kind="silent").get_data(as_text=True)
    [address] = re.findall(r'action="(/streams/alerts/\d+/close)"', found)

    for _ in range(2):
        panel.done(address)

    page = panel.page("/streams/alerts")
    assert "edge-1" not in page
    assert "1 row" in page
    assert "edge-1" in panel.page("/streams/alerts", state="closed")
    assert "2 rows" in panel.page("/streams/alerts", state="all")


def test_alerts_are_narrowed(panel, billing, clock):
    for number, kind in enumerate(AlertKind):
        at = clock() - timedelta(days=number)
        with (uow := billing.uow()):
            raise_alert(uow.session, kind=kind, server_name=f"edge-{number}", facts={}, now=at)
    assert "1 row" in panel.page("/streams/alerts", kind="drift")
    assert "1 row" in panel.page("/streams/alerts", server="edge-3")
    assert f"{len(AlertKind)} rows" in panel.page("/streams/alerts")


def test_alerts_are_exported_as_they_are_narrowed(panel, billing, clock):
    for kind in (AlertKind.SILENT, AlertKind.DRIFT):
        with (uow := billing.uow()):
            raise_alert(uow.session, kind=kind, server_name="edge-1", facts={}, now=clock())
    assert "/exports/stream_alerts.xlsx?kind=drift" in panel.get("/streams/alerts", kind="drift").get_data(as_text=True)
    asked = {"kind": "drift", "columns": "kind,server,last,count"}
    lines = panel.get("/exports/stream_alerts.csv", **asked).get_data(as_text=True).splitlines()
    assert lines[1:] == ["clock is wrong,edge-1,2026-11-10T09:00:00Z,1"]
