"""Signing in, with a second factor that is set up on the way."""

import re

import pyotp
from playwright.sync_api import expect

from tests.running.panel import PASSWORD


def test_a_second_factor_is_set_up_and_asked_for(house, visit, language):
    login = house.hire(f"guard-{language}", language=language)
    person = visit(language)
    person.go("/fees")
    person.at("/sign-in")
    person.fill(login=login, password=PASSWORD)
    person.submit("#main form")
    person.at("/fees")  # where one was going

    person.go("/profile/second-factor")
    person.page.locator("form[action$='/begin'] button, #main form[method=post] button").first.click()
    expect(person.page.locator("#main svg, #main img").first).to_be_visible()
    secret = re.sub(r"\s", "", person.page.locator("#main code").first.inner_text())
    code = pyotp.TOTP(secret)
    person.fill(code=code.now())
    person.page.locator("#main form:has([name=code]) button").first.click()
    expect(person.page.locator("#main li code, #main pre, #main code").first).to_be_visible()

    again = visit(language)
    again.go("/sign-in")
    again.fill(login=login, password=PASSWORD)
    again.submit("#main form")
    again.at("/sign-in/code")
    again.fill(code="000000")
    again.submit("#main form")
    expect(again.page.locator("[name=code]")).to_be_visible()


def test_a_wrong_password_does_not_say_which_is_wrong(visit, house, language):
    person = visit(language)
    texts = []
    for login in (house.hire(f"known-{language}"), f"nobody-{language}"):
        person.go("/sign-in")
        person.fill(login=login, password="wrong password")
        person.submit("#main form")
        texts.append(person.page.locator("#main .alert").first.inner_text())

    assert texts[0] == texts[1]


def test_signed_out_nothing_is_shown(staff, language):
    person = staff(language, login=f"leaver-{language}")
    person.go("/")
    person.page.locator("details.drop:has(form[action$='/sign-out']) summary").click()
    person.page.locator("form[action$='/sign-out'] button").click()
    person.at("/sign-in")
    person.go("/subscribers")
    person.at("/sign-in")
