"""The table of features in the guide to the chat names a test for each, and each of them exists."""

import re

from suite.settings import PROJECT

FEATURES = 50


def rows() -> dict[int, str]:
    guide = (PROJECT / "docs" / "ppv-chat.md").read_text()
    return {
        int(number): shown_by for number, shown_by in re.findall(r"^\| PPV-(\d+) \| [^|]+ \| (.+) \|$", guide, re.M)
    }


def test_every_feature_has_its_row():
    assert list(rows()) == list(range(1, FEATURES + 1))


def test_every_test_that_is_named_exists():
    named = [
        (number, name) for number, cell in rows().items() for name in re.findall(r"`([\w/]+\.py(?:::\w+)?)`", cell)
    ]
    assert {number for number, _ in named} == set(rows())
    for _, name in named:
        file, _, function = name.partition("::")
        text = (PROJECT / "tests" / file).read_text()
        assert not function or re.search(rf"^ *def {function}\(", text, re.M), name
