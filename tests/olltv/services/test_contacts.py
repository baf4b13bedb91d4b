"""The phone and e-mail under which the partner knows a subscriber."""

import pytest

from billing.host.base import Person
from billing.money import Money
from olltv_module.contacts import email_of, phone_of
from olltv_module.errors import BadMobile, NoEmail, NoMobile
from olltv_module.services import orders
from tests.support import subscriber


def person(**profile):
    empty = {"name": "", "address": "", "email": "", "mobile": "", "frozen": False, "down": False}
    return Person(**{"id": 1, "login": "ivan", "credit": Money(0, "UAH"), "wallet_id": 1, **empty, **profile})


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("0501234567", "0501234567"),
        ("380501234567", "0501234567"),
        ("+380501234567", "0501234567"),
        ("00380501234567", "0501234567"),
        ("050-111-22-33", "0501112233"),
        ("050 111 22 33", "0501112233"),
        ("050\u00a0111\u00a022\u00a033", "0501112233"),
        ("050\u2011111\u201322\u201333", "0501112233"),
        ("050.111.22.33", "0501112233"),
        ("+38 (050) 111-22-33", "0501112233"),
        ("38 050 111 22 33", "0501112233"),
        ("80501112234", "0501112234"),
        ("8 (050) 111-22-34", "0501112234"),
        ("  0671234567\n", "0671234567"),
    ],
)
def test_a_number_is_brought_into_the_partners_form(written, sent):
    assert phone_of(person(mobile=written)) == sent


@pytest.mark.parametrize(
    "written",
    [
        "050123456",  # a digit is missing
        "05012345678",  # one too many
        "0501234567, 0671234567",
        "0501234567 0671234567",
        "0501234567/0671234567",
        "+48 501 123 456",
        "48501123456",
        "+7 916 123 45 67",
        "0001234567",
        "0201234567",
        "none",
        "050123456a",
        "٠٥٠١٢٣٤٥٦٧",  # digits, but not the partner's
        "---",
    ],
)
def test_what_is_no_single_ukrainian_number_is_refused(written):
    with pytest.raises(BadMobile) as refusal:
        phone_of(person(mobile=written))

    assert refusal.value.facts["field"] == "mobile"


@pytest.mark.parametrize("written", ["", " ", "\t\n"])
def test_a_missing_number_is_told_apart_from_a_bad_one(written):
    with pytest.raises(NoMobile):
        phone_of(person(mobile=written))


@pytest.mark.parametrize(
    ("email", "domain", "sent"),
    [
        ("ivan@mail.example", "isp.example", "ivan@mail.example"),
        (" ivan@mail.example ", "", "ivan@mail.example"),
        ("", "isp.example", "ivan@isp.example"),
        ("   ", "isp.example", "ivan@isp.example"),
        ("i" * 52 + "@isp.example", "", "i" * 52 + "@isp.example"),
    ],
)
def test_the_profiles_address_counts_else_one_is_made_up(email, domain, sent):
    assert email_of(person(email=email), domain) == sent


@pytest.mark.parametrize(("email", "domain"), [("", ""), (" ", ""), ("i" * 53 + "@isp.example", "isp.example")])
def test_no_address_or_one_too_long_is_refused(email, domain):
    with pytest.raises(NoEmail):
        email_of(person(email=email), domain)


def test_contacts_are_kept_until_the_partner_knows_him_and_no_longer_changed_then(billing, make, place, viewers, uow):
    start = make.tariff()
    ivan = make.subscriber(wallet="500 UAH", mobile="+38 (050) 111-22-33")
    place(orders.subscribe, ivan, tariff_id=start.id)
    stored = subscriber(billing, ivan.login)
    assert (stored.phone, stored.email) == ("0501112233", f"{ivan.login}@isp.example")

    viewers.deliver()
    with (unit := uow()):
        unit.host._row(ivan.login).mobile = ""
    place(orders.change, ivan, tariff_id=make.tariff().id)

    assert subscriber(billing, ivan.login).phone == "0501112233"
