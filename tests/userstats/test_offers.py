"""What the cabinet offers beside what a subscriber has."""

from userstats.pages import _sorted

START, MAX = 1, 2
OFFERS = [
    {"id": START, "main": True, "goes_with": []},
    {"id": MAX, "main": True, "goes_with": []},
    {"id": 3, "main": False, "goes_with": []},
    {"id": 4, "main": False, "goes_with": [START]},
    {"id": 5, "main": False, "goes_with": [MAX, START]},
]


def having(*tariffs):
    """A subscriber with these mains: (number, whether it is to replace the present one)."""
    subscriptions = [
        {"tariff_id": number, "main": True, "is_next": is_next, "ended_at": None, "refusal": None, "state": "active"}
        for number, is_next in tariffs
    ]
    return {"subscriptions": subscriptions}


def offered(me):
    return [each["id"] for each in _sorted(me, OFFERS)["addons"]]


def test_only_addons_that_go_with_the_main_are_offered():
    assert offered(having((START, False))) == [3, 4, 5]
    assert offered(having((MAX, False))) == [3, 5]


def test_during_a_change_an_addon_has_to_go_with_both():
    assert offered(having((START, False), (MAX, True))) == [3, 5]
