"""People of a chat: numbers, names, roles, bans."""

import pytest
from sqlalchemy import func, select

from billing.host.base import UnknownLogin
from ppv_module.chat import people
from ppv_module.chat.models import FIRST_VIEWER, Person, Role
from ppv_module.chat.nicknames import NicknameTaken, WrongNickname, clean_name
from ppv_module.chat.people import NumbersUsedUp, ban, person_for, rename, staff_for, unban
from ppv_module.chat.policies import MayNotBan, Policy, set_policy
from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.chat.shows.running import tick
from ppv_module.chat.tenant_checks import WrongWords
from ppv_module.errors import Banned, UnknownPerson, UnknownTenant
from ppv_module.provider.base import Guest
from ppv_module.provider.html5chat.chat import Html5Chat
from tests.ppv.people.support import at_once, in_show, lines
from tests.support import STAFF, Crash, crash_after


@pytest.fixture
def enter(uow, clock):
    def enter(tenant, login, **given):
        return person_for(uow(), tenant_id=tenant.id, login=login, now=clock(), **given)

    return enter


def test_a_subscriber_gets_a_number_and_a_name_that_is_not_his_login(billing, make, chat, enter):
    tenant = chat.tenant()
    make.subscriber("ann")
    make.subscriber("bob")

    ann, bob = enter(tenant, "ann"), enter(tenant, "bob", nickname="Bob K.")

    assert (ann.number, ann.nickname, ann.role) == (FIRST_VIEWER, "user10000", Role.USER)
    assert (bob.number, bob.nickname) == (FIRST_VIEWER + 1, "Bob K.")
    assert enter(tenant, "ann", nickname="Other", role=Role.ADMIN).id == ann.id
    assert chat.again(ann).nickname == "user10000" and chat.again(ann).role is Role.USER


def test_staff_are_moderators_and_administrators_by_their_rights(billing, chat, uow, clock):
    tenant = chat.tenant()

    def of(*rights):
        return staff_for(uow(), tenant_id=tenant.id, login="olena", rights=rights, actor=STAFF, now=clock())

    assert of("PPV").role is Role.MODERATOR
    assert of("PPV", "ADMIN").role is Role.ADMIN
    assert of("PPV").role is Role.MODERATOR
    assert of("PPV").login == "staff:olena" and of("PPV").number >= FIRST_VIEWER
    assert lines(billing) == [
        ("PPV PERSON (staff:olena) SET ROLE [admin]", {"role": "moderator"}, {"role": "admin"}),
        ("PPV PERSON (staff:olena) SET ROLE [moderator]", {"role": "admin"}, {"role": "moderator"}),
    ]


def test_the_longest_login_of_the_staff_fits(billing, chat, uow, clock):
    tenant, login = chat.tenant(), "o" * 64

    for rights in (["PPV"], ["ADMIN"]):
        given = {"login": login, "rights": rights, "actor": STAFF, "now": clock()}
        person = staff_for(uow(), tenant_id=tenant.id, **given)

    assert chat.again(person).login == f"staff:{login}" and len(lines(billing)) == 1


def test_nobody_is_made_of_an_unknown_login_or_in_an_unknown_chat(billing, make, chat, enter, uow, clock):
    with pytest.raises(UnknownLogin):
        enter(chat.tenant(), "nobody")
    with pytest.raises(UnknownTenant):
        person_for(uow(), tenant_id=404, login="nobody", now=clock())

    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_many_at_once_make_one_person(billing, make, chat, enter):
    tenant = chat.tenant()
    make.subscriber("ann")

    found = at_once(lambda _: enter(tenant, "ann").id)

    assert len(set(found)) == 1 and isinstance(found[0], int)


def test_many_people_at_once_get_numbers_of_their_own(billing, make, chat, enter):
    tenant = chat.tenant()
    for number in range(6):
        make.subscriber(f"viewer{number}")

    numbers = at_once(lambda number: enter(tenant, f"viewer{number}").number)

    assert sorted(numbers) == list(range(FIRST_VIEWER, FIRST_VIEWER + 6))


def test_a_crash_leaves_no_person_and_uses_up_no_number(billing, make, chat, enter):
    tenant = chat.tenant()
    make.subscriber("ann")

    with pytest.raises(Crash), crash_after(people, "_usual_name"):
        enter(tenant, "ann")

    assert enter(tenant, "ann").number == FIRST_VIEWER


def test_performers_have_numbers_up_to_9999(chat, uow, clock, make):
    tenant = chat.tenant()
    chat.performer(tenant, number=9998)
    make.subscriber("ann")
    make.subscriber("eve")

    ann = person_for(uow(), tenant_id=tenant.id, login="ann", role=Role.PERFORMER, now=clock())
    with pytest.raises(NumbersUsedUp):
        person_for(uow(), tenant_id=tenant.id, login="eve", role=Role.PERFORMER, now=clock())

    assert ann.number == 9999


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Олена   К. ", "Олена К."),
        ("Дар'я", "Дар’я"),
        ("Дар’я-Марія", "Дар’я-Марія"),
        ("user_1", "user_1"),
        ("Ｗｉｄｅ", "Wide"),
    ],
)
def test_names_are_kept_in_one_way(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    "given", ["", "x", "y" * 33, "<b>", "a\u202eb", "a\u200bb", " . ", "-ann", "a@b", 'a"b', "a\nb;c", "😀😀", "a&b"]
)
def test_names_that_could_deceive_or_break_are_refused(given):
    with pytest.raises(WrongNickname):
        clean_name(given)


@pytest.mark.parametrize("other", ["Olena", "OLENA", "o.l e-n_a", "Оlеnа", "Ｏlena"])
def test_nobody_can_pass_for_somebody_else(make, chat, enter, uow, clock, other):
    tenant = chat.tenant()
    for login in ("ann", "bob"):
        make.subscriber(login)
    enter(tenant, "ann", nickname="Olena")
    bob = enter(tenant, "bob")

    with pytest.raises(NicknameTaken):
        rename(uow(), person_id=bob.id, nickname=other, actor=STAFF, now=clock())

    assert chat.again(bob).nickname == bob.nickname


def test_a_name_of_a_performer_is_taken_in_her_chat_only(make, chat, enter, uow, clock):
    tenant, other = chat.tenant(), chat.tenant()
    chat.performer(tenant, "star")
    make.subscriber("bob")

    with pytest.raises(NicknameTaken):
        enter(tenant, "bob", nickname="star")

    assert enter(other, "bob", nickname="star").nickname == "star"


def test_a_new_name_is_noted_and_the_same_one_is_not(billing, make, chat, enter, uow, clock):
    tenant = chat.tenant()
    make.subscriber("ann")
    ann = enter(tenant, "ann")

    for _ in range(2):
        rename(uow(), person_id=ann.id, nickname="Ann", actor=STAFF, now=clock())

    assert lines(billing) == [("PPV PERSON (ann) RENAME [10000]", {"nickname": "user10000"}, {"nickname": "Ann"})]


def test_of_many_who_want_one_name_at_once_one_gets_it(make, chat, enter, uow, clock):
    tenant = chat.tenant()
    everybody = []
    for number in range(4):
        make.subscriber(f"viewer{number}")
        everybody.append(enter(tenant, f"viewer{number}"))

    def one(number):
        return rename(uow(), person_id=everybody[number].id, nickname="Olena", actor=STAFF, now=clock()).nickname

    found = at_once(one, times=4)

    assert found.count("Olena") == 1
    assert sum(isinstance(each, NicknameTaken) for each in found) == 3


def test_a_taken_usual_name_gets_another_ending(make, chat, enter):
    tenant = chat.tenant()
    for login in ("ann", "bob"):
        make.subscriber(login)

    enter(tenant, "ann", nickname="user10001")

    assert enter(tenant, "bob").nickname == "user10001-1"


def test_people_are_found_by_number_in_their_chat(billing, chat):
    tenant, other = chat.tenant(), chat.tenant()
    ann, eve = chat.viewer(tenant, "ann", number=10007), chat.viewer(other, "eve", number=10007)

    with billing.reading() as session:
        assert people.number(session, tenant.id, 10007).id == ann.id
        assert people.number(session, other.id, 10007).id == eve.id
        with pytest.raises(UnknownPerson):
            people.number(session, tenant.id, 10008)


def shut_out(uow, clock, person, **given):
    return ban(uow(), person_id=person.id, reason="rude", actor=STAFF, now=clock(), **given)


def test_a_ban_ends_the_live_show_and_charges_to_its_last_tick(billing, chat, uow, clock):
    viewer, show = in_show(billing, chat, clock, ShowState.LIVE)[1:]
    clock.advance(seconds=20)
    tick(uow(), show_id=show.id, now=clock())
    clock.advance(seconds=5)

    shut_out(uow, clock, viewer)

    ended = chat.again(show)
    assert (ended.state, ended.end_reason) == (ShowState.ENDED, EndReason.ADMIN_END)
    assert ended.credits_charged == 20 and chat.balance("ann") == 80
    assert chat.again(viewer).banned_at == clock() and chat.again(viewer).ban_reason == "rude"


@pytest.mark.parametrize("state", [ShowState.REQUESTED, ShowState.ACCEPTED])
def test_a_ban_takes_back_requests_too(billing, chat, uow, clock, state):
    viewer, show = in_show(billing, chat, clock, state)[1:]

    shut_out(uow, clock, viewer)

    assert chat.again(show).viewer_slot is None and chat.balance("ann") == 100


def test_a_banned_performer_has_no_show_either(billing, chat, uow, clock):
    performer, _, show = in_show(billing, chat, clock, ShowState.LIVE)

    ban(uow(), person_id=performer.person_id, reason="rude", actor=STAFF, now=clock())

    assert chat.again(show).state is ShowState.ENDED


def test_bans_repeat_end_and_are_noted_once(billing, chat, uow, clock):
    ann = chat.viewer(chat.tenant(), "ann", number=10007)

    for _ in range(2):
        shut_out(uow, clock, ann)
    for _ in range(2):
        unban(uow(), person_id=ann.id, actor=STAFF, now=clock())

    assert chat.again(ann).banned_at is None and chat.again(ann).ban_reason == ""
    told = [text for text, _, _ in lines(billing)]
    assert told == ["PPV PERSON (ann) BAN [10007]: rude", "PPV PERSON (ann) UNBAN [10007]"]


def test_a_crash_in_the_middle_of_a_ban_changes_nothing(billing, chat, uow, clock):
    viewer, show = in_show(billing, chat, clock, ShowState.LIVE)[1:]

    with pytest.raises(Crash), crash_after(people, "locked"):
        shut_out(uow, clock, viewer)

    assert chat.again(show).state is ShowState.LIVE and chat.again(viewer).banned_at is None


def test_who_may_ban_follows_from_the_role(chat, uow, clock):
    tenant = chat.tenant()
    ann = chat.viewer(tenant, "ann")
    for role in (Role.USER, Role.DJ, Role.PERFORMER, Role.CUSTOM1):
        with pytest.raises(MayNotBan):
            shut_out(uow, clock, ann, by_role=role)
    set_policy(uow(), tenant_id=tenant.id, role=Role.MODERATOR, policy=Policy(), actor=STAFF, now=clock())
    with pytest.raises(MayNotBan):
        shut_out(uow, clock, ann, by_role=Role.MODERATOR)
    assert chat.again(ann).banned_at is None

    set_policy(uow(), tenant_id=tenant.id, role=Role.DJ, policy=Policy(may_ban=True), actor=STAFF, now=clock())
    shut_out(uow, clock, ann, by_role=Role.DJ)

    assert chat.again(ann).banned_at
    with pytest.raises(MayNotBan):
        unban(uow(), person_id=ann.id, actor=STAFF, now=clock(), by_role=Role.MODERATOR)


def test_a_ban_needs_a_reason_and_somebody(chat, uow, clock):
    ann = chat.viewer(chat.tenant(), "ann")
    with pytest.raises(WrongWords):
        ban(uow(), person_id=ann.id, reason="  ", actor=STAFF, now=clock())
    with pytest.raises(UnknownPerson):
        ban(uow(), person_id=404, reason="rude", actor=STAFF, now=clock())


def test_no_token_is_made_for_who_is_banned(chat, uow, clock):
    tenant = chat.tenant()
    ann = chat.viewer(tenant, "ann")
    assert Html5Chat().entry(tenant, Guest(person=ann), room=None, now=clock()).url
    shut_out(uow, clock, ann)

    with pytest.raises(Banned):
        Html5Chat().entry(tenant, Guest(person=chat.again(ann)), room=None, now=clock())
