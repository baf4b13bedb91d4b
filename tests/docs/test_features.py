"""The tables of features in the guides to pay-per-view name a test for each, and each of them exists."""

import re

import pytest

from suite.settings import PROJECT

GUIDES = [("ppv-chat.md", "PPV", 50), ("ppv-streams.md", "NIM", 33)]


def rows(guide: str, prefix: str) -> dict[int, str]:
    text = (PROJECT / "docs" / guide).read_text()
    return {
        int(number): shown_by
        for number, shown_by in re.findall(rf"^\| {prefix}-(\d+) \| [^|]+ \| (.+) \|$", text, re.M)
    }


@pytest.mark.parametrize(("guide", "prefix", "features"), GUIDES)
def test_every_feature_has_its_row(guide, prefix, features):
    assert list(rows(guide, prefix)) == list(range(1, features + 1))


@pytest.mark.parametrize(("guide", "prefix", "features"), GUIDES)
def test_every_test_that_is_named_exists(guide, prefix, features):
    named = [
        (number, name)
        for number, cell in rows(guide, prefix).items()
        for name in re.findall(r"`([\w/]+\.py(?:::\w+)?)`", cell)
    ]
    assert {number for number, _ in named} == set(rows(guide, prefix))
    for _, name in named:
        file, _, function = name.partition("::")
        text = (PROJECT / "tests" / file).read_text()
        assert not function or re.search(rf"^ *def {function}\(", text, re.M), name
