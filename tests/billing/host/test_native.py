"""The suite's own subscribers: who they are, what their wallet may owe, and who is gone."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from billing.errors import InvalidInput, KeyReused, NotEnoughMoney
from billing.host.base import UnknownLogin, WrongIp
from billing.host.native import NativeHost, NativeSubscriber
from billing.versions import ChangedMeanwhile
from tests.billing.books import at_once, transfer, transfers, wallet_now
from tests.support import NOV_10, assert_books_balance, balance, money

INCOME = "income:olltv"


@pytest.fixture
def host(billing):
    """Call one method of the host in a transaction of its own."""

    def call(method, /, *arguments, **named):
        with billing.uow() as unit:
            return getattr(unit.host, method)(*arguments, **named)

    return call


def payment(login="ivan", amount="30.00 UAH", key="p-1", source="cash"):
    return {"login": login, "amount": money(amount), "key": key, "source": source, "actor": "olena", "at": NOV_10}


def test_whoever_is_added_is_found_with_all_that_is_known(host):
    profile = {"name": "Іван", "address": "Київ, 1", "email": "i@isp.example", "mobile": "0501234567"}
    added = host("add", login="ivan", credit=money("50.00 UAH"), frozen=True, down=False, **profile)
    found = host("find", "ivan")
    assert found == added == host("lock", "ivan")
    assert {name: getattr(found, name) for name in profile} == profile
    assert (found.login, found.frozen, found.down, found.credit) == ("ivan", True, False, money("50.00 UAH"))


def test_a_new_wallet_is_empty_and_without_credit(billing, host):
    assert host("add", login="ivan").credit == money("0 UAH")
    assert wallet_now(billing, "wallet:ivan") == ("0.00 UAH", "0.00 UAH")


def test_a_login_belongs_to_one(host):
    host("add", login="ivan")
    with pytest.raises(IntegrityError):
        host("add", login="ivan")


@pytest.mark.parametrize("method", ["find", "lock"])
def test_a_login_is_known_to_the_letter(host, method):
    host("add", login="ivan")
    for login in ("nobody", "", "IVAN", "ivan ", "iván"):
        with pytest.raises(UnknownLogin) as refusal:
            host(method, login)
        assert refusal.value.facts == {"login": login}


def test_a_payment_reaches_the_wallet_once(billing, host):
    host("add", login="ivan")
    assert host("top_up", **payment()) == host("top_up", **payment()) == money("30.00 UAH")
    assert host("top_up", **payment(key="p-2")) == money("60.00 UAH")

    assert {row.key: (row.login, row.actor) for row in transfers(billing)} == {
        "topup:p-1": ("ivan", "olena"),
        "topup:p-2": ("ivan", "olena"),
    }
    assert_books_balance(billing)


@pytest.mark.parametrize("other", [{"amount": "30.01 UAH"}, {"login": "olha"}, {"source": "bank"}])
def test_a_payments_number_stands_for_one_payment(billing, host, other):
    for login in ("ivan", "olha"):
        host("add", login=login)
    host("top_up", **payment())
    with pytest.raises(KeyReused):
        host("top_up", **payment(**other))
    assert (balance(billing, "ivan"), balance(billing, "olha")) == (money("30.00 UAH"), money("0 UAH"))


def test_nobody_gets_no_payment(billing, host):
    with pytest.raises(UnknownLogin):
        host("top_up", **payment("nobody"))
    assert transfers(billing) == []


def test_twenty_payments_at_once_all_arrive(billing, host):
    host("add", login="ivan")
    at_once(20, lambda number: host("top_up", **payment(key=f"p-{number // 2}")))
    assert balance(billing, "ivan") == money("300.00 UAH")
    assert_books_balance(billing)


def test_a_credit_lets_the_wallet_owe_that_much(billing, uow, host):
    host("add", login="ivan")
    host("set_credit", "ivan", money("20.00 UAH"))
    assert host("find", "ivan").credit == money("20.00 UAH")
    transfer(uow(), "wallet:ivan", INCOME, "20.00 UAH", "fee")
    with pytest.raises(NotEnoughMoney):
        transfer(uow(), "wallet:ivan", INCOME, "0.01 UAH", "more")
    assert_books_balance(billing)


@pytest.fixture
def debtor(uow, host):
    """Owes 80 of a credit of 100, which is then cut to 30."""
    host("add", login="ivan", credit=money("100.00 UAH"))
    transfer(uow(), "wallet:ivan", INCOME, "80.00 UAH", "fee")
    host("set_credit", "ivan", money("30.00 UAH"))
    return "ivan"


def test_a_debt_deeper_than_the_new_credit_stays_and_does_not_grow(billing, uow, debtor):
    assert balance(billing, debtor) == money("-80.00 UAH")
    with pytest.raises(NotEnoughMoney):
        transfer(uow(), "wallet:ivan", INCOME, "0.01 UAH", "more")
    assert_books_balance(billing)


@pytest.mark.parametrize(("paid", "left"), [("30.00 UAH", "0"), ("50.00 UAH", "0"), ("60.00 UAH", "10.00")])
def test_what_is_paid_of_such_a_debt_cannot_be_borrowed_again(billing, uow, host, debtor, paid, left):
    host("top_up", **payment(debtor, paid))
    with pytest.raises(NotEnoughMoney) as refusal:
        transfer(uow(), "wallet:ivan", INCOME, "11.00 UAH", "more")
    assert refusal.value.facts["available"] == money(f"{left} UAH")
    assert_books_balance(billing)


def test_flags_are_set_one_by_one(host):
    host("add", login="ivan")
    seen = []
    for change in ({"frozen": True}, {"down": True}, {"frozen": False}, {}, {"down": False}):
        host("set_flags", "ivan", **change)
        person = host("find", "ivan")
        seen.append((person.frozen, person.down))
    assert seen == [(True, False), (True, True), (False, True), (False, True), (False, False)]


def test_whoever_is_gone_is_not_found_and_not_billed_but_his_books_stay(billing, host):
    host("add", login="ivan", password="correct horse")
    host("add", login="olha")
    host("top_up", **payment())
    host("remove", "ivan", at=NOV_10)

    for name in ("find", "lock"):
        with pytest.raises(UnknownLogin):
            host(name, "ivan")
    with pytest.raises(UnknownLogin):
        host("top_up", **payment(key="p-2"))
    assert not host("check_password", "ivan", "correct horse")
    with billing.reading() as session:
        assert session.scalars(select(NativeHost.billable.c.login)).all() == ["olha"]
        assert session.scalars(select(NativeSubscriber.removed_at).order_by(NativeSubscriber.id)).first() == NOV_10
    assert balance(billing, "ivan") == money("30.00 UAH")
    assert_books_balance(billing)


def test_a_password_opens_its_own_login_only_and_is_kept_as_a_slow_hash(billing, uow, host):
    host("add", login="ivan", password="correct horse")
    for login in ("without", "spoiled"):
        host("add", login=login)
    with uow() as unit:
        unit.session.execute(update(NativeSubscriber).filter_by(login="spoiled").values(password_hash="no hash"))

    assert host("check_password", "ivan", "correct horse")
    for login, password in (
        ("ivan", "Correct horse"),
        ("ivan", ""),
        ("nobody", "correct horse"),
        ("nobody", "no one has this password"),
        ("without", ""),
        ("without", "no one has this password"),
        ("spoiled", "no hash"),
    ):
        assert not host("check_password", login, password)
    with billing.reading() as session:
        assert session.scalars(select(NativeSubscriber.password_hash)).first().startswith("$argon2id$")


def test_a_profile_is_edited_and_what_it_was_is_told(billing, host):
    host("add", login="ivan", name="Іван", credit=money("10.00 UAH"))
    before, after = host("edit", "ivan", seen=1, name="Іван Мороз", email="i@isp.example", down=True)
    assert (before.name, before.email, before.down) == ("Іван", "", False)
    assert after == host("find", "ivan")
    assert (after.name, after.email, after.down, after.frozen) == ("Іван Мороз", "i@isp.example", True, False)
    assert after.credit == money("10.00 UAH")

    host("edit", "ivan", seen=2, credit=money("40.00 UAH"), frozen=True)
    assert (host("find", "ivan").credit, host("find", "ivan").frozen) == (money("40.00 UAH"), True)
    with billing.reading() as session:
        assert session.scalars(select(NativeSubscriber.version)).one() == 3


def test_of_two_who_edit_the_second_is_told_and_nothing_is_overwritten(host):
    host("add", login="ivan", name="Іван")
    seen = host("version", "ivan")
    host("edit", "ivan", seen=seen, name="Іван Мороз")
    with pytest.raises(ChangedMeanwhile):
        host("edit", "ivan", seen=seen, name="Іван Коваль")
    assert host("find", "ivan").name == "Іван Мороз"


@pytest.mark.parametrize("method", ["set_credit", "set_flags"])
def test_other_changes_are_editions_too(host, method):
    host("add", login="ivan")
    host(method, "ivan", **({"credit": money("5 UAH")} if method == "set_credit" else {"down": True}))
    with pytest.raises(ChangedMeanwhile):
        host("edit", "ivan", seen=1, name="Іван")


def test_a_debtor_may_be_edited_without_touching_his_credit(billing, uow, host, debtor):
    host("edit", debtor, seen=None, credit=money("30.00 UAH"), name="Іван")
    with pytest.raises(NotEnoughMoney):
        transfer(uow(), "wallet:ivan", INCOME, "0.01 UAH", "more")
    assert_books_balance(billing)


@pytest.mark.parametrize("what", [{"login": "olha"}, {"id": 7}, {"wallet_id": 3}, {"removed_at": None}])
def test_nothing_but_the_profile_is_edited(host, what):
    host("add", login="ivan")
    with pytest.raises((InvalidInput, TypeError)):
        host("edit", "ivan", seen=None, **what)
    with pytest.raises(UnknownLogin):
        host("edit", "nobody", seen=None, name="Nobody")


def test_another_password_replaces_the_first(host):
    host("add", login="ivan", password="correct horse")
    host("add", login="petro", password="correct horse")
    host("set_password", "ivan", "battery staple")
    assert host("check_password", "ivan", "battery staple")
    assert not host("check_password", "ivan", "correct horse")
    assert host("check_password", "petro", "correct horse")
    host("remove", "petro", at=NOV_10)
    for login in ("nobody", "petro"):
        with pytest.raises(UnknownLogin):
            host("set_password", login, "battery staple")
    assert not host("check_password", "petro", "correct horse")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("10.20.0.7", "10.20.0.7"),
        (" 10.20.0.7\t", "10.20.0.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:10.20.0.7", "10.20.0.7"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_an_ip_address_is_written_in_one_way(host, written, kept):
    assert host("add", login="ivan", ip=written).ip == kept
    host("edit", "ivan", seen=None, ip="192.0.2.1")
    assert host("edit", "ivan", seen=None, ip=written)[1].ip == kept == host("find", "ivan").ip


@pytest.mark.parametrize(
    "wrong", ["10.20.0", "10.20.0.0/16", "10.020.0.7", "isp.example", "7", "fe80::1%eth0", "x" * 500]
)
def test_what_is_no_ip_address_is_kept_nowhere(host, wrong):
    host("add", login="ivan", ip="10.20.0.7")
    with pytest.raises(WrongIp):
        host("edit", "ivan", seen=None, name="Іван", ip=wrong)
    with pytest.raises(WrongIp):
        host("add", login="petro", ip=wrong)
    assert (host("find", "ivan").ip, host("find", "ivan").name) == ("10.20.0.7", "")
    with pytest.raises(UnknownLogin):
        host("find", "petro")


def test_who_is_at_an_address(host):
    for login, ip in (("ivan", "10.20.0.7"), ("petro", "10.20.0.8"), ("olha", "10.20.0.8"), ("none", "")):
        host("add", login=login, ip=ip)
    assert host("logins_at", "10.20.0.7") == ["ivan"]
    assert sorted(host("logins_at", "10.20.0.8")) == ["olha", "petro"]
    host("add", login="iryna", ip="10.20.0.8")
    assert len(host("logins_at", "10.20.0.8")) == 2
    assert host("logins_at", "10.20.0.9") == host("logins_at", "") == []
    host("remove", "ivan", at=NOV_10)
    assert host("logins_at", "10.20.0.7") == []
