"""Who is let in with which link, and how long he has watched."""

import base64

import pytest

from sandbox.nimble.signing import Refused, open_link, require_in_time
from tests.sandbox_nimble.conftest import NOW, link

FIRST = (
    "c2VydmVyX3RpbWU9My83LzIwMjQgNDowNTowOSBBTSZoYXNoX3ZhbHVlPVZwL2NWSEF3Q2lUV1M0cVAzTEVoSXc9PSZ2YWxpZG1pbnV0ZXM9OTAmaWQ9"
    "dTEwNDI="
)
SECOND = (
    "c2VydmVyX3RpbWU9MTEvMzAvMjAyNSAxMjowMDowMCBBTSZoYXNoX3ZhbHVlPTNXUmpTbUxMcmlZTWJSTVZBWjhnOWc9PSZ2YWxpZG1pbnV0ZXM9MTUmc3Ry"
    "bV9sZW49MTEmaWQ9cC05ZjMxJmNoZWNraXA9dHJ1ZQ=="
)
VENDOR_KEY = "k-Mandarin-77"


def test_links_as_the_vendor_signs_them_are_read():
    assert open_link(FIRST, path="any/stream", ip="", key=VENDOR_KEY).viewer == "u1042"
    assert open_link(SECOND, path="live/sport1", ip="203.0.113.25", key=VENDOR_KEY).viewer == "p-9f31"


@pytest.mark.parametrize("signed", [FIRST, SECOND])
def test_no_other_character_will_do(signed):
    text = base64.b64decode(signed).decode()
    for place, character in enumerate(text):
        other = "1" if character != "1" else "2"
        changed = base64.b64encode((text[:place] + other + text[place + 1 :]).encode()).decode()
        with pytest.raises(Refused):
            open_link(changed, path="live/sport1", ip="203.0.113.25", key=VENDOR_KEY)


def test_another_key_address_or_stream_is_refused():
    for path, ip, key in (
        ("live/sport1", "203.0.113.25", "another"),
        ("live/sport1", "203.0.113.26", VENDOR_KEY),
        ("live/sport2", "203.0.113.25", VENDOR_KEY),
    ):
        with pytest.raises(Refused, match="bad_hash"):
            open_link(SECOND, path=path, ip=ip, key=key)
    with pytest.raises(Refused, match="stream_mismatch"):
        open_link(SECOND, path="live/a", ip="203.0.113.25", key=VENDOR_KEY)


def test_an_address_that_is_written_as_a_longer_one_is_the_same():
    assert open_link(SECOND, path="live/sport1", ip="::ffff:203.0.113.25", key=VENDOR_KEY).viewer == "p-9f31"


def test_the_ends_of_a_link_are_exact_to_the_second():
    signed, ends = link(at=NOW, minutes=2), NOW + 120
    for good in (NOW - 60, NOW, ends, ends + 60):
        require_in_time(signed, now=good, tolerance_s=60)
    with pytest.raises(Refused, match="not_yet_valid"):
        require_in_time(signed, now=NOW - 61, tolerance_s=60)
    with pytest.raises(Refused, match="expired"):
        require_in_time(signed, now=ends + 61, tolerance_s=60)


@pytest.mark.parametrize(
    ("signed", "reason"),
    [
        ("", "missing_field"),
        ("%%%", "not_base64"),
        (base64.b64encode(b"server_time=1").decode(), "missing_field"),
        (base64.b64encode(b"server_time=13/1/2024 1:00:00 AM&hash_value=x&validminutes=5").decode(), "bad_time"),
        (base64.b64encode(b"server_time=1/1/2024 1:00:00 AM&hash_value=x&validminutes=-5").decode(), "bad_time"),
        (base64.b64encode(b"server_time=1/1/2024 1:00:00 AM&hash_value=x&validminutes=5&id=a").decode(), "bad_hash"),
    ],
)
def test_a_bad_link_is_refused_with_its_reason(house, signed, reason):
    answer = house().get(f"/live/news/clip.webm?wmsAuthSign={signed}")
    assert (answer.status_code, answer.json()) == (403, {"reason": reason})


def test_a_good_link_shows_the_clip_and_counts_the_time(house):
    door = house()
    for _ in range(4):
        answer = door.watch("u1", stream="live/news")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/webm")
        assert answer.content[:4] == b"\x1aE\xdf\xa3"
        door.pass_time(2)
    [session] = door.state()["sessions"]
    assert (session["viewer"], session["stream"], session["ip"]) == ("u1", "live/news", "127.0.0.1")
    assert session["watched_ms"] == 8000


def test_time_between_segments_that_nobody_asked_for_is_not_watched(house):
    door = house()
    door.watch()
    door.pass_time(5)
    door.watch()
    door.pass_time(1)
    assert door.state()["sessions"][0]["watched_ms"] == 3000


def test_who_asks_for_nothing_has_left(house, operator):
    door = house()
    door.watch()
    door.pass_time(7)
    door.sync()
    assert operator.posts[-1].deltas() == {"u1": 2000}, "his rest is told once"
    assert door.state()["sessions"] == []
    door.sync()
    assert operator.posts[-1].tree["PayPerViewInfo"] == {}


def test_who_watches_already_may_go_on_when_his_link_ends(house):
    door = house()
    terms = {"at": NOW, "minutes": 1}
    for _ in range(40):
        assert door.watch(**terms).status_code == 200
        door.pass_time(4)
    door.pass_time(10)
    assert door.watch(**terms).json() == {"reason": "expired"}
    assert door.watch(at=NOW + 1000).json() == {"reason": "not_yet_valid"}


def test_a_link_for_one_stream_or_address_opens_no_other(house):
    door = house()
    assert door.watch(stream="live/news").status_code == 200
    path = f"/live/film/clip.webm?wmsAuthSign={link(stream='live/news')}"
    assert door.get(path).json() == {"reason": "bad_hash"}
    assert door.get(f"/live/news/clip.webm?wmsAuthSign={link(ip='127.0.0.1')}").status_code == 200
    assert door.get(f"/live/news/clip.webm?wmsAuthSign={link(ip='127.0.0.2')}").json() == {"reason": "bad_hash"}
    assert door.get(f"/live/news/clip.webm?wmsAuthSign={link('', ip='127.0.0.1')}").status_code == 200
    assert door.get("/live/clip.webm").status_code == 404
    assert door.watch(server="9").status_code == 404


def test_without_a_key_everybody_is_let_in_without_a_name(house):
    door = house(key="", servers=1)
    assert door.get("/live/news/clip.webm").status_code == 200
    assert door.state()["sessions"][0]["viewer"] == ""


def test_whoever_is_denied_is_out_at_once_until_he_is_not_listed_any_more(house, operator):
    door = house()
    door.watch("u1")
    door.watch("u2")
    operator.denied = ["u1"]
    [answer] = door.sync()
    assert (answer["denied"], answer["ignored"], answer["players"]) == (["u1"], "", 2)
    assert [each["viewer"] for each in door.state()["sessions"]] == ["u2"]
    assert (door.watch("u1").status_code, door.watch("u1").json()) == (403, {"reason": "denied"})
    assert door.watch("u2").status_code == 200
    assert door.watch("u1", server="2").status_code == 200, "the other server has no answer yet"
    operator.denied = []
    door.sync()
    assert door.watch("u1").status_code == 200


def test_the_page_shows_who_watches_and_what_was_answered(house, operator):
    door = house()
    door.watch("u-seen")
    operator.denied = ["u-out"]
    door.sync()
    page = door.get("/")
    assert page.status_code == 200
    for text in ("nimble-1", "u-seen", "u-out", "believed", operator.url):
        assert text in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "title"), [("uk", "Плеєр"), ("ru-RU", "Плеер"), ("en", "Player"), ("de", "Player")]
)
def test_the_player_speaks_the_viewers_language(house, accepted, title):
    page = house().get("/player", headers={"Accept-Language": accepted})
    assert f"<title>{title}</title>" in page.text
    assert 'aria-live="polite"' in page.text


def test_the_words_are_the_same_in_every_language():
    from sandbox.nimble.words import WORDS

    assert WORDS["uk"].keys() == WORDS["ru"].keys() == WORDS["en"].keys()
