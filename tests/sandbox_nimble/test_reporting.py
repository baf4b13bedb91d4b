"""What media servers tell the handler, what they believe, and what goes wrong on demand."""

import time

import pytest

from tests.sandbox_nimble.conftest import TOKEN, hashed


def seat(door, *names, **more):
    door.control("viewers", {"viewers": [{"viewer": name, "server": "1", **more} for name in names]})


@pytest.mark.parametrize(("form", "content_type"), [("json", "application/json"), ("xml", "text/xml")])
def test_both_forms_tell_the_same(house, operator, form, content_type):
    door = house(forms=(form,))
    seat(door, "u1", stream="live/news", ip="192.0.2.7", agents=["VLC", "Kodi"])
    seat(door, "u2", stream="movies/smil:a<b>.smil", idle=True)
    door.pass_time(30.031)
    [answer] = door.sync()
    assert (answer["status"], answer["form"], answer["players"]) == (200, form, 2)
    [post] = operator.posts
    assert post.content_type == content_type
    assert post.tree["ID"] == "nimble-1"
    assert post.tree["Signature"] == hashed("nimble-1", post.tree["Puzzle"], TOKEN)
    first, second = post.players()
    assert (first["id"], first["stream"], first["ip"], int(first["delta"])) == ("u1", "live/news", "192.0.2.7", 30_031)
    assert first["user_agents"] == ["VLC", "Kodi"] and int(first["bytes_sent"]) > 0
    assert (second["id"], second["stream"], int(second["delta"])) == ("u2", "movies/smil:a<b>.smil", 0)


def test_every_message_has_its_own_puzzle_and_the_time_since_the_last(house, operator):
    door = house()
    seat(door, "u1")
    for seconds in (30, 10, 5):
        door.pass_time(seconds)
        door.sync()
    assert [each.deltas()["u1"] for each in operator.posts] == [30_000, 10_000, 5_000]
    assert len({each.tree["Puzzle"] for each in operator.posts}) == 3


def test_a_viewer_has_as_many_sessions_as_wanted(house, operator):
    door = house()
    seat(door, "u1", sessions=3)
    door.sync()
    assert len({each["sessionid"] for each in operator.posts[0].players()}) == 3
    door.control("leave", {"viewer": "u1"})
    door.sync()
    door.sync()
    assert len(operator.posts[1].players()) == 3 and operator.posts[2].players() == []


def test_an_answer_that_does_not_know_the_token_is_not_believed(house, operator):
    door = house()
    seat(door, "u1")
    operator.denied, operator.token = ["u1"], "guessed"
    [answer] = door.sync()
    assert (answer["ignored"], answer["denied"]) == ("solution", [])
    assert (door.state()["denied"], door.state()["ignored"]) == ([], 1)
    assert len(door.state()["sessions"]) == 1


def test_without_a_token_nothing_is_signed_and_every_list_is_believed(house, operator):
    door = house(token="")
    operator.denied, operator.token = ["u1"], "whatever"
    door.sync()
    assert "Signature" not in operator.posts[0].tree and operator.posts[0].tree["Puzzle"]
    assert door.state()["denied"] == ["u1"]


def test_the_last_list_stays_while_there_is_no_good_answer(house, operator):
    door = house()
    operator.denied = ["u1"]
    door.sync()
    operator.status, operator.denied = 503, []
    [answer] = door.sync()
    assert answer["ignored"] == "status 503"
    assert door.state()["denied"] == ["u1"]
    assert door.watch("u1").json() == {"reason": "denied"}


def test_time_that_was_not_taken_comes_with_the_next_message(house, operator):
    door = house()
    seat(door, "u1", "u2")
    operator.status = 503
    door.pass_time(30)
    door.sync()
    door.control("leave", {"viewer": "u2"})
    door.pass_time(30)
    door.sync()
    operator.status = 200
    door.sync()
    assert operator.posts[-1].deltas() == {"u1": 60_000, "u2": 30_000}


def test_in_an_outage_nothing_is_told_and_all_of_it_afterwards(house, operator):
    door = house()
    seat(door, "u1")
    door.control("outage", {"server": "nimble-1", "seconds": 100})
    door.pass_time(99)
    assert door.sync() == [] == operator.posts
    assert door.state()["down"] is True
    door.pass_time(1)
    door.sync()
    assert operator.posts[0].deltas() == {"u1": 100_000}


def faulty(door, kind, **more):
    door.control("faults", {"faults": [{"kind": kind, "times": 1, **more}]})


def test_a_repeated_message_is_the_same_to_the_byte(house, operator):
    door = house()
    faulty(door, "repeat")
    assert len(door.sync()) == 2
    assert operator.posts[0].body == operator.posts[1].body
    assert len(door.sync()) == 1


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_torn_message_is_followed_by_the_whole_one(house, operator, form):
    door = house(forms=(form,))
    seat(door, "u1")
    door.pass_time(10)
    faulty(door, "truncate")
    first, second = door.sync()
    assert (first["ignored"], second["ignored"]) == ("status 400", "")
    assert operator.posts[1].body.startswith(operator.posts[0].body)
    assert operator.posts[1].deltas() == {"u1": 10_000}
    door.sync()
    assert operator.posts[2].deltas() == {"u1": 0}, "nothing is told twice"


def test_a_late_message_comes_after_the_next_one(house, operator):
    door = house()
    seat(door, "u1")
    faulty(door, "reorder")
    door.pass_time(10)
    assert door.sync() == []
    door.pass_time(20)
    assert len(door.sync()) == 2
    assert [each.deltas()["u1"] for each in operator.posts] == [20_000, 10_000]


def test_a_message_without_an_answer_is_posted_again_first(house, operator):
    door = house()
    seat(door, "u1")
    operator.denied = ["u1"]
    faulty(door, "lose")
    door.pass_time(10)
    [answer] = door.sync()
    assert (answer["ignored"], door.state()["denied"]) == ("answer lost", [])
    operator.denied = []
    door.pass_time(20)
    assert len(door.sync()) == 2
    first, again, new = operator.posts
    assert first.body == again.body
    assert new.deltas() == {"u1": 20_000}


def test_a_message_that_may_have_been_taken_never_gives_its_time_to_another(house, operator):
    door = house()
    seat(door, "u1")
    faulty(door, "lose")
    door.pass_time(10)
    door.sync()
    operator.status = 503
    door.pass_time(10)
    assert [each["ignored"] for each in door.sync()] == ["status 503", "status 503"]
    operator.status = 200
    door.sync()
    first, *_, again, new = operator.posts
    assert first.body == again.body
    assert new.deltas() == {"u1": 10_000}


def test_double_time_and_a_wrong_signature(house, operator):
    door = house()
    seat(door, "u1")
    faulty(door, "double")
    door.pass_time(10)
    door.sync()
    assert operator.posts[0].deltas() == {"u1": 20_000}
    faulty(door, "unsigned")
    door.sync()
    post = operator.posts[1].tree
    assert post["Signature"] != hashed("nimble-1", post["Puzzle"], TOKEN)


def test_a_fault_may_be_for_one_server_only(house, operator):
    door = house(forms=("json",))
    faulty(door, "repeat", server="nimble-2")
    assert [len(door.sync("nimble-1")), len(door.sync("nimble-2"))] == [1, 2]


def test_notices_of_streams_are_told_once(house, operator):
    door = house()
    door.control("events", {"server": "1", "events": [{"event": "publish", "stream": "live/news", "protocol": "rtmp"}]})
    door.sync()
    door.sync()
    assert operator.posts[0].tree["publish"] == [{"stream": "live/news", "protocol": "rtmp"}]
    assert "publish" not in operator.posts[1].tree


def test_all_servers_report_at_once_when_asked(house, operator):
    door = house(servers=5)
    answers = door.control("sync", {})["answers"]
    assert sorted(each["server"] for each in answers) == [f"nimble-{number}" for number in range(1, 6)]
    assert {each["form"] for each in answers} == {"json", "xml"}


def test_each_server_reports_by_itself(house, operator):
    house(ticks=True, interval_s=0.2, servers=2)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not all(len(operator.of(f"nimble-{each}")) > 1 for each in (1, 2)):
        time.sleep(0.05)
    assert all(len(operator.of(f"nimble-{each}")) > 1 for each in (1, 2))


def test_a_handler_that_nobody_runs_leaves_everything_as_it_was(house):
    door = house(handler="http://127.0.0.1:9/sync")
    seat(door, "u1")
    door.pass_time(10)
    [answer] = door.sync()
    assert answer["status"] == -1
    assert len(door.state()["sessions"]) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"faults": [{"kind": "nonsense"}]}),
        ("faults", {"faults": [{"kind": "repeat", "rate": 2}]}),
        ("faults", {"faults": [{"rate": 1}]}),
        ("faults", []),
        ("outage", {"seconds": "long"}),
        ("events", {"events": [{}]}),
        ("viewers", {"viewers": [{"viewer": 7}]}),
        ("viewers", {}),
        ("sync", {"server": "nimble-99"}),
        ("leave", {"server": "x"}),
    ],
)
def test_a_wrong_request_is_told_and_changes_nothing(house, path, body):
    import requests

    door = house()
    answer = requests.post(f"{door.server.url}/control/{path}", json=body, timeout=5)
    assert answer.status_code == 422 and answer.json()["error"]
    assert door.state()["sessions"] == []


def test_control_is_closed_unless_it_is_wanted(house):
    assert house(control=False).get("/control/state").status_code == 404


def test_a_denied_viewer_is_not_let_in_by_the_control_door(house, operator):
    door = house()
    operator.denied = ["u1"]
    door.sync()
    answer = door.control("viewers", {"viewers": [{"viewer": "u1", "server": "1"}, {"viewer": "u2", "server": "1"}]})
    assert answer == {"ok": False, "refused": ["u1"]}
    door.control("reset", {})
    assert door.state()["denied"] == door.state()["sessions"] == []
