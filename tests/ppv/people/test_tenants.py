"""Tenants: every value is looked at, secrets are kept out of sight, and what was counted stays."""

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from billing.errors import InvalidInput
from billing.events import Event, EventLog
from billing.versions import ChangedMeanwhile
from ppv_module.chat import tenants
from ppv_module.chat.models import HookMode, Mode, Rounding, Rules, Tenant
from ppv_module.chat.tenant_checks import NoHttps, OutOfRange, StartBelowCharge, WeakPassword
from ppv_module.chat.tenants import (
    CurrencyFixed,
    TenantForm,
    TenantTaken,
    WebmasterFixed,
    change_tenant,
    create_tenant,
    fresh_password,
    renew_hook_token,
)
from ppv_module.credits.models import Order
from ppv_module.errors import UnknownTenant
from tests.support import STAFF, Crash, crash_after

PASSWORD = "Zx8-q0PmWvT4LrB7yNcK2dJhE9sUaGfX_"
FORM = TenantForm(name="Evening", webmaster_id=77, chat_url="https://chat.example", password=PASSWORD)


def create(uow, clock, form=FORM):
    return create_tenant(uow(), form=form, actor=STAFF, now=clock())


def change(uow, clock, tenant, form, **seen):
    return change_tenant(uow(), tenant_id=tenant.id, form=form, actor=STAFF, now=clock(), **seen)


def events(billing):
    with billing.reading() as session:
        return session.scalars(select(Event).where(Event.text.like("PPV %")).order_by(Event.id)).all()


def kept(billing, tenant):
    with billing.reading() as session:
        return session.get_one(Tenant, tenant.id)


def test_a_tenant_is_kept_with_what_differs_from_the_usual(billing, uow, clock):
    rules = Rules(min_start_credits=30, rounding=Rounding.PER_STARTED_MINUTE)

    tenant = kept(billing, create(uow, clock, replace(FORM, rules=rules, mode=Mode.EMBED, hook_mode=HookMode.CAPTURE)))

    assert (tenant.name, tenant.webmaster_id, tenant.mode, tenant.hook_mode) == ("Evening", 77, "embed", "capture")
    assert tenant.rules == rules
    assert tenant.rules_given == {"min_start_credits": 30, "rounding": "per_started_minute"}
    assert len(tenant.hook_token) >= 43  # 32 random octets


def test_the_usual_rules_are_those_of_the_guide(billing, uow, clock):
    rules = kept(billing, create(uow, clock)).rules

    assert (rules.request_ttl_s, rules.ready_ttl_s, rules.tick_interval_s, rules.max_tick_gap_s) == (60, 30, 10, 25)
    assert (rules.tick_timeout_s, rules.resume_window_s, rules.max_show_s, rules.low_warn_s) == (30, 30, 14400, 60)
    assert (rules.min_start_credits, rules.min_charge_credits, rules.tip_max, rules.tip_dedupe_ms) == (
        10,
        0,
        10000,
        1000,
    )
    assert (rules.presence_cache_s, rules.sig_window_s, rules.vendor_tick_interval_s) == (10, 300, 60)
    assert (FORM.value_minor, FORM.value_credits) == (1000, 600)


def test_secrets_are_in_no_event_and_no_text_of_the_form(billing, uow, clock):
    other = fresh_password()
    tenant = create(uow, clock, replace(FORM, rest_token="rest-secret"))
    change(uow, clock, tenant, replace(FORM, password=other, rest_token="rest-secret-2"))
    renew_hook_token(uow(), tenant_id=tenant.id, actor=STAFF, now=clock())

    told = "".join(f"{each.text}{each.before}{each.after}" for each in events(billing)) + repr(FORM)

    for secret in (PASSWORD, other, "rest-secret", tenant.hook_token, kept(billing, tenant).hook_token):
        assert secret not in told
    assert [each.kind for each in events(billing)] == [
        "PPV CREATE TENANT",
        "PPV SAVE TENANT",
        "PPV SAVE TENANT NEW HOOK TOKEN",
    ]
    assert events(billing)[1].before == {"password": "***", "rest_token": "***"}
    assert events(billing)[1].after == {"password": "*** (new)", "rest_token": "*** (new)"}


def test_empty_secrets_leave_those_that_are_kept(billing, uow, clock):
    tenant = create(uow, clock, replace(FORM, rest_token="rest-secret"))

    change(uow, clock, tenant, replace(FORM, password="", rest_token="", name="Morning"))

    assert (kept(billing, tenant).password, kept(billing, tenant).rest_token) == (PASSWORD, "rest-secret")
    assert kept(billing, tenant).name == "Morning"


def test_saving_what_is_there_already_changes_nothing(billing, uow, clock):
    tenant = create(uow, clock)

    change(uow, clock, tenant, FORM, seen=1)

    assert kept(billing, tenant).version == 1
    assert len(events(billing)) == 1


def test_the_second_of_two_editors_is_told(billing, uow, clock):
    tenant = create(uow, clock)
    change(uow, clock, tenant, replace(FORM, name="Morning"), seen=1)

    with pytest.raises(ChangedMeanwhile):
        change(uow, clock, tenant, replace(FORM, name="Night"), seen=1)

    assert kept(billing, tenant).name == "Morning"


@pytest.mark.parametrize(
    "password",
    ["", "short", "x" * 64, "a-password with blanks in it 0123456789", "ї" * 20 + "abcdefghijklmno12345", "k" * 129],
)
def test_a_weak_password_is_refused_and_not_repeated(uow, clock, password):
    with pytest.raises(WeakPassword) as refusal:
        create(uow, clock, replace(FORM, password=password))

    assert password not in str(refusal.value) or not password


def test_a_fresh_password_is_good_enough_and_never_the_same(uow, clock):
    assert fresh_password() != fresh_password()
    assert create(uow, clock, replace(FORM, password=fresh_password())).id


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"min_start_credits": 0}, "min_start_credits"),
        ({"tick_interval_s": 0}, "tick_interval_s"),
        ({"tick_interval_s": 30, "max_tick_gap_s": 25}, "max_tick_gap_s"),
        ({"tick_interval_s": 40, "max_tick_gap_s": 60, "tick_timeout_s": 30}, "tick_timeout_s"),
        ({"grace_s": -1}, "grace_s"),
        ({"tip_max": 10**9}, "tip_max"),
        ({"max_show_s": 90_000}, "max_show_s"),
        ({"presence_cache_s": 15}, "presence_cache_s"),
    ],
)
def test_rules_out_of_their_range_are_refused(uow, clock, rules, field):
    with pytest.raises(OutOfRange) as refusal:
        create(uow, clock, replace(FORM, rules=Rules(**rules)))

    assert refusal.value.facts["field"] == field


def test_a_show_may_not_cost_more_than_one_had_to_have(uow, clock):
    with pytest.raises(StartBelowCharge):
        create(uow, clock, replace(FORM, rules=Rules(min_start_credits=10, min_charge_credits=11)))

    assert create(uow, clock, replace(FORM, rules=Rules(min_start_credits=11, min_charge_credits=11))).id


@pytest.mark.parametrize(
    "address",
    [
        *("http://chat.example", "ftp://chat.example", "chat.example", "https://", "javascript:alert(1)"),
        *("https://user:pw@chat.example", "https://chat.example/?a=1", "https://chat.example/#x", "https://a b"),
        *("https://chat.example; script-src *", "https://chat.example:99999", "https://chat.example/'><script>", ""),
        *("http://127.0.0.1.example", "http://10.0.0.1", "https://[::1", "https://xn--\u0456.example"),
    ],
)
def test_tokens_travel_over_https_only(uow, clock, address):
    with pytest.raises(NoHttps):
        create(uow, clock, replace(FORM, chat_url=address))
    if address:
        with pytest.raises(NoHttps):
            create(uow, clock, replace(FORM, rest_url=address))


@pytest.mark.parametrize(
    ("given", "as_kept"),
    [
        ("https://Chat.Example/", "https://chat.example"),
        ("http://127.0.0.1:8083", "http://127.0.0.1:8083"),
        ("http://localhost:8083/", "http://localhost:8083"),
        ("http://[::1]:8083", "http://[::1]:8083"),
        ("https://chat.example:2083/base/", "https://chat.example:2083/base"),
    ],
)
def test_addresses_are_kept_in_one_way(uow, clock, given, as_kept):
    assert create(uow, clock, replace(FORM, chat_url=given)).chat_url == as_kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"webmaster_id": 0},
        {"webmaster_id": 10**8},
        {"name": " "},
        {"name": "x" * 65},
        {"name": "a\x00b"},
        {"currency": "CRD"},
        {"currency": "грн"},
        {"value_minor": 0},
        {"value_credits": 0},
        {"kind": "wizard"},
        {"kind": "custom"},
        {"kind_titles": {"uk": "x" * 41}},
        {"hook_networks": ["10.0.0.0/8", "no network"]},
        {"field_map": {"user id": "userid"}},
        {"rest_token": "with blank"},
    ],
)
def test_other_values_that_make_no_sense_are_refused(billing, uow, clock, wrong):
    with pytest.raises(InvalidInput):
        create(uow, clock, replace(FORM, **wrong))

    with billing.reading() as session:
        assert tenants.all_tenants(session) == []


def test_name_and_webmaster_id_belong_to_one(uow, clock):
    create(uow, clock)

    with pytest.raises(TenantTaken) as by_name:
        create(uow, clock, replace(FORM, webmaster_id=78))
    with pytest.raises(TenantTaken) as by_number:
        create(uow, clock, replace(FORM, name="Other"))

    assert (by_name.value.facts["field"], by_number.value.facts["field"]) == ("name", "webmaster_id")


def test_of_two_at_once_one_is_made(billing, uow, clock):
    together, outcomes = Barrier(4), []

    def one():
        together.wait()
        try:
            outcomes.append(create(uow, clock).id)
        except TenantTaken:
            outcomes.append(None)

    threads = [Thread(target=one) for _ in range(4)]
    [each.start() for each in threads]
    [each.join() for each in threads]

    assert len(outcomes) == 4 and len([each for each in outcomes if each]) == 1
    with billing.reading() as session:
        assert len(tenants.all_tenants(session)) == 1


def test_a_crash_leaves_no_half_tenant(billing, uow, clock):
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        create(uow, clock)

    with billing.reading() as session:
        assert tenants.all_tenants(session) == []


def test_the_currency_stays_once_something_was_ordered(uow, clock, chat):
    tenant = chat.tenant(name="Evening", webmaster_id=77, password=PASSWORD)
    change(uow, clock, tenant, replace(FORM, currency="EUR"))
    pack = chat.pack(tenant)
    order = {"login": "ann", "credits": 1, "price_minor": 1, "currency": "EUR", "provider": "wallet", "invoice": "i"}
    chat._add(Order(tenant_id=tenant.id, pack_id=pack.id, created_at=clock(), **order))

    with pytest.raises(CurrencyFixed):
        change(uow, clock, tenant, replace(FORM, currency="UAH"))

    change(uow, clock, tenant, replace(FORM, currency="EUR", name="Morning"))


def test_the_webmaster_id_stays_once_there_are_rooms(uow, clock, chat):
    tenant = chat.tenant(name="Evening", webmaster_id=77, password=PASSWORD)
    change(uow, clock, tenant, replace(FORM, webmaster_id=78))
    chat.performer(tenant)

    with pytest.raises(WebmasterFixed):
        change(uow, clock, tenant, replace(FORM, webmaster_id=79))


def test_the_address_of_hooks_can_be_made_anew(billing, uow, clock):
    tenant = create(uow, clock)

    renewed = renew_hook_token(uow(), tenant_id=tenant.id, actor=STAFF, now=clock(), seen=1)

    assert renewed.hook_token != tenant.hook_token and len(renewed.hook_token) >= 43
    with pytest.raises(ChangedMeanwhile):
        renew_hook_token(uow(), tenant_id=tenant.id, actor=STAFF, now=clock(), seen=1)
    assert kept(billing, tenant).hook_token == renewed.hook_token


def test_an_unknown_tenant_is_said_so(billing, uow, clock):
    with pytest.raises(UnknownTenant):
        change_tenant(uow(), tenant_id=404, form=FORM, actor=STAFF, now=clock())
    with billing.reading() as session, pytest.raises(UnknownTenant):
        tenants.get(session, 404)


@pytest.mark.parametrize(
    ("kind", "titles", "expected"),
    [
        ("performer", {}, ("ведучий", "ведущий", "performer")),
        ("teacher", {}, ("викладач", "преподаватель", "teacher")),
        ("lawyer", {}, ("юрист", "юрист", "lawyer")),
        ("adviser", {"uk": "порадник"}, ("порадник", "консультант", "adviser")),
        ("fortune_teller", {}, ("ворожка", "гадалка", "fortune teller")),
        ("custom", {"uk": "кухар", "ru": "повар", "en": "cook"}, ("кухар", "повар", "cook")),
        ("custom", {"uk": "кухар"}, ("кухар", "кухар", "кухар")),
    ],
)
def test_performers_are_called_what_the_tenant_calls_them(billing, uow, clock, kind, titles, expected):
    tenant = kept(billing, create(uow, clock, replace(FORM, kind=kind, kind_titles=titles)))

    assert tuple(tenants.title(tenant, language) for language in ("uk", "ru", "en")) == expected
