"""A process that dies in the middle of a change leaves everything as it was, and the change can be made again."""

from dataclasses import replace

import pytest

from billing.events import EventLog
from ppv_module.chat import keys, people, performers, tenants
from ppv_module.chat.performers import PerformerForm
from ppv_module.chat.support import desk
from ppv_module.chat.tenants import TenantForm
from tests.support import STAFF, Crash, crash_after

PASSWORD = "Zx8-q0PmWvT4LrB7yNcK2dJhE9sUaGfX_"
TENANT = TenantForm(name="Evening", webmaster_id=77, chat_url="https://chat.example", password=PASSWORD)
PERFORMER = PerformerForm(display_name="Star", rate=60, percent_bp=5000)


@pytest.fixture
def rows(chat, uow, clock):
    """A tenant, a performer, a viewer, a banned one, a key that was rotated, and tickets open and closed."""
    signed = {"actor": STAFF, "now": clock()}
    tenant = tenants.create_tenant(uow(), form=TENANT, **signed)
    star, ann, bob = chat.performer(tenant, "star"), chat.viewer(tenant, "ann"), chat.viewer(tenant, "bob")
    people.ban(uow(), person_id=bob.id, reason="rude", **signed)
    key = keys.create_key(uow(), tenant_id=tenant.id, name="gateway", **signed).key
    keys.rotate_key(uow(), tenant_id=tenant.id, key_id=key.key_id, **signed)
    asked, closed = (
        desk.open_ticket(uow(), person_id=ann.id, subject=each, text=each, **signed) for each in ("one", "two")
    )
    desk.close(uow(), ticket_id=closed.id, **signed)
    return {"tenant": tenant, "star": star, "ann": ann, "bob": bob, "key": key, "asked": asked, "closed": closed}


def key_of(rows):
    return {"tenant_id": rows["tenant"].id, "key_id": rows["key"].key_id}


CHANGES = {
    "change_tenant": lambda rows: (
        tenants.change_tenant,
        {"tenant_id": rows["tenant"].id, "form": replace(TENANT, name="Morning")},
    ),
    "renew_hook_token": lambda rows: (tenants.renew_hook_token, {"tenant_id": rows["tenant"].id}),
    "change_performer": lambda rows: (
        performers.change_performer,
        {"person_id": rows["star"].person_id, "form": replace(PERFORMER, rate=90, display_name="Moon")},
    ),
    "set_active": lambda rows: (performers.set_active, {"person_id": rows["star"].person_id, "active": False}),
    "rename": lambda rows: (people.rename, {"person_id": rows["ann"].id, "nickname": "Anna"}),
    "ban": lambda rows: (people.ban, {"person_id": rows["ann"].id, "reason": "rude"}),
    "unban": lambda rows: (people.unban, {"person_id": rows["bob"].id}),
    "rotate_key": lambda rows: (keys.rotate_key, key_of(rows)),
    "drop_older": lambda rows: (keys.drop_older, key_of(rows)),
    "revoke_key": lambda rows: (keys.revoke_key, key_of(rows)),
    "write": lambda rows: (desk.write, {"ticket_id": rows["asked"].id, "text": "Wait"}),
    "close": lambda rows: (desk.close, {"ticket_id": rows["asked"].id}),
    "reopen": lambda rows: (desk.reopen, {"ticket_id": rows["closed"].id}),
}


def state(chat, rows):
    """Every column of every row, as it is now."""
    found = {}
    for name, row in rows.items():
        now = chat.again(row)
        found[name] = {column.key: getattr(now, column.key) for column in type(now).__mapper__.column_attrs}
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_left_of_a_change_that_was_cut_short(chat, uow, clock, rows, change):
    work, wish = CHANGES[change](rows)
    before = state(chat, rows)
    clock.advance(seconds=1)

    with pytest.raises(Crash), crash_after(EventLog, "write"):
        work(uow(), actor=STAFF, now=clock(), **wish)
    assert state(chat, rows) == before

    work(uow(), actor=STAFF, now=clock(), **wish)
    assert state(chat, rows) != before
