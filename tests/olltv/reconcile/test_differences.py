"""What counts as a difference."""

import pytest

from billing.money import Money
from olltv_module.reconcile.differences import TEXTS, Difference, Kind, Ours, Terms, Theirs, of_account, of_prices

SOLD = {"start", "max", "screen"}


def ours(*bundles: str, registered: bool = True, in_flight: bool = False) -> Ours:
    """`"start=CODE"`"""
    return Ours(registered=registered, in_flight=in_flight, bundles=read(bundles))


def theirs(*bundles: str) -> Theirs:
    return Theirs(bundles=read(bundles))


def read(bundles: tuple[str, ...]) -> dict[str, str | None]:
    pairs = (each.partition("=") for each in bundles)
    return {service: code or None for service, _, code in pairs}


def found(here: Ours | None, there: Theirs | None) -> list[str]:
    return [f"{each.kind} {each.service}".strip() for each in of_account("ivan", here, there, sold=SOLD)]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (ours("start=A", "screen=B"), theirs("start=A", "screen=B"), []),
        (ours(), theirs(), []),
        (ours(registered=False), None, []),
        (ours(registered=False), theirs(), []),
        (None, None, []),
        # on and off
        (ours(), theirs("start=A"), ["on_there_off_here start"]),
        (ours(registered=False), theirs("start=A"), ["on_there_off_here start"]),
        (ours("start=A"), theirs(), ["off_there_on_here start"]),
        (ours("start=A"), theirs("max=A"), ["on_there_off_here max", "off_there_on_here start"]),
        (ours("start=A"), theirs("start=A", "screen=B"), ["on_there_off_here screen"]),
        # accounts
        (None, theirs(), ["unknown_account"]),
        (None, theirs("start=A"), ["unknown_account"]),
        (ours(), None, ["lost_account"]),
        (ours("start=A"), None, ["lost_account"]),
        # codes; a bundle that shows no code proves nothing
        (ours("start=A"), theirs("start=B"), ["wrong_code start"]),
        (ours("start"), theirs("start=B"), ["wrong_code start"]),
        (ours("start=A"), theirs("start"), []),
        (ours("start"), theirs("start"), []),
        # bundles that we do not sell
        (ours(), theirs("secret=A"), ["foreign_bundle secret"]),
        (ours("start=A"), theirs("secret=A", "start=A"), ["foreign_bundle secret"]),
        # whom delivery has still to deal with
        (ours("start=A", in_flight=True), theirs(), []),
        (ours(in_flight=True), theirs("start=A", "secret=B"), []),
        (ours("start=A", in_flight=True), theirs("start=B"), []),
        (ours("start=A", in_flight=True), None, []),
    ],
)
def test_differences_of_an_account(here, there, expected):
    assert found(here, there) == expected


def test_a_difference_says_what_is_here_and_what_is_there():
    [code] = of_account("ivan", ours("start=A"), theirs("start=B"), sold=SOLD)
    [missing] = of_account("ivan", ours("start"), theirs("start=B"), sold=SOLD)
    [unknown] = of_account("ivan", None, theirs("start=A", "max=B"), sold=SOLD)
    [empty] = of_account("ivan", None, theirs(), sold=SOLD)

    assert (code.login, code.ours, code.theirs) == ("ivan", "A", "B")
    assert (missing.ours, missing.theirs) == ("-", "B")
    assert unknown.theirs == "max, start"
    assert empty.theirs == "-"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_sentence_that_can_be_filled_in(kind):
    difference = Difference(kind=kind, login="ivan", service="start", ours="A", theirs="B")

    assert difference.text == TEXTS[kind]
    assert "%" not in difference.text % vars(difference)


def terms(fee: int, share: int | None, service: str = "start") -> Terms:
    return Terms(service=service, fee=Money(fee, "UAH"), share=None if share is None else Money(share, "UAH"))


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (terms(5000, 3000), [terms(5000, 3000)], []),
        (terms(5000, None), [terms(5000, 3000)], []),
        (terms(5000, 3000), [terms(4990, 3000)], ["price_differs 50.00 UAH 49.90 UAH"]),
        (terms(5000, 3000), [terms(5000, 2990)], ["share_differs 30.00 UAH 29.90 UAH"]),
        (terms(5000, 0), [terms(5000, 1)], ["share_differs 0.00 UAH 0.01 UAH"]),
        (
            terms(5000, 3000),
            [terms(1, 2)],
            ["price_differs 50.00 UAH 0.01 UAH", "share_differs 30.00 UAH 0.02 UAH"],
        ),
        (terms(5000, 3000), [terms(4990, 3000)] * 3, ["price_differs 50.00 UAH 49.90 UAH"]),
        (
            terms(5000, 3000),
            [terms(4990, 3000), terms(4980, 3000)],
            ["price_differs 50.00 UAH 49.90 UAH", "price_differs 50.00 UAH 49.80 UAH"],
        ),
        (terms(5000, 3000), [terms(1, 2, service="secret")], []),
    ],
)
def test_differences_of_prices(here, there, expected):
    found = of_prices({"start": here}, there)

    assert [f"{each.kind} {each.ours} {each.theirs}" for each in found] == expected
