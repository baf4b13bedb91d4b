"""Buying credits in a browser: from the wallet in two clicks, and with PayPal by way of its page, whatever is told of
the payment and however often.
"""

import re
from collections.abc import Callable
from datetime import datetime
from itertools import count, pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from billing.money import Money
from billing.uow import UnitOfWork, use_case
from olltv_module.services import wallets
from ppv_module.credits.models import Notice, Order, OrderState, Verdict
from ppv_module.credits.shop import shop
from suite.demo.load import PASSWORD
from tests.browser.annex import a_pack
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.theatre import STAFF, VIEWER, Theatre
from tests.browser.visitor import Visitor
from tests.running.processes import wait_until
from tests.support import assert_books_balance

BUYER = "demo00003"
SETTLED_MS = 60_000
BUY = "form[action='/credits/buy'] button"
CLICKS = 10
TOGETHER = """(fields) => Promise.all([1, 2, 3].map(() =>
  fetch("/credits/buy", { method: "POST", body: new URLSearchParams(fields) })
    .then((answer) => `${answer.status} ${new URL(answer.url).pathname}`)))"""
KEYS = count(1)


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    return {}


@pytest.fixture
def buyer(theatre: Theatre, attend: Callable[..., Visitor], cookies: dict[str, Any]) -> Callable[..., Visitor]:
    """`buyer(language)` is somebody who is signed in and has money."""

    def come(language: str = "en", **options: Any) -> Visitor:
        visitor = attend(language, **{"viewport": DESKTOP} | cookies | options)
        if not cookies:
            visitor.go("/sign-in")
            visitor.fill(login=BUYER, password=PASSWORD)
            visitor.submit("#main form")
            visitor.page.wait_for_url(lambda url: "/sign-in" not in url)
            cookies["storage_state"] = visitor.context.storage_state()
        return visitor

    let_him_have(theatre, 1000_00 + next(KEYS))
    return come


@use_case
def put_money(uow: UnitOfWork, *, minor: int, key: str, now: datetime) -> None:
    """Into the buyer's wallet, or out of it; however much it is, nobody has to look at it a second time."""
    facts = {"reason": "To buy credits", "key": key, "by": STAFF.name, "actor": STAFF, "now": now}
    wallets.book(uow, uow.host.lock(BUYER), amount=Money(minor, "UAH"), **facts)


def let_him_have(theatre: Theatre, minor: int) -> None:
    key, runtime = f"buyer-wallet-{next(KEYS)}", theatre.runtime
    put_money(runtime.billing.uow(), minor=minor - wallet(theatre).minor, key=key, now=runtime.clock())
    assert wallet(theatre).minor == minor


def wallet(theatre: Theatre) -> Money:
    return shop(theatre.runtime.billing, BUYER).wallet


def orders(theatre: Theatre) -> list[Order]:
    with theatre.runtime.billing.reading() as session:
        return list(session.scalars(select(Order).where(Order.login == BUYER).order_by(Order.id)))


def ask(visitor: Visitor, pack: int, means: str) -> Page:
    """By the shelf to the page that asks whether it is meant."""
    page = visitor.go("/credits")
    page.locator(f"a[href*='pack={pack}&'][href$='means={means}']").click()
    expect(page.locator(BUY)).to_be_visible()
    return page


def ordered(visitor: Visitor, pack: int) -> int:
    """Order with PayPal; gives the number of the order."""
    ask(visitor, pack, "paypal").locator(BUY).click()
    return int(visitor.at(r"/credits/orders/\d+$").rsplit("/", 1)[1])


def pay(visitor: Visitor, how: str) -> None:
    """Follow the link to PayPal, press one of its buttons, and come back to the shop."""
    link = visitor.page.locator("#order-state a.primary")
    expect(link).to_be_visible()
    assert link.get_attribute("href").startswith(visitor.base.rsplit(":", 1)[0])
    link.click()
    visitor.page.get_by_role("button", name=how, exact=True).click()
    visitor.page.get_by_role("link", name="Return to the shop").click()
    visitor.at(r"/credits/orders/\d+$")


def is_said(visitor: Visitor, text: str) -> None:
    """The page comes to say so by itself, without being loaded again."""
    expect(visitor.page.locator("#order-state")).to_contain_text(visitor.t(text), timeout=SETTLED_MS)


def all_told(theatre: Theatre) -> None:
    """The worker has looked at everything that PayPal has said."""

    def is_empty() -> bool:
        with theatre.runtime.billing.reading() as session:
            return not session.scalar(select(func.count(Notice.id)).where(Notice.verdict == Verdict.QUEUED))

    wait_until(is_empty, limit_s=SETTLED_MS / 1000)


@pytest.mark.parametrize(("language", "viewport"), [("uk", PHONE), ("en", DESKTOP)], ids=["phone-uk", "desktop-en"])
def test_a_pack_from_the_wallet_is_two_clicks(theatre, buyer, language, viewport):
    pack, visitor = a_pack(theatre, "UAH"), buyer(language, viewport=viewport)
    had, money, before = theatre.credits(BUYER), wallet(theatre), len(orders(theatre))
    page = ask(visitor, pack.id, "wallet")
    assert (theatre.credits(BUYER), len(orders(theatre))) == (had, before)  # asking buys nothing
    page.locator(BUY).click()
    visitor.at(r"/credits/orders/\d+$")
    is_said(visitor, "It is paid, the credits are yours.")
    assert (theatre.credits(BUYER), len(orders(theatre))) == (had + pack.credits, before + 1)
    assert wallet(theatre).minor == money.minor - pack.price_minor
    visitor.go("/credits")
    expect(page.locator(".credits-balance")).to_contain_text(f"{had + pack.credits}")
    assert_books_balance(theatre.runtime.billing)


def until_told(page: Page) -> None:
    """Press what the page offers until it shows the order: an answer may say that it is being carried out."""
    for _ in range(20):
        page.wait_for_load_state()
        if re.search(r"/credits/orders/\d+$", page.url):
            return
        page.wait_for_timeout(300)
        if page.locator(BUY).count():
            page.locator(BUY).click()
    raise AssertionError(f"no result, but {page.url}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_ten_fast_clicks_are_one_order(theatre, buyer, scripts):
    pack, visitor = a_pack(theatre, "UAH"), buyer(java_script_enabled=scripts)
    had, before = theatre.credits(BUYER), len(orders(theatre))
    page = ask(visitor, pack.id, "wallet")
    page.locator(BUY).scroll_into_view_if_needed()
    box = page.locator(BUY).bounding_box()
    assert box is not None
    for _ in range(CLICKS):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until_told(page)
    is_said(visitor, "It is paid, the credits are yours.")
    assert (theatre.credits(BUYER), len(orders(theatre))) == (had + pack.credits, before + 1)


def test_the_same_form_in_two_tabs_and_again_is_one_order(theatre, buyer):
    pack, visitor = a_pack(theatre, "UAH"), buyer()
    had, before = theatre.credits(BUYER), len(orders(theatre))
    page = ask(visitor, pack.id, "wallet")
    inputs = page.locator("form[action='/credits/buy'] input[type=hidden]")
    sent = dict(inputs.evaluate_all("all => all.map((each) => [each.name, each.value])"))
    landed = page.evaluate(TOGETHER, sent)
    made = orders(theatre)[before:]
    assert [each.state for each in made] == [OrderState.PAID]
    # Those that came while the first was being carried out are told so, and may ask again.
    assert set(landed) <= {f"200 /credits/orders/{made[0].id}", "409 /credits/buy"}
    assert set(page.evaluate(TOGETHER, sent)) == {f"200 /credits/orders/{made[0].id}"}
    page.locator(BUY).click()
    assert visitor.at(r"/credits/orders/\d+$") == f"/credits/orders/{made[0].id}"
    assert (theatre.credits(BUYER), len(orders(theatre))) == (had + pack.credits, before + 1)


def test_a_wallet_that_is_short_buys_nothing(theatre, buyer):
    pack, visitor = a_pack(theatre, "UAH"), buyer("uk")
    let_him_have(theatre, 1)
    assert wallet(theatre).minor == 1
    page = visitor.go(f"/credits/buy?pack={pack.id}&means=wallet")
    expect(page.locator(BUY)).to_have_count(0)
    let_him_have(theatre, pack.price_minor)
    visitor.go(f"/credits/buy?pack={pack.id}&means=wallet")
    let_him_have(theatre, 1)  # while he reads
    had, before = theatre.credits(BUYER), len(orders(theatre))
    page.locator(BUY).click()
    visitor.at(r"/credits$")
    expect(page.locator(".note.bad")).to_be_visible()
    assert (theatre.credits(BUYER), len(orders(theatre)), wallet(theatre).minor) == (had, before, 1)


@pytest.mark.parametrize("how", ["Pay", "Pay and be told twice", "Pay: Pending, then Completed"])
def test_paypal_pays_once_and_the_page_says_so_by_itself(theatre, buyer, how):
    pack, visitor = a_pack(theatre, "EUR"), buyer("uk")
    had, money = theatre.credits(BUYER), wallet(theatre)
    number = ordered(visitor, pack.id)
    assert theatre.credits(BUYER) == had
    is_said(visitor, "It waits for your payment.")
    pay(visitor, how)
    is_said(visitor, "It is paid, the credits are yours.")
    all_told(theatre)
    assert (theatre.credits(BUYER), wallet(theatre)) == (had + pack.credits, money)
    assert (orders(theatre)[-1].id, orders(theatre)[-1].state) == (number, OrderState.PAID)
    page = visitor.go(f"/credits/orders/{number}")
    expect(page.locator("#order-state a.primary")).to_have_count(0)  # nobody is led to pay again
    assert_books_balance(theatre.runtime.billing)


@pytest.mark.parametrize("how", ["Pay a wrong sum", "Pay somebody else", "Pay in another currency"])
def test_a_wrong_payment_grants_nothing_and_the_page_says_so(theatre, buyer, how):
    pack, visitor = a_pack(theatre, "EUR"), buyer("uk")
    had = theatre.credits(BUYER)
    number = ordered(visitor, pack.id)
    pay(visitor, how)
    all_told(theatre)
    assert theatre.credits(BUYER) == had
    is_said(visitor, "Something is wrong with the payment. The staff look at it; please contact the support.")
    assert orders(theatre)[-1].id == number


def test_a_payment_of_which_nobody_tells_grants_nothing(theatre, buyer):
    pack, visitor = a_pack(theatre, "EUR"), buyer("en")
    had = theatre.credits(BUYER)
    ordered(visitor, pack.id)
    pay(visitor, "Pay, and the shop is never told")
    is_said(visitor, "It waits for your payment.")
    assert (theatre.credits(BUYER), orders(theatre)[-1].state) == (had, OrderState.NEW)


def test_somebody_elses_order_is_nobodys_business(theatre, buyer, attend):
    number = orders(theatre)[-1].id
    assert buyer().page.goto(f"{theatre.cabinet}credits/orders/{number}").status == 200
    other = attend("en")
    other.go("/sign-in")
    other.fill(login=VIEWER, password=PASSWORD)
    other.submit("#main form")
    other.page.wait_for_url(lambda url: "/sign-in" not in url)
    assert other.page.goto(f"{theatre.cabinet}credits/orders/{number}").status == 404


def test_the_history_shows_every_line_and_sums_to_the_balance(theatre, buyer):
    page = buyer("en").go("/credits/history")
    rows = page.locator(".history-lines tbody tr")
    lines = [
        (number(row.locator(".moved").inner_text()), number(row.locator(".left").inner_text())) for row in rows.all()
    ]
    bought = sum(each.state is OrderState.PAID for each in orders(theatre))
    assert len(page.locator(".what", has_text="Bought").all()) == bought > 0
    assert sum(moved for moved, _ in lines) == theatre.credits(BUYER) == lines[0][1]
    for (moved, after), (_, before) in pairwise(lines):
        assert after == before + moved


def number(text: str) -> int:
    """`+1,200` or `Balance: 1,200` as a whole number."""
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-")))
