"""Every page of the cabinet in every state that the tests of texts look at, by method and rule of its address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.userstats.fake import ACCOUNT, MAX, SPORT, START, TARIFFS, me, subscription, uah
from userstats.howto import HOWTOS

KEY = "k" * 16
DARK = 599
"""The billing answers with something that is no answer."""

ON = {"state": "on", "text": "Television is on.", "settled": True}
OFF = {"state": "suspended", "text": "Television is switched off.", "settled": True}
COMING = {"state": "being_switched_on", "text": "Television is being switched on.", "settled": False}
CHARGE = {"month": "2026-12", "date": "2026-12-01", "is_due": False, "total": uah(50), "lack": uah(0)}
SHORT = CHARGE | {"lack": uah(12.5)}
DUE = CHARGE | {"month": "2025-12", "date": "2025-12-01", "is_due": True}
REFUSAL = {"code": "partner_refused", "detail": "The TV partner refused."}
PAIR = [subscription(), subscription(SPORT)]
REFUSED = subscription(MAX, state="refused", ended_at="2026-11-20T09:00:00+02:00", refusal=REFUSAL, active_since=None)
WATCHING = me(tv=ON, subscriptions=PAIR, next_charge=CHARGE)
ASLEEP = me(
    tv=OFF,
    subscriptions=[subscription(state="suspended", reason="no_money")],
    price_of_resuming=uah(50),
    lack_for_resuming=uah(7),
)
AWAKENING = ASLEEP | {"lack_for_resuming": uah(0)}
NEWS = {
    "news": [
        {"id": 1, "title": "Works", "text": "Tonight.\n\nBriefly.", "at": "2026-11-10T11:00:00+02:00", "language": "en"}
    ]
}
DESCRIBED = [each | {"description": {"en": "Films:\n- new\n- old"}} for each in TARIFFS]
DEVICE = {
    "id": "1",
    "mac": "00:11:22:33:44:55",
    "serial_number": "123456",
    "binding_code": "4821057",
    "device_type": "stb",
    "device_model": "Aura HD",
    "date_added": "2026-11-10 10:00:00",
}
NAMELESS = DEVICE | {"mac": "00:11:22:33:44:66", "device_model": "", "device_type": "samsung"}
DEVICES = {"devices": [DEVICE, NAMELESS], "limit": 3}
ONE_DEVICE = {"devices": [DEVICE], "limit": 1}
TWO_CODES = me(tv=ON, subscriptions=[subscription(), subscription(SPORT, code="777")])
OWN = WATCHING | {"self_devices": 3}


def line(number: int, cause: str, hryvnias: float, **facts: object) -> dict[str, Any]:
    usual = {"tariff": "Start", "period": "2026-11", "note": ""}
    moved = {"amount": uah(hryvnias), "balance": uah(60), "at": "2026-11-10T11:00:00+02:00"}
    return {"id": number, "cause": cause, "text": f"Because of {cause}"} | moved | usual | facts


LINES = [line(4, "fee", -50), line(3, "top_up", 110), line(2, "refund", 5, note="a gift"), line(1, "correction", -1)]
RESERVES = [
    {"tariff": "Max", "amount": uah(99), "at": "2026-11-10T11:00:00+02:00", "expires_at": None},
    {"tariff": None, "amount": uah(1), "at": "2026-11-10T11:00:00+02:00", "expires_at": None},
]
STATEMENT: dict[str, Any] = {
    "opening": uah(-4),
    "closing": uah(60),
    "held": uah(100),
    "lines": LINES,
    "reserves": RESERVES,
    "next": None,
    "first_month": "2026-09",
    "this_month": "2026-11",
}
EMPTY = STATEMENT | {"lines": [], "reserves": [], "held": uah(0), "first_month": None}
HAD = [
    subscription(),
    subscription(SPORT, state="pending", active_since=None),
    subscription(MAX, state="ended", ended_at="2026-11-01T09:00:00+02:00", active_since="2026-09-01T09:00:00+03:00"),
    REFUSED,
    *[subscription(state="suspended", reason=why) for why in ("no_money", "frozen", "vacation", "staff")],
]
SECURED = ACCOUNT | {"second_factor": True, "codes_left": 3}
AT_HOME = ACCOUNT | {"address": {"offered": True, "on": True, "mine": "10.20.0.7"}}
ELSEWHERE = ACCOUNT["sessions"][0] | {"id": 8, "mine": False, "by": "address", "agent": "curl"}
BUSY_ACCOUNT = ACCOUNT | {
    "address": {"offered": True, "on": False, "mine": ""},
    "sessions": [*ACCOUNT["sessions"], ELSEWHERE],
}
MADE = {"secret": "234567", "address": "otpauth://totp/ivan?secret=234567"}
CODES = {"codes": ["1234-5678", "2345-6789"]}
CHALLENGE = {"token": None, "challenge": "c-1", "expires_at": "2026-11-22T12:00:00+02:00", "login": "ivan"}
SUPPORT = {
    "support_phone": "+380 44 123 45 67",
    "support_email": "‹help›@‹isp›.‹example›",
    "support_url": "https://isp.example/chat",
    "support_hours": "‹Mon–Fri›",
    "isp_name": "‹Fiber›",
    "isp_url": "https://isp.example/",
}
NO = {"status": 409, "code": "wrong_state", "detail": "It cannot be done.", "facts": {}}


def preview(order: str, **facts: Any) -> dict[str, Any]:
    usual = {
        "order": order,
        "tariff": {"id": START, "name": "Start", "main": True},
        "charge": uah(50),
        "available": uah(60),
        "lack": uah(0),
        "left": uah(10),
        "next_charge": CHARGE,
        "ends": ["Max"],
        "begins": ["Start", "Sport"],
        "devices_stay": True,
        "refusal": None,
    }
    return usual | facts


def refusal(code: str) -> dict[str, Any]:
    return {"refusal": {"code": code, "detail": "It cannot be done."}, "lack": uah(5)}


def obstacle(code: str) -> dict[str, Any]:
    detail = "The number 123 is none."
    return me(obstacle={"code": code, "detail": detail}, tv=ON, subscriptions=PAIR, next_charge=CHARGE)


@dataclass(frozen=True)
class Sample:
    """One state of a page. `says` is what the billing answers; `form` is sent, else it is read."""

    path: str
    says: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, object] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    entry: str = "password"
    status: int = 200


def no(code: str, status: int = 409, **facts: object) -> tuple[int, dict[str, Any]]:
    return status, NO | {"code": code, "status": status, "facts": facts}


def of(path: str, *answers: Mapping[str, Any], **more: Any) -> list[Sample]:
    """A page for each of several worlds; each also with an operator who tells how to reach him."""
    return [Sample(path, world, options=options, **more) for world in answers or ({},) for options in ({}, SUPPORT)]


def sent(path: str, *samples: Sample) -> list[Sample]:
    return [Sample(path, each.says, each.form or {}, each.options, each.entry, each.status) for each in samples]


def posted(says: Mapping[str, Any] | None = None, *, status: int = 200, **form: object) -> Sample:
    return Sample("", says or {}, form, status=status)


OBSTACLES = ("frozen", "down", "no_mobile", "bad_mobile", "no_email", "something_new")
MES = [
    {"GET me": me(), "GET news": NEWS},
    {"GET me": WATCHING},
    {"GET me": me(wallet={"balance": uah(-5), "held": uah(20), "available": uah(0)}, tv=ON, next_charge=SHORT)},
    {"GET me": me(tv=ON, subscriptions=PAIR, next_charge=DUE)},
    {"GET me": me(tv=COMING, subscriptions=[subscription(state="pending"), REFUSED])},
    {"GET me": me(tv=COMING, subscriptions=[*PAIR, subscription(MAX, state="pending", is_next=True)])},
    {"GET me": ASLEEP},
    {"GET me": AWAKENING},
    {"GET me": AWAKENING | {"price_of_resuming": uah(0)}},
    {"GET me": ASLEEP | {"autoresume": {"offered": True, "on": True}}},
    {"GET me": WATCHING | {"autoresume": {"offered": True, "on": False}}},
    *[{"GET me": obstacle(code)} for code in OBSTACLES],
]
GONE = {"GET me": no("subject_rejected", 401)}
ORDERS = ("subscribe", "add", "change", "leave", "resume")
PREVIEWS = [
    *[preview(order) for order in ORDERS],
    *[preview(order, tariff=None, charge=uah(0), next_charge=SHORT) for order in ("change", "resume", "leave")],
    preview("subscribe", charge=uah(0), next_charge=None),
    preview("change", devices_stay=False, ends=[]),
    preview("leave", ends=["Start", "Sport"], next_charge=None),
    preview("leave", tariff={"id": SPORT, "name": "Sport", "main": False}, ends=["Sport"]),
    preview("leave", tariff={"id": SPORT, "name": "Sport", "main": False}, next_charge=None),
    *[preview("subscribe", **refusal(code)) for code in (*OBSTACLES, "not_enough_money", "already_has_main")],
    *[preview("change", **refusal(code)) for code in ("resume_first", "not_subscribed", "other")],
]
TAKEN = ("me/subscriptions", "me/addons", "me/change", "me/leave", "me/resume")


def placed() -> list[Sample]:
    """Every order, carried out, under way, refused, without an answer."""
    found = []
    for order, path in zip(ORDERS, TAKEN, strict=True):
        url, form = f"/tv/{order}", {"key": KEY, "tariff": START}
        for answer in (WATCHING, me(tv=COMING, subscriptions=[subscription(state="pending", code=None)]), me()):
            found.append(Sample(url, {f"POST {path}": answer}, form))
        for status, answer in ((200, no("wrong_state")), (409, no("busy")), (503, (DARK, {}))):
            found.append(Sample(url, {f"POST {path}": answer}, form, status=status))
    found.append(
        Sample("/tv/change", {"POST me/change": me(tv=COMING, subscriptions=HAD_NEXT)}, {"key": KEY, "tariff": MAX})
    )
    return found


HAD_NEXT = [*PAIR, subscription(MAX, state="pending", is_next=True)]
SAMPLES: dict[tuple[str, str], list[Sample]] = {
    ("GET", "/"): [
        *[sample for world in MES for sample in of("/", world)],
        Sample("/", GONE),
        Sample("/", {"GET me": (DARK, {})}, status=503),
        Sample("/", {"GET me": no("module_disabled", 503)}, status=503),
        Sample("/", {"GET me": no("something_new", 409)}, status=409),
        Sample("/", {"GET me": WATCHING}, entry="visit"),
        Sample("/no-such-page", status=404),
    ],
    ("GET", "/status"): [Sample("/status", world) for world in MES[:5]],
    ("GET", "/tv"): [
        *[sample for world in MES for sample in of("/tv", world | {"GET tariffs": {"tariffs": DESCRIBED}})],
        *of("/tv", {"GET tariffs": {"tariffs": []}}),
    ],
    ("GET", "/tv/<any(subscribe, add, change, leave, resume):order>"): [
        sample
        for each in PREVIEWS
        for sample in of(f"/tv/{each['order']}?tariff=1", {"GET me/preview": each, "GET me": WATCHING})
    ],
    ("POST", "/tv/<any(subscribe, add, change, leave, resume):order>"): placed(),
    ("POST", "/tv/autoresume"): sent(
        "/tv/autoresume", *[posted({"POST me/autoresume": WATCHING}, wanted=wanted) for wanted in (0, 1)]
    ),
    ("GET", "/devices"): [
        *[sample for world in MES for sample in of("/devices", world | {"GET me/devices": DEVICES})],
        *of("/devices", {"GET me": WATCHING, "GET me/devices": {"devices": [], "limit": 0}}),
        *of("/devices", {"GET me": OWN, "GET me/devices": ONE_DEVICE}),
        *of("/devices", {"GET me": OWN, "GET me/devices": DEVICES}),
        *of("/devices", {"GET me": OWN, "GET me/devices": no("partner_unreachable", 503)}),
        *of("/devices", {"GET me": OWN | {"tv": OFF}, "GET me/devices": DEVICES}),
        *of("/devices", {"GET me": WATCHING | {"phone": ""}, "GET me/devices": DEVICES}),
        *of("/devices", {"GET me": me(tv=ON, subscriptions=[subscription(code=None)]), "GET me/devices": DEVICES}),
        *of("/devices", {"GET me": me(tv=OFF, subscriptions=[subscription(code=None)]), "GET me/devices": DEVICES}),
        *of("/devices", {"GET me": TWO_CODES, "GET me/devices": DEVICES}),
    ],
    ("POST", "/devices/add"): sent(
        "/devices/add",
        posted({"GET me": OWN, "GET me/devices": DEVICES, "POST me/devices": DEVICES}, key=KEY, mac="1"),
        posted(
            {"GET me": OWN, "GET me/devices": DEVICES, "POST me/devices": no("invalid_mac", 422, field="mac")},
            status=422,
            key=KEY,
            mac="1",
        ),
        posted(
            {"GET me": OWN, "GET me/devices": DEVICES, "POST me/devices": no("partner_unreachable", 503)},
            status=503,
            key=KEY,
            serial_number="1",
        ),
        posted(status=400, key="?"),
    ),
    ("GET", "/devices/remove"): [
        *of("/devices/remove?mac=00:11:22:33:44:55&serial_number=123456", {"GET me/devices": DEVICES}),
        *of("/devices/remove?mac=00:11:22:33:44:55&serial_number=123456", {"GET me/devices": DEVICES | {"limit": 0}}),
        *of("/devices/remove?mac=1", {"GET me/devices": DEVICES}, status=404),
    ],
    ("POST", "/devices/remove"): sent(
        "/devices/remove",
        posted({"GET me": OWN, "GET me/devices": DEVICES, "POST me/devices/remove": DEVICES}, key=KEY, mac="1"),
        posted({"POST me/devices/remove": no("not_found", 404)}, status=404, key=KEY, mac="1"),
    ),
    ("GET", "/devices/help/<kind>"): [
        sample for kind in HOWTOS for sample in of(f"/devices/help/{kind}", {"GET me": WATCHING}, {"GET me": me()})
    ],
    ("GET", "/history"): [
        *of("/history", {"GET me/statement": STATEMENT}, {"GET me/statement": EMPTY}),
        *of("/history?month=2026-11", {"GET me/statement": STATEMENT}, {"GET me/statement": EMPTY}),
        *of("/history?older_than=9", {"GET me/statement": STATEMENT | {"next": 4}}),
        Sample("/history?month=never", status=404),
    ],
    ("GET", "/history.csv"): [
        Sample("/history.csv", {"GET me/statement": STATEMENT}),
        Sample("/history.csv?month=never", status=404),
    ],
    ("GET", "/history/subscriptions"): [
        *of("/history/subscriptions", {"GET me/subscriptions": {"subscriptions": HAD, "next": 7}}),
        *of("/history/subscriptions?older_than=7", {"GET me/subscriptions": {"subscriptions": [], "next": None}}),
    ],
    ("GET", "/account"): [
        *[
            sample
            for each in (ACCOUNT, SECURED, AT_HOME, BUSY_ACCOUNT)
            for sample in of("/account", {"GET me/account": each})
        ],
        Sample("/account", {"GET me/account": AT_HOME}, entry="visit"),
    ],
    ("POST", "/account/password"): sent(
        "/account/password",
        posted({"POST me/account/password": {}}, old="1", new="2", again="2"),
        posted({"POST me/account/password": no("wrong_password", 422, field="old")}, status=422, new="2", again="2"),
        posted({"POST me/account/password": no("invalid_input", 422, field="new")}, status=422, new="2", again="2"),
        posted(status=422, new="2", again="3"),
    ),
    ("GET", "/account/second-factor"): [
        *of("/account/second-factor", {"GET me/account": ACCOUNT}, {"GET me/account": SECURED}),
        Sample("/account/second-factor", {"GET me/account": SECURED | {"codes_left": 1}}),
        Sample("/account/second-factor", {"GET me/account": SECURED}, entry="visit"),
    ],
    ("POST", "/account/second-factor"): sent(
        "/account/second-factor",
        posted({"POST me/account/second-factor": MADE}, password="1"),
        posted({"POST me/account/second-factor": no("wrong_password", 422)}, status=422, password="1"),
    ),
    ("POST", "/account/second-factor/confirm"): sent(
        "/account/second-factor/confirm",
        posted({"POST me/account/second-factor/confirm": CODES}, code="1"),
        posted({"POST me/account/second-factor/confirm": no("wrong_code", 422)}, status=422, code="1", **MADE),
    ),
    ("POST", "/account/second-factor/codes"): sent(
        "/account/second-factor/codes",
        posted({"POST me/account/second-factor/codes": CODES, "GET me/account": SECURED}, password="1"),
        posted(
            {"POST me/account/second-factor/codes": no("wrong_password", 422), "GET me/account": SECURED},
            status=422,
            password="1",
        ),
    ),
    ("POST", "/account/second-factor/disable"): sent(
        "/account/second-factor/disable",
        posted({"POST me/account/second-factor/disable": {}}, password="1"),
        posted(
            {"POST me/account/second-factor/disable": no("wrong_password", 422), "GET me/account": SECURED},
            status=422,
            password="1",
        ),
    ),
    ("POST", "/account/address"): sent(
        "/account/address",
        *[posted({"POST me/account/address": {}, "GET me/account": AT_HOME}, wanted=wanted) for wanted in (0, 1)],
    ),
    ("POST", "/account/sessions/end"): sent(
        "/account/sessions/end",
        posted({"POST me/account/sessions/end": {}}),
        posted({"POST me/account/sessions/end": {}}, id=8),
    ),
    ("GET", "/sign-in"): [
        Sample("/sign-in", options={"sign_in": how, **more}, entry="")
        for how in ("login", "ip", "both")
        for more in ({}, SUPPORT)
    ],
    ("POST", "/sign-in"): [
        Sample("/sign-in", {"POST sessions": no("wrong_credentials", 401)}, {"login": "‹ivan›"}, entry="", status=401),
        Sample("/sign-in", {"POST sessions": no("too_many_attempts", 429)}, {"login": ""}, entry="", status=429),
        Sample("/sign-in", {"POST sessions": (DARK, {})}, {}, entry="", status=503),
        Sample("/sign-in", {}, {}, {"sign_in": "ip"}, entry="", status=403),
    ],
    ("POST", "/sign-in/address"): [
        Sample("/sign-in/address", {}, {}, entry="", status=403),
        Sample(
            "/sign-in/address", {"POST sessions/address": no("address_unknown", 401)}, {}, {"sign_in": "ip"}, "", 401
        ),
        Sample(
            "/sign-in/address", {"POST sessions/address": no("address_unknown", 401)}, {}, {"sign_in": "both"}, "", 401
        ),
        Sample("/sign-in/address", {"POST sessions/address": no("busy", 409)}, {}, {"sign_in": "both"}, "", 409),
    ],
    ("GET", "/sign-in/code"): [
        Sample("/sign-in/code", entry="code"),
        Sample("/sign-in/code", options=SUPPORT, entry="code"),
    ],
    ("POST", "/sign-in/code"): [
        Sample("/sign-in/code", {"POST sessions/code": no("wrong_code", 401)}, {"code": "1"}, entry="code", status=401),
        Sample("/sign-in/code", {"POST sessions/code": no("subject_rejected", 401)}, {}, entry="code", status=401),
        Sample("/sign-in/code", {"POST sessions/code": no("too_many_attempts", 429)}, {}, entry="code", status=429),
    ],
    ("POST", "/visit"): [Sample("/visit", {"POST sessions/visit": no("ticket_spent", 401)}, {}, entry="", status=401)],
    ("POST", "/sign-out"): sent("/sign-out", posted()),
    ("POST", "/language"): sent("/language", posted(lang="en", next="/")),
    ("GET", "/manifest.webmanifest"): [
        Sample("/manifest.webmanifest", options=options, entry="") for options in ({}, SUPPORT)
    ],
}
SILENT = {
    "/assets/<mark>/<path:name>": "files: pictures, styles, scripts",
    "/brand.css": "colours",
    "/brand/logo": "a picture of the operator's",
    "/icons/<name>.png": "pictures",
    "/healthz": "for machines",
    "/metrics": "for machines",
}
