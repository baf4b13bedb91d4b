"""Chats in the panel: the list, adding one, its parts, secrets, archiving."""

from html import unescape

import pytest
from sqlalchemy import select

from billing.events import Event
from ppv_module.chat.models import HookMode, Mode, Rounding, Tenant
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.ppv.make import PASSWORD

NEW = {
    "name": "Evening chat",
    "webmaster_id": "77",
    "password": PASSWORD,
    "mode": "external",
    "currency": "uah",
    "chat_url": "https://chat.example/",
}


def part(panel, tenant, name, /, **fields):
    """Post a part of a tenant as its form shows it, with some fields changed."""
    return sent(panel, f"/ppv/tenants/{tenant.id}/{name}", **fields)


# The list


def test_without_a_chat_the_page_says_what_to_do(panel):
    page = panel.page("/ppv/tenants")

    assert "No chat is connected yet." in page
    assert "PPV_ENABLED=1" in page


def test_the_list_tells_of_every_chat(panel, chat):
    evening = chat.tenant(name="Evening", hook_mode=HookMode.CAPTURE)
    chat.performer(evening)
    chat.performer(evening, active=False)
    chat.tenant(name="Archived", active=False, mode=Mode.EMBED)

    page = panel.page("/ppv/tenants")

    assert "Evening 1 external only written down 1 10.00 UAH 600 in use" in page
    assert page.index("Evening") < page.index("Archived 4 embed off 0")


def test_the_list_is_exported(panel, chat):
    chat.tenant(name="=Evening")

    lines = panel.get("/exports/ppv_tenants.csv", columns="name,value").get_data(as_text=True).splitlines()

    assert lines == ['\ufeffName,"Value of credits, UAH"', "'=Evening,10.00"]


# Adding


def test_a_chat_is_added(panel, chat, billing):
    page = panel.page("/ppv/tenants/new")
    assert "holds the MD5 of this password" in page
    assert "at least 32 random characters" in page

    path = panel.done("/ppv/tenants/new", **NEW)

    with billing.reading() as session:
        made = session.scalars(select(Tenant)).one()
    assert path == f"/ppv/tenants/{made.id}"
    assert (made.name, made.webmaster_id, made.password) == ("Evening chat", 77, PASSWORD)
    assert (made.mode, made.currency, made.chat_url) == (Mode.EXTERNAL, "UAH", "https://chat.example")
    assert "PPV CREATE TENANT" in panel.page("/events")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "This field is required."),
        ({"webmaster_id": "x"}, "Not a valid integer value."),
        ({"webmaster_id": "0"}, "Number must be between 1"),
        ({"webmaster_id": "5"}, "Another chat has this already: 5."),
        ({"name": "Taken"}, "Another chat has this already: Taken."),
        ({"password": "short"}, "must have 32 to 128 random characters"),
        ({"password": "a" * 40}, "must have 32 to 128 random characters"),
        ({"mode": "other"}, "Not a valid choice"),
        ({"currency": "CRD"}, "CRD"),
        ({"chat_url": "http://chat.example"}, "begins with https://"),
        ({"chat_url": "javascript:alert(1)"}, "begins with https://"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(panel, chat, billing, wrong, told):
    chat.tenant(name="Taken", webmaster_id=5)

    answer = panel.post("/ppv/tenants/new", **NEW | {"name": "Вечірній"} | wrong)

    assert answer.status_code == 422
    assert told in text(answer)
    page = answer.get_data(as_text=True)
    assert "Вечірній" in page or "name" in wrong
    assert PASSWORD not in page
    with billing.reading() as session:
        assert len(session.scalars(select(Tenant)).all()) == 1


# Its page and its parts


def test_secrets_are_told_as_set_and_never_shown(panel, chat):
    tenant = chat.tenant(rest_token="rest-secret-token")

    for path in ("", "/basics", "/rules", "/words", "/server", "/hooks", "/paypal", "/look", "/health", "/archive"):
        page = panel.get(f"/ppv/tenants/{tenant.id}{path}").get_data(as_text=True)
        for secret in (PASSWORD, "rest-secret-token", tenant.hook_token):
            assert secret not in page, path
    assert "Chat password set" in panel.page(f"/ppv/tenants/{tenant.id}")
    assert "holds the MD5 of this password" in panel.page(f"/ppv/tenants/{tenant.id}/server")


@pytest.mark.parametrize("name", ["basics", "rules", "words", "server", "hooks", "paypal"])
def test_saving_what_is_shown_changes_nothing(panel, chat, name):
    tenant = chat.tenant(
        rules={"tip_max": 50, "rounding": "per_started_minute", "bonus_pays": False},
        kind_titles={"uk": "Радниця"},
        hook_networks=["10.0.0.0/8"],
        field_map={"creds": "credits"},
        rest_url="https://rest.example:2083",
        rest_token="rest-token",
        value_minor=1234,
        token_expires=False,
    )

    answer = part(panel, tenant, name)

    assert answer.status_code == 303, text(answer)
    now = chat.again(tenant)
    columns = [column.key for column in Tenant.__mapper__.columns]
    assert {key: getattr(now, key) for key in columns} == {key: getattr(tenant, key) for key in columns}


def test_each_part_is_saved_alone(panel, chat):
    tenant = chat.tenant()

    assert (
        part(panel, tenant, "basics", name="Night", mode="embed", value="7,50", value_credits="100").status_code == 303
    )
    assert part(panel, tenant, "words", kind="custom", title_uk="Порадниця").status_code == 303
    assert part(panel, tenant, "paypal", paypal_business="shop@isp.example").status_code == 303
    hooks = {"hook_mode": "capture", "hook_json": "y", "hook_networks": "10.0.0.7\r\n10.1.0.0/16"}
    assert part(panel, tenant, "hooks", **hooks, field_map="creds = credits").status_code == 303

    now = chat.again(tenant)
    assert (now.name, now.mode, now.value_minor, now.value_credits) == ("Night", Mode.EMBED, 750, 100)
    assert (now.kind, now.kind_titles) == ("custom", {"uk": "Порадниця"})
    assert now.paypal_business == "shop@isp.example"
    assert (now.hook_mode, now.hook_json, now.field_map) == (HookMode.CAPTURE, True, {"creds": "credits"})
    assert now.hook_networks == ["10.0.0.7/32", "10.1.0.0/16"]
    assert now.password == PASSWORD
    page = panel.page(f"/ppv/tenants/{tenant.id}")
    assert "The chat’s own server sells and counts here." in page
    assert "shop@isp.example" in page


def test_the_rules_show_what_is_usual_and_keep_what_differs(panel, chat):
    tenant = chat.tenant()
    page = panel.page(f"/ppv/tenants/{tenant.id}/rules")
    assert "Usual: 60. From 10 to 600." in page

    answer = part(panel, tenant, "rules", tip_max="500", grace_s="5", rounding="per_started_minute")

    assert answer.status_code == 303, text(answer)
    now = chat.again(tenant)
    assert now.rules_given == {"tip_max": 500, "grace_s": 5, "rounding": "per_started_minute"}
    assert now.rules.rounding is Rounding.PER_STARTED_MINUTE
    assert part(panel, tenant, "rules", tip_max="").status_code == 303
    assert "tip_max" not in chat.again(tenant).rules_given


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        ("rules", {"request_ttl_s": "5"}, "Write a whole number from 10 to 600."),
        ("rules", {"tip_max": "lots"}, "Not a valid integer value."),
        ("rules", {"min_charge_credits": "50"}, "cannot be below the least charge"),
        ("basics", {"value": "0"}, "1"),
        ("basics", {"value": "-5"}, "Write an amount like 49,90."),
        ("basics", {"value_credits": "0"}, "Number must be between 1"),
        ("words", {"kind": "custom", "title_uk": ""}, "Write the title in one language at least."),
        ("words", {"title_uk": "x" * 41}, "Too long: at most 40 characters."),
        ("server", {"password": "weak"}, "32 to 128 random characters"),
        ("server", {"rest_url": "ftp://x"}, "begins with https://"),
        ("hooks", {"hook_networks": "nonsense"}, "nonsense"),
        ("hooks", {"field_map": "creds"}, "Write one pair a line"),
        ("hooks", {"hook_mode": "maybe"}, "Not a valid choice"),
    ],
)
def test_a_part_with_a_mistake_is_shown_again(panel, chat, name, wrong, told):
    tenant = chat.tenant(value_minor=1000)

    answer = part(panel, tenant, name, **wrong)

    assert answer.status_code == 422
    assert told in text(answer)
    field, value = next(iter(wrong.items()))
    assert value in unescape(answer.get_data(as_text=True)) or field in ("password", "hook_mode")
    assert chat.again(tenant).version == tenant.version


def test_two_people_at_one_chat(panel, chat):
    tenant = chat.tenant(name="First")
    seen = shown(panel, f"/ppv/tenants/{tenant.id}/basics")
    assert part(panel, tenant, "paypal", paypal_business="a@isp.example").status_code == 303

    answer = panel.post(f"/ppv/tenants/{tenant.id}/basics", **seen | {"name": "Second"})

    assert answer.status_code == 422
    assert "Somebody else has changed this in the meantime." in text(answer)
    assert "Second" in answer.get_data(as_text=True)
    assert chat.again(tenant).name == "First"


def test_another_password_and_token_are_kept_and_not_written_down(panel, chat, billing):
    tenant = chat.tenant()
    password, token = "another-password-of-more-than-32-chars", "another-rest-token"

    assert part(panel, tenant, "server", password=password, rest_token=token).status_code == 303

    now = chat.again(tenant)
    assert (now.password, now.rest_token) == (password, token)
    with billing.reading() as session:
        told = str([(each.text, each.before, each.after) for each in session.scalars(select(Event))])
    assert password not in told
    assert token not in told
    assert "SAVE TENANT" in told


def test_texts_stay_texts(panel, chat):
    evil = "<script>alert(1)</script>"
    tenant = chat.tenant(name=evil, kind="custom", kind_titles={"en": evil}, paypal_business=evil)

    for path in ("", "/basics", "/words", "/paypal", "/archive", "/look", "/policies", "/keys", "/room", "/health"):
        page = panel.get(f"/ppv/tenants/{tenant.id}{path}").get_data(as_text=True)
        assert evil not in page, path
        assert evil in unescape(page), path
    assert evil not in panel.get("/ppv/tenants").get_data(as_text=True)


# The address of the hooks


def test_the_address_of_the_hooks_is_shown_once_when_asked_for(panel, chat, capsys):
    tenant = chat.tenant()
    path = f"/ppv/tenants/{tenant.id}/hook-address"
    assert panel.get(path).location == f"/ppv/tenants/{tenant.id}"

    assert panel.done(path) == path

    assert f"/ppv/hooks/{tenant.hook_token}" in panel.page(path)
    assert panel.get(path).location == f"/ppv/tenants/{tenant.id}"
    said = capsys.readouterr()
    assert tenant.hook_token not in said.out + said.err


def test_an_address_that_was_asked_for_is_not_shown_at_another_chat(panel, chat):
    first, second = chat.tenant(), chat.tenant()
    panel.done(f"/ppv/tenants/{first.id}/hook-address")

    assert panel.get(f"/ppv/tenants/{second.id}/hook-address").status_code == 303


def test_another_address_of_the_hooks(panel, chat):
    tenant = chat.tenant()
    path = f"/ppv/tenants/{tenant.id}/hook-token"
    assert "answers nobody any more" in panel.page(path)
    seen = panel.hidden(path, "seen")

    shown_at = panel.done(path, seen=seen)

    token = chat.again(tenant).hook_token
    assert token != tenant.hook_token
    assert token in panel.page(shown_at)
    assert panel.post(path, seen=seen).status_code == 409
    assert chat.again(tenant).hook_token == token


# Archiving


def test_a_chat_is_archived_and_used_again(panel, chat):
    tenant = chat.tenant()
    chat.performer(tenant)
    path = f"/ppv/tenants/{tenant.id}/archive"
    assert "1 performer is on no wall any more." in panel.page(path)
    seen = panel.hidden(path, "seen")

    panel.done(path, seen=seen)

    assert not chat.again(tenant).active
    assert "This chat is archived" in panel.page(f"/ppv/tenants/{tenant.id}")
    assert panel.post(f"/ppv/tenants/{tenant.id}/unarchive", seen=seen).status_code == 409
    panel.done(f"/ppv/tenants/{tenant.id}/unarchive", seen=panel.hidden(f"/ppv/tenants/{tenant.id}", "seen"))
    assert chat.again(tenant).active
