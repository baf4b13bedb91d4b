"""Checking a signed link on the pages of staff."""

import re

import pytest

from ppv_module.streams.denials.blocking import block
from ppv_module.streams.links.models import Viewer
from tests.panel.client import text
from tests.panel.ppv.forms import sent
from tests.support import STAFF

RULES = "/streams/rules"


def check(panel, rule, url, ip=""):
    answer = panel.post(f"{RULES}/{rule.id}/check", url=url, ip=ip)
    assert answer.status_code == 200
    return text(answer)


def test_a_good_link_says_whose_it_is(panel, shop, link):
    page = check(panel, shop.rule, link())
    assert "The link is good: a media server with this key lets in who has it." in page
    assert re.search(r"Identifier p-\w+ Login ivan", page)


def test_a_link_that_is_over_or_too_early(panel, shop, link, clock):
    url = link()
    clock.advance(hours=-1)
    assert "The link is not valid yet." in check(panel, shop.rule, url)
    clock.advance(hours=9)
    assert "The link has expired." in check(panel, shop.rule, url)


def test_a_link_bound_to_an_address_wants_it(panel, shop, link):
    sent(panel, f"{RULES}/{shop.rule.id}/edit", bind_ip="y")
    url = link(ip="203.0.113.25")
    assert "The link is good" in check(panel, shop.rule, url, "203.0.113.25")
    assert "The signature does not fit" in check(panel, shop.rule, url, "203.0.113.26")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda url: url.partition("?")[0], "The link has no signature, or a part of it is missing."),
        (lambda url: url.replace("wmsAuthSign=", "wmsAuthSign=A"), "The signature in the link is damaged"),
        (lambda url: url.replace("cinema/one", "cinema/two"), "The signature does not fit"),
        (lambda url: url.replace("cinema/one/playlist.m3u8", "c"), "The link was signed for another stream."),
    ],
)
def test_what_is_wrong_with_a_link_is_told(panel, shop, link, changed, told):
    page = check(panel, shop.rule, changed(link()))
    assert told in page
    assert "What stands in it" not in page


def test_another_rules_key_does_not_fit(panel, shop, link, streams):
    other = streams.rule("live/*", name="Other", key="pass-Persimmon")
    assert "The signature does not fit: another key" in check(panel, other, link())


def test_a_denied_identifier_is_told(panel, shop, link, rows, billing, clock):
    url = link()
    [viewer] = rows(Viewer)
    block(billing.uow(), name=viewer.name, note="asked for it", until=None, actor=STAFF, now=clock())
    page = check(panel, shop.rule, url)
    assert "The signature is good, but the identifier is on the deny list" in page


def test_what_is_no_address_at_all(panel, shop):
    for url, told in (("", "This field is required."), ("sport", "No signed link can be made")):
        answer = panel.post(f"{RULES}/{shop.rule.id}/check", url=url)
        assert (answer.status_code, told in text(answer)) == (422, True)
