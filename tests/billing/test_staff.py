"""People of the staff: added, edited, shut out; the last administrator stays, and everybody's own rights do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing import profile, staff, staffing
from billing.access import UnknownScope
from billing.actors import Actor
from billing.errors import BillingError, InvalidInput, NotFound
from billing.host.native import PASSWORDS
from billing.profile import SamePassword, WrongPassword
from billing.staff import (
    NOBODYS_HASH,
    RIGHTS,
    LastAdmin,
    LoginTaken,
    LongPassword,
    OwnAccount,
    SetUpAlready,
    ShortPassword,
    WrongLogin,
    matches,
    recognise,
)
from billing.uow import UnitOfWork
from billing.versions import ChangedMeanwhile
from tests.billing.staff import CHEAP, SIGNED, add, administrator, everybody, lines, now_of
from tests.support import NOV_10, STAFF, Crash, crash_after

OTHER = Actor("other", "10.0.0.6")


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch):
    monkeypatch.setattr(staff, "PASSWORDS", CHEAP)


def edit(uow, person, **changes):
    kept = {"name": person.name, "language": person.language, "rights": person.rights, "seen": person.version}
    return staffing.edit_staff(uow(), staff_id=person.id, **{**kept, **SIGNED, **changes})


def test_a_person_has_rights_and_a_hashed_password(billing, uow):
    add(uow, "olena", RIGHTS, "correct horse", language="en", name="  Olena\tKoval ")
    [person] = everybody(billing)
    assert (person.login, person.name, person.language) == ("olena", "Olena Koval", "en")
    assert (person.rights, person.created_at) == (list(RIGHTS), NOV_10)
    assert "correct horse" not in person.password_hash
    assert person.has_password("correct horse")
    assert not person.has_password("Correct horse")
    assert lines(billing) == ["OLLTV CREATE STAFF [olena] OLLTV,PPV,MONEY,ADMIN"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"login": "taken"}, LoginTaken),
        ({"login": ""}, WrongLogin),
        ({"login": "console:root"}, WrongLogin),
        ({"login": "олена"}, WrongLogin),
        ({"login": "a" * 65}, WrongLogin),
        ({"password": "seven77"}, ShortPassword),
        ({"password": "x" * 257}, LongPassword),
        ({"rights": ["ROOT"]}, UnknownScope),
        ({"rights": ["admin"]}, UnknownScope),
        ({"language": "de"}, UnknownScope),
        ({"name": "n" * 129}, InvalidInput),
        ({"name": "turned\u202eround"}, InvalidInput),
    ],
)
def test_a_person_who_cannot_be_added_changes_nothing(billing, uow, wrong, error):
    add(uow, "taken")
    with pytest.raises(error):
        add(uow, **{"login": "taras", **wrong})
    assert [person.login for person in everybody(billing)] == ["taken"]
    assert len(lines(billing)) == 1


def outcome(call):
    try:
        call()
    except BillingError as refusal:
        return type(refusal)
    return "done"


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(outcome, calls))


def test_of_two_who_add_one_login_at_once_one_is_told(billing, uow):
    outcomes = at_once(*[lambda: add(uow, "taras")] * 4)
    assert sorted(map(str, outcomes)) == sorted(map(str, ["done", *[LoginTaken] * 3]))
    assert len(everybody(billing)) == 1


def test_a_crash_adds_nobody(billing, uow):
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        add(uow, "survives")
    with pytest.raises(Crash), crash_after(staff.Staff, "take_password"):
        add(uow, "taras")
    assert [person.login for person in everybody(billing)] == ["survives"]


def first(uow, login):
    return staffing.set_up(
        uow(), login=login, name="", password="long enough", language="uk", actor=Actor(login), now=NOV_10
    )


def test_the_first_person_has_all_rights_and_there_is_only_one_first(billing, uow):
    assert first(uow, "olena").rights == list(RIGHTS)
    with pytest.raises(SetUpAlready):
        first(uow, "taras")
    assert [person.login for person in everybody(billing)] == ["olena"]


def test_of_several_who_set_up_at_once_one_wins(billing, uow):
    outcomes = at_once(*[lambda number=number: first(uow, f"admin{number}") for number in range(4)])
    assert outcomes.count("done") == 1
    assert outcomes.count(SetUpAlready) == 3
    assert len(everybody(billing)) == 1


def test_an_edit_tells_before_and_after_and_ends_sessions_only_with_the_rights(billing, uow):
    person = add(uow, "taras", ["OLLTV"])
    named = edit(uow, person, name="Taras", language="ru")
    assert (named.name, named.language, named.session_epoch) == ("Taras", "ru", person.session_epoch)
    entitled = edit(uow, named, rights=["MONEY", "OLLTV"])
    assert (entitled.rights, entitled.session_epoch) == (["OLLTV", "MONEY"], person.session_epoch + 1)
    edit(uow, entitled)
    assert lines(billing)[1:] == ["OLLTV EDIT STAFF [taras]"] * 2


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(billing, uow):
    person = add(uow, "taras")
    edit(uow, person, name="First")
    with pytest.raises(ChangedMeanwhile):
        edit(uow, person, name="Second", seen=person.version - 1)
    assert now_of(billing, person).name == "First"


def test_of_editors_at_once_one_succeeds(billing, uow):
    person = add(uow, "taras")
    outcomes = at_once(*[lambda name=name: edit(uow, person, name=name) for name in ("A", "B", "C")])
    assert outcomes.count(ChangedMeanwhile) == 2
    assert now_of(billing, person).version == person.version + 1


def test_nobody_changes_his_own_rights_or_shuts_himself_out(billing, uow):
    mine, _ = administrator(uow, "olena"), administrator(uow, "other")
    for rights in (["OLLTV"], []):
        with pytest.raises(OwnAccount):
            edit(uow, mine, rights=rights)
        with pytest.raises(OwnAccount):
            staffing.set_rights(uow(), staff_id=mine.id, rights=rights, **SIGNED)
    with pytest.raises(OwnAccount):
        staffing.disable_staff(uow(), staff_id=mine.id, **SIGNED)
    assert edit(uow, mine, name="Olena").name == "Olena"
    assert (now_of(billing, mine).rights, now_of(billing, mine).disabled_at) == (list(RIGHTS), None)


def test_the_last_administrator_stays(billing, uow):
    boss, former = administrator(uow, "boss"), administrator(uow, "former")
    staffing.disable_staff(uow(), staff_id=former.id, **SIGNED)
    for attempt in (
        lambda: staffing.disable_staff(uow(), staff_id=boss.id, **SIGNED),
        lambda: staffing.set_rights(uow(), staff_id=boss.id, rights=["OLLTV"], **SIGNED),
        lambda: edit(uow, boss, rights=[]),
    ):
        with pytest.raises(LastAdmin):
            attempt()
    assert (now_of(billing, boss).rights, now_of(billing, boss).disabled_at) == (list(RIGHTS), None)


def test_two_administrators_who_dismiss_each_other_at_once_leave_one(billing, uow):
    one, two = administrator(uow, "one"), administrator(uow, "two")
    outcomes = at_once(
        lambda: staffing.disable_staff(uow(), staff_id=two.id, actor=Actor("one"), now=NOV_10),
        lambda: staffing.set_rights(uow(), staff_id=one.id, rights=["OLLTV"], actor=Actor("two"), now=NOV_10),
    )
    assert sorted(map(str, outcomes)) == sorted(map(str, ["done", LastAdmin]))
    assert sum("ADMIN" in each.rights and not each.disabled_at for each in everybody(billing)) == 1


def test_who_is_disabled_is_not_recognised_until_he_is_enabled(billing, uow):
    person, later = add(uow, "taras"), NOV_10 + timedelta(days=1)
    for now in (NOV_10, later):
        staffing.disable_staff(uow(), staff_id=person.id, actor=OTHER, now=now)
    shut_out = now_of(billing, person)
    assert (shut_out.disabled_at, shut_out.session_epoch) == (NOV_10, person.session_epoch + 1)
    with billing.reading() as session:
        assert recognise(session, "taras") is None
    for _ in range(2):
        staffing.enable_staff(uow(), staff_id=person.id, actor=OTHER, now=later)
    with billing.reading() as session:
        assert recognise(session, "taras").id == person.id
    assert lines(billing)[1:] == ["OLLTV DISABLE STAFF [taras]", "OLLTV ENABLE STAFF [taras]"]


def test_a_reset_password_is_temporary_and_ends_all_sessions(billing, uow):
    person = add(uow, "taras")
    staffing.reset_password(uow(), staff_id=person.id, password="quite another", **SIGNED)
    after = now_of(billing, person)
    assert after.must_change_password
    assert (after.has_password("quite another"), after.has_password("long enough")) == (True, False)
    assert after.session_epoch == person.session_epoch + 1
    assert "quite another" not in " ".join(lines(billing))


def test_a_new_password_of_ones_own_wants_the_present_one(billing, uow):
    person = add(uow, "taras", temporary=True)
    for present, new, error in [
        ("wrong", "another one", WrongPassword),
        ("long enough", "long enough", SamePassword),
        ("long enough", "short", ShortPassword),
    ]:
        with pytest.raises(error):
            profile.change_own_password(uow(), staff_id=person.id, present=present, new=new, **SIGNED)
    assert now_of(billing, person).must_change_password
    profile.change_own_password(uow(), staff_id=person.id, present="long enough", new="another one", **SIGNED)
    after = now_of(billing, person)
    assert (after.must_change_password, after.has_password("another one")) == (False, True)
    assert after.session_epoch == person.session_epoch + 1


def test_language_and_theme_are_ones_own(billing, uow):
    person = add(uow, "taras")
    profile.set_language(uow(), staff_id=person.id, language="ru", **SIGNED)
    profile.set_theme(uow(), staff_id=person.id, theme="dark", **SIGNED)
    after = now_of(billing, person)
    assert (after.language, after.theme, after.session_epoch) == ("ru", "dark", person.session_epoch)
    with pytest.raises(UnknownScope):
        profile.set_theme(uow(), staff_id=person.id, theme="pink", **SIGNED)
    with pytest.raises(UnknownScope):
        profile.set_language(uow(), staff_id=person.id, language="de", **SIGNED)


def test_signing_out_everywhere_raises_the_epoch(billing, uow):
    person = add(uow, "taras")
    staffing.sign_out_everywhere(uow(), staff_id=person.id, **SIGNED)
    assert now_of(billing, person).session_epoch == person.session_epoch + 1
    assert lines(billing)[-1] == "OLLTV SIGN OUT STAFF [taras] EVERYWHERE"


def test_a_sign_in_is_written_down_with_its_address(billing, uow):
    person = add(uow, "taras")
    profile.note_sign_in(uow(), staff_id=person.id, actor=Actor("taras", "10.0.0.9"), now=NOV_10)
    assert now_of(billing, person).last_sign_in_at == NOV_10
    assert lines(billing)[-1] == "OLLTV SIGN IN STAFF [taras]"


def test_an_unknown_login_costs_as_much_as_a_known_one(monkeypatch, billing, uow):
    person, verified = add(uow, "taras"), []

    class Spy:
        def verify(self, stored, password):
            verified.append(stored)
            return CHEAP.verify(stored, password) if stored != NOBODYS_HASH else False

    monkeypatch.setattr(staff, "PASSWORDS", Spy())
    assert matches(person, "long enough")
    assert not matches(None, "long enough")
    assert [stored == NOBODYS_HASH for stored in verified] == [False, True]
    assert not PASSWORDS.check_needs_rehash(NOBODYS_HASH), "nobody's hash is no longer made like the others"


@pytest.mark.parametrize(
    "use_case", [staffing.disable_staff, staffing.enable_staff, staffing.sign_out_everywhere, profile.note_sign_in]
)
def test_nothing_can_be_done_about_somebody_who_does_not_exist(uow, use_case):
    with pytest.raises(NotFound):
        use_case(uow(), staff_id=999, actor=STAFF, now=NOV_10)
