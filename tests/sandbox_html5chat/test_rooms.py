"""Rooms, and who has to leave them."""

import time

from sandbox.html5chat.ticking import tick

EVA, PRIVATE = 3, 10**12 + 77


def ticked(house):
    return tick(house.server.place.chat(1), house.server.place.hooks)


def test_people_see_each_other_and_what_is_said(house):
    place = house()
    eva, ann = place.enter(EVA, "eva", "performer"), place.enter(10_001, "ann")
    assert [each["name"] for each in ann.look()["people"]] == ["eva", "ann"]
    assert ann.look()["performer"]["name"] == "eva" and not ann.look()["private"]
    assert ann.post("say", text="  hello <b>there</b> ").status_code == 200
    assert eva.said()[-1] == "ann: hello <b>there</b>"
    assert eva.said() == []
    assert ann.post("say", text=" ").status_code == 409
    assert ann.post("leave").status_code == 204
    assert [each["name"] for each in eva.look()["people"]] == ["eva"] and eva.said() == []


def test_rooms_are_apart(house):
    place = house()
    place.enter(EVA, "eva", "performer")
    bob = place.enter(10_002, "bob", room=10_004)
    assert bob.look()["performer"] is None and [each["name"] for each in bob.look()["people"]] == ["bob"]


def test_only_she_is_seen_in_her_own_room(house):
    place = house()
    place.enter(4, "mia", "performer", room=10_003)
    assert place.enter(10_001, "ann").look()["performer"] is None


def test_a_performer_who_goes_private_takes_one_along(house):
    """As the operator's own pages do it: both get tokens for a room that nobody can guess."""
    place = house()
    eva, ann, bob = place.enter(EVA, "eva", "performer"), place.enter(10_001, "ann"), place.enter(10_002, "bob")
    admin = place.enter(10_003, "boss", "admin")
    private_eva = place.enter(EVA, "eva", "performer", PRIVATE)
    assert (eva.look()["away"], ann.look()["away"], bob.look()["away"]) == ("moved", "private", "private")
    assert admin.look()["away"] == ""
    private_ann = place.enter(10_001, "ann", room=PRIVATE)
    view = private_ann.look()
    assert view["private"] and view["performer"]["name"] == "eva" and view["away"] == ""
    assert place.control("state")["shows"] == [{"webmaster": 1, "room": PRIVATE, "performer": EVA, "viewer": 10_001}]
    assert bob.post("say", text="hello?").status_code == 409
    place.enter(EVA, "eva", "performer")
    place.pass_time(4.9)
    assert private_ann.look()["away"] == ""
    place.pass_time(0.2)
    assert private_ann.look()["away"] == "over" and private_eva.look()["away"] == "moved"


def test_the_viewer_may_be_there_first(house):
    place = house()
    ann = place.enter(10_001, "ann", room=PRIVATE)
    place.pass_time(10)
    assert ann.look()["away"] == "" and ann.look()["performer"] is None
    place.enter(EVA, "eva", "performer", PRIVATE)
    assert ann.look()["performer"]["name"] == "eva"


def test_who_is_not_heard_of_has_left(house):
    place = house()
    eva, ann = place.enter(EVA, "eva", "performer"), place.enter(10_001, "ann")
    place.pass_time(10)
    eva.look()
    place.pass_time(6)
    assert [each["name"] for each in eva.look()["people"]] == ["eva"]
    assert ann.post("say", text="x").status_code == 409


def test_moderators_send_people_out(house):
    place = house()
    ann, boss = place.enter(10_001, "ann"), place.enter(10_003, "boss", "moderator")
    assert ann.post("kick", id=10_003).status_code == 409
    assert boss.post("kick", id=10_001).status_code == 200
    assert ann.look()["away"] == "kicked"


def test_a_private_show_with_the_chats_own_buttons(house, operator):
    place = house(buttons=True, tick_s=60)
    operator.answers = {"getCredits": 600, "updateCredits": 540}
    eva, ann, bob = place.enter(EVA, "eva", "performer"), place.enter(10_001, "ann"), place.enter(10_002, "bob")
    assert ann.post("ask").status_code == 200 and ann.look()["waiting"]
    assert bob.post("ask").status_code == 409 and bob.post("answer", yes=True).status_code == 409
    assert eva.look()["asked"] == "ann" and eva.post("answer", yes=False).status_code == 200
    assert ann.look()["note"] == "refused" and not ann.look()["waiting"]
    ann.post("ask")
    assert eva.post("answer", yes=True).status_code == 200
    assert (ann.look()["private"], ann.look()["away"], bob.look()["away"]) == (True, "", "private")
    assert ticked(place) == 1 and ticked(place) == 0 and ann.look()["credits"] == 540
    place.pass_time(14)
    eva.look(), ann.look()
    assert ann.post("end").status_code == 200
    assert (ann.look()["away"], eva.look()["away"]) == ("over", "over")


def test_without_buttons_nothing_is_asked_for_here(house):
    place = house()
    place.enter(EVA, "eva", "performer")
    ann = place.enter(10_001, "ann", credits=5)
    assert 'id="controls"' not in ann.page.text
    assert [ann.post(each).status_code for each in ("ask", "tip", "end")] == [409] * 3


def test_a_show_ends_with_the_credits(house, operator):
    place = house(tick_s=10)
    operator.answers = {"updateCredits": 0}
    place.enter(EVA, "eva", "performer", PRIVATE)
    ann = place.enter(10_001, "ann", room=PRIVATE, credits=10)
    assert ticked(place) == 1
    assert (ann.look()["away"], ann.look()["credits"]) == ("over", 0)


def test_a_balance_is_in_the_token_or_asked_for(house, operator):
    place = house()
    operator.answers = {"getCredits": '{"credits": 77}'}
    assert place.enter(10_001, "ann").look()["credits"] == 77
    assert place.enter(10_002, "bob", credits=5).look()["credits"] == 5
    assert operator.actions() == ["getCredits"]


def test_shows_are_told_of_while_they_go_on(house, operator):
    place = house(ticks=True, tick_s=60)
    operator.answers = {"updateCredits": 50}
    place.enter(EVA, "eva", "performer", PRIVATE)
    ann = place.enter(10_001, "ann", room=PRIVATE, credits=60)
    deadline = time.monotonic() + 10
    while ann.look()["credits"] != 50:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert operator.actions() == ["updateCredits"]
