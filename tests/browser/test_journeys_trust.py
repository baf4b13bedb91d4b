"""Whom the office trusts: a correction that a second person declines, keys that are renewed, a lost telephone."""

import re

import pyotp
import requests
from playwright.sync_api import Locator, expect

from tests.browser.house import House
from tests.browser.test_journeys_more import newcomer, press, sent, told
from tests.browser.visitor import Visitor
from tests.running.panel import PASSWORD

LARGE = "2500"
PROPOSALS = "/money/proposals"


def proposed(desk: Visitor, login: str) -> Locator:
    """A correction that wants another person; gives its line among those that wait."""
    desk.go(f"/subscribers/{login}/correct")
    desk.fill(amount=LARGE, reason="Перерахунок за рік")
    desk.submit()
    desk.at(f"/subscribers/{login}$")
    return waiting(desk, login)


def waiting(desk: Visitor, login: str) -> Locator:
    desk.go(PROPOSALS)
    return desk.page.locator("#waiting tbody tr", has_text=login)


def expect_empty_wallet(desk: Visitor, login: str) -> None:
    desk.go(f"/subscribers/{login}")
    expect(desk.page.locator("#wallet")).not_to_contain_text(re.compile(r"2.?500"))
    expect(desk.page.locator("#statement tbody tr")).to_have_count(0)


def test_a_correction_is_withdrawn_by_the_one_and_declined_by_the_other(desk, staff):
    login = newcomer(desk, "zoriana", 951)
    mine = proposed(desk, login)
    expect(mine.locator("form[action$='/approve'], form[action$='/refuse']")).to_have_count(0)
    mine.locator("form[action$='/withdraw'] button").click()
    told(desk)
    expect(waiting(desk, login)).to_have_count(0)
    expect(desk.page.locator("#decided tbody tr", has_text=login)).to_have_count(1)

    proposed(desk, login)
    other = staff(desk.language, login=f"petro-{desk.language}")
    theirs = waiting(other, login)
    expect(theirs.locator("form[action$='/withdraw']")).to_have_count(0)
    theirs.locator("form[action$='/refuse'] button").click()
    told(other)
    expect(other.page.locator("#decided tbody tr", has_text=login)).to_have_count(2)
    expect_empty_wallet(desk, login)


def opened(house: House, key: str) -> bool:
    """Whether the old RemoteAPI takes this serial; a call without an action does nothing."""
    answer = requests.get(house.panel, params={"module": "remoteapi", "key": key}, timeout=10).text
    assert answer in ("ERROR:GET_NO_ACTION", "ERROR:GET_WRONG_KEY")
    return answer == "ERROR:GET_NO_ACTION"


def renewed(desk: Visitor) -> str:
    """Another serial, as the page shows it once."""
    desk.go("/keys").locator("a[href$='/keys/serial']").first.click()
    desk.at("/keys/serial$")
    desk.submit()
    desk.at("/keys/made")
    return desk.page.locator("#main code.secret").inner_text()


def test_the_serial_is_renewed_and_the_earlier_one_opens_nothing(desk, house):
    first, second = renewed(desk), renewed(desk)  # what was used lately is let in for some seconds more
    assert (opened(house, first), opened(house, second)) == (False, True)
    assert (house.runtime.settings.suite.exports_dir / "ubserial").read_text().strip() == second
    desk.page.locator("#main a.btn-primary").click()
    desk.at("/keys$")
    expect(desk.page.locator("#main")).not_to_contain_text(second)


def set_up(person: Visitor) -> list[str]:
    """Two-factor sign-in of one's own; gives the recovery codes."""
    person.go("/profile/second-factor")
    press(person, "/begin")
    secret = re.sub(r"\s", "", person.page.locator("#main code.secret").inner_text())
    person.fill(code=pyotp.TOTP(secret).now())
    person.page.locator("#main form:has([name=code]) button").first.click()
    person.at("/second-factor/codes$")
    return person.page.locator("#main code").all_inner_texts()


def test_who_lost_the_telephone_is_let_in_again_by_a_colleague(desk, house, visit):
    login = house.hire(f"stepan-{desk.language}", language=desk.language)
    person = visit(desk.language)
    person.sign_in(login)
    codes = set_up(person)
    person.go("/profile/second-factor/new-codes")
    person.fill(present=PASSWORD)
    person.submit()
    person.at("/second-factor/codes$")
    assert set(person.page.locator("#main code").all_inner_texts()).isdisjoint(codes)

    desk.go("/staff").locator("#main tbody tr", has_text=login).locator("a[href^='/staff/']").first.click()
    path = desk.at(r"/staff/\d+$")
    desk.page.locator("#main a[href$='/second-factor']").click()
    sent(desk, path)
    expect(desk.page.locator("#main a[href$='/second-factor']")).to_have_count(0)

    person.go("/profile")
    person.at("/sign-in")  # every session of theirs is over
    person.fill(login=login, password=PASSWORD)
    person.submit("#main form")
    person.at("/profile$")  # and the password alone opens the panel
