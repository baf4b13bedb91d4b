"""What people of a role may do, and who has decided it."""

import pytest

from billing.events import EventLog
from ppv_module.chat.models import Role
from ppv_module.chat.policies import USUAL, NoLiveTyping, Policy, live_typing_used, policies, set_policy
from ppv_module.errors import UnknownTenant
from tests.ppv.people.support import at_once, lines
from tests.support import STAFF, Crash, crash_after


@pytest.fixture
def decide(uow, clock):
    def decide(tenant, role, **policy):
        return set_policy(uow(), tenant_id=tenant.id, role=role, policy=Policy(**policy), actor=STAFF, now=clock())

    return decide


def known(billing, tenant):
    with billing.reading() as session:
        return policies(session, tenant.id)


def typing(billing, tenant):
    with billing.reading() as session:
        return live_typing_used(session, tenant.id)


def test_nobody_sees_what_others_type_unless_it_was_decided(billing, chat):
    tenant = chat.tenant()

    assert list(known(billing, tenant)) == list(Role)
    assert not any(each.live_typing for each in known(billing, tenant).values())
    assert {role for role, each in known(billing, tenant).items() if each.may_ban} == set(USUAL)
    assert not typing(billing, tenant)


@pytest.mark.parametrize("role", [each for each in Role if each not in (Role.USER, Role.GUEST)])
def test_live_typing_is_for_any_other_role(billing, chat, decide, role):
    tenant = chat.tenant()

    decide(tenant, role, live_typing=True)

    assert known(billing, tenant)[role] == Policy(live_typing=True) and typing(billing, tenant)


@pytest.mark.parametrize("role", [Role.USER, Role.GUEST])
def test_live_typing_is_never_for_viewers_and_guests(billing, chat, decide, role):
    tenant = chat.tenant()

    with pytest.raises(NoLiveTyping):
        decide(tenant, role, live_typing=True, may_kick=True)

    assert known(billing, tenant)[role] == Policy() and not typing(billing, tenant)
    decide(tenant, role, may_kick=True)
    assert known(billing, tenant)[role].may_kick


def test_each_decision_is_noted_once(billing, chat, decide):
    tenant = chat.tenant()

    for _ in range(2):
        decide(tenant, Role.ADMIN, may_kick=True, may_ban=True, live_typing=True)
    decide(tenant, Role.ADMIN, may_kick=True)

    assert lines(billing) == [
        (f"PPV TENANT [{tenant.id}] SET POLICY [admin]", {"live_typing": False}, {"live_typing": True}),
        (
            f"PPV TENANT [{tenant.id}] SET POLICY [admin]",
            {"may_ban": True, "live_typing": True},
            {"may_ban": False, "live_typing": False},
        ),
    ]


def test_policies_of_two_chats_are_apart(billing, chat, decide):
    tenant, other = chat.tenant(), chat.tenant()

    decide(tenant, Role.MODERATOR, live_typing=True)

    assert not typing(billing, other) and known(billing, other)[Role.MODERATOR].may_ban


def test_an_unknown_chat_and_a_crash_leave_nothing(billing, chat, decide):
    tenant = chat.tenant()
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        decide(tenant, Role.DJ, may_kick=True)
    assert known(billing, tenant)[Role.DJ] == Policy()

    tenant.id = 404
    with pytest.raises(UnknownTenant):
        decide(tenant, Role.DJ, may_kick=True)


def test_two_who_decide_at_once_do_not_fail(billing, chat, decide):
    tenant = chat.tenant()

    found = at_once(lambda _: decide(tenant, Role.DJ, may_kick=True), times=4)

    assert found == [Policy(may_kick=True)] * 4
    assert len(lines(billing)) == 1
