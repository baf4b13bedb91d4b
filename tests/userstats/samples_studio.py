"""The performer's pages in every state that the tests of texts look at."""

from typing import Any

from tests.userstats.samples import DARK, Sample, no
from tests.userstats.studio_world import (
    CARD,
    CHAT,
    DRAFT,
    NOTHING,
    PAYOUT,
    SHOW,
    T,
    asked,
    earnings,
    mills,
    row,
    show,
    studio,
    sums,
    tip,
)
from userstats.studio_words import REASONS

ON = {"chat": True}
PAGE = f"/studio/{T}"
HERS = {"tenant": T, "number": 5, "name": "Olha", "title": "Demo chat"}
TITLED = {"GET chat": {"tenants": [CHAT | {"style": "abc", "live_typing": True}]}}
STATES = [
    studio(),
    studio(card=CARD | {"status": "offline"}, tips=[tip(), tip(8, credits=1)]),
    studio(requests=[asked()]),
    studio(requests=[asked(), asked(2)]),
    studio(show=show("accepted"), card=CARD | {"status": "busy"}),
    studio(show=show("live"), tips=[tip()]),
    studio(show=show("live", warn=True)),
    *[studio(over=show("ended", end_reason=reason)) for reason in (*REASONS, None)],
    *[studio(over=show(state)) for state in ("aborted", "expired", "cancelled", "refused")],
]


def world(state: dict[str, Any]) -> dict[str, Any]:
    return TITLED | {f"GET me/studio/{T}": state}


def done(step: str, path: str) -> list[Sample]:
    """A step that is done, and one that is refused; both lead back to the page."""
    says = world(STATES[0]) | {f"POST me/studio/{T}/{path}": studio()}
    refused = says | {f"POST me/studio/{T}/{path}": no("bad_state")}
    address = f"{PAGE}/{step}?show={SHOW}"
    return [Sample(address, each, {}, ON) for each in (says, refused)]


EARNINGS = f"GET me/studio/{T}/earnings"
OWED = [sums(), sums(currency="EUR", adjusted=mills(-5))]
STUDIO_SAMPLES: dict[tuple[str, str], list[Sample]] = {
    ("GET", "/studio"): [
        Sample("/studio", TITLED | {"GET me/studio": {"performers": [HERS, HERS | {"tenant": 4}]}}, options=ON),
        Sample("/studio", {"GET me/studio": (DARK, {})}, options=ON, status=503),
        Sample("/studio", status=404),
    ],
    ("GET", "/studio/<int:tenant>"): [
        *[Sample(f"{PAGE}?show={SHOW}", world(state), options=ON) for state in STATES],
        Sample(PAGE, TITLED | {f"GET me/studio/{T}": no("unknown_performer", 404)}, options=ON, status=404),
        Sample(PAGE, {f"GET me/studio/{T}": no("ppv_disabled", 503), **TITLED}, options=ON, status=404),
    ],
    ("GET", "/studio/<int:tenant>/state"): [Sample(f"{PAGE}/state", world(state), options=ON) for state in STATES],
    ("POST", "/studio/<int:tenant>/<any(beat, accept, refuse, arrive, tick, end):step>"): [
        *done("beat", "beat"),
        *[sample for step in ("accept", "refuse", "end") for sample in done(step, f"shows/{SHOW}/{step}")],
        Sample(f"{PAGE}/accept", TITLED, {}, ON, status=400),
    ],
    ("GET", "/studio/<int:tenant>/earnings"): [
        Sample(f"{PAGE}/earnings", TITLED | {EARNINGS: told}, options=ON)
        for told in (earnings(), earnings(next="c"), earnings(rows=[]), earnings(total=OWED, sums=OWED), NOTHING)
    ]
    + [Sample(f"{PAGE}/earnings?cursor=c", TITLED | {EARNINGS: earnings()}, options=ON)],
    ("GET", "/studio/<int:tenant>/earnings.csv"): [
        Sample(f"{PAGE}/earnings.csv", TITLED | {EARNINGS: earnings(rows=[row(viewer="")])}, options=ON)
    ],
    ("GET", "/studio/<int:tenant>/payouts"): [
        Sample(path, TITLED | {f"GET me/studio/{T}/payouts": {"payouts": told, "next": after}}, options=ON)
        for path in (f"{PAGE}/payouts", f"{PAGE}/payouts?cursor=c")
        for told, after in (([DRAFT, PAYOUT | {"reference": "‹IBAN 7›"}], "c"), ([], None))
    ],
}
STUDIO_SILENT = {"/studio/<int:tenant>/entry": "a way into a room, for a script"}
