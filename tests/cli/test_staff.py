"""People of the staff by command: let in, listed, shut out, helped when a password or a telephone is lost."""

import pytest
from sqlalchemy import select

from billing.staff import Staff
from tests.panel.factor import give_second_factor, staff_of


def add(olltv, login="olena", rights="OLLTV"):
    return olltv(
        "staff", "add", login, "--rights", rights, "--name", "Olena K", "--password-stdin", stdin="pass-1234\n"
    )


def test_a_person_of_the_staff_is_let_in_with_rights(olltv, runtime):
    said = olltv(
        "staff", "add", "olena", "--rights", "olltv,MONEY", "--password-stdin", "--lang", "uk", stdin="pass-1234\n"
    )
    assert said.status == 0
    assert "olena" in said.out
    with runtime.billing.reading() as session:
        person = session.scalars(select(Staff)).one()
    assert (person.login, person.rights, person.language) == ("olena", ["OLLTV", "MONEY"], "uk")
    assert "pass-1234" not in said.out + said.err + person.password_hash


@pytest.mark.parametrize(
    ("rights", "password", "code"),
    [("OLLTV", "short", "short_password"), ("KITCHEN", "long-enough", "unknown_scope")],
)
def test_a_short_password_or_unknown_right_is_refused(olltv, rights, password, code):
    said = olltv("staff", "add", "olena", "--rights", rights, "--password-stdin", "--json", stdin=f"{password}\n")
    assert (said.status, said.json["error"]["code"]) == (1, code)


def test_a_login_is_given_once(olltv):
    arguments = ("staff", "add", "olena", "--rights", "ADMIN", "--password-stdin", "--json")
    assert olltv(*arguments, stdin="pass-1234\n").json == {"login": "olena", "rights": ["ADMIN"]}
    assert olltv(*arguments, stdin="pass-1234\n").json["error"]["code"] == "login_taken"


def test_without_a_terminal_the_password_wants_its_option(olltv):
    said = olltv("staff", "add", "olena", "--rights", "ADMIN")
    assert said.status == 2
    assert "--password-stdin" in said.err


def test_everybody_is_listed(olltv, runtime):
    add(olltv, "olena", "ADMIN")
    add(olltv, "taras", "OLLTV,MONEY")
    give_second_factor(runtime, "taras")
    listed = olltv("staff", "list")
    assert "olena\tOlena K\tADMIN\ten\tno\t\t\n" in listed.out
    assert "taras\tOlena K\tOLLTV, MONEY\ten\tyes\t\t\n" in listed.out
    taras = olltv("staff", "list", "--json").json["staff"][1]
    assert (taras["login"], taras["rights"], taras["has_second_factor"]) == ("taras", ["OLLTV", "MONEY"], True)
    for secret in ("pass-1234", staff_of(runtime, "taras").totp_secret, staff_of(runtime, "taras").password_hash):
        assert secret not in listed.out + olltv("staff", "list", "--json").out


def test_rights_are_replaced_and_the_last_administrator_stays(olltv, runtime):
    add(olltv, "olena", "ADMIN")
    said = olltv("staff", "rights", "olena", "--rights", "OLLTV", "--json")
    assert (said.status, said.json["error"]["code"]) == (1, "last_admin")
    add(olltv, "taras", "ADMIN")
    assert olltv("staff", "rights", "olena", "--rights", "olltv,money").status == 0
    assert staff_of(runtime, "olena").rights == ["OLLTV", "MONEY"]


def test_a_person_is_shut_out_and_let_in_again(olltv, runtime):
    add(olltv)
    for _ in range(2):
        assert olltv("staff", "disable", "olena").out == "olena cannot sign in any more.\n"
    assert staff_of(runtime, "olena").disabled_at
    for _ in range(2):
        assert olltv("staff", "enable", "olena").out == "olena may sign in again.\n"
    assert staff_of(runtime, "olena").disabled_at is None


def test_the_last_administrator_is_not_shut_out(olltv, runtime):
    add(olltv, "olena", "ADMIN")
    assert olltv("staff", "disable", "olena", "--json").json["error"]["code"] == "last_admin"
    assert staff_of(runtime, "olena").disabled_at is None


def test_a_forgotten_password_is_replaced_by_a_temporary_one(olltv, runtime):
    add(olltv)
    assert olltv("staff", "passwd", "olena", "--password-stdin", "--json", stdin="short\n").status == 1
    said = olltv("staff", "passwd", "olena", "--password-stdin", stdin="a new one\n")
    assert said.status == 0
    person = staff_of(runtime, "olena")
    assert (person.has_password("a new one"), person.must_change_password) == (True, True)
    assert "a new one" not in said.out + said.err


def test_a_lost_telephone_is_forgotten(olltv, runtime):
    add(olltv)
    give_second_factor(runtime, "olena")
    for _ in range(2):
        assert olltv("staff", "reset-2fa", "olena").out == "olena signs in with the password alone.\n"
    assert not staff_of(runtime, "olena").has_second_factor


@pytest.mark.parametrize("command", ["disable", "enable", "passwd", "reset-2fa"])
def test_nobody_is_told_as_not_found(olltv, command):
    stdin = "long enough\n" if command == "passwd" else None
    options = ["--password-stdin"] if command == "passwd" else []
    said = olltv("staff", command, "nobody", *options, "--json", stdin=stdin)
    assert (said.status, said.json["error"]["code"]) == (1, "not_found")
