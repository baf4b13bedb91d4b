"""Who the sandbox lets in."""

import base64

import pytest

from sandbox.html5chat.tokens import Refused, open_token
from tests.sandbox_html5chat.conftest import NOW, PASSWORD, token

KNOWN = "ZyitDiQAN3VDLVgoK6AggcQKjeBJzG0s2OeeGcJAoKo"


def opened(text, *, webmaster_id=1, password=PASSWORD, now_s=NOW):
    return open_token(text, webmaster_id=webmaster_id, password=password, now_s=now_s)


def test_the_vendors_own_example_opens():
    made = token(key="k3y", password="fbe8cdb8cacde73703e02dcf0866f7e9", id=7)
    assert made.endswith(f".{KNOWN}")
    card = opened(made, password="k3y")
    assert (card.id, card.username, card.role, card.room) == (7, "ann", "user", 10_003)


@pytest.mark.parametrize(
    "made",
    [
        token(key="another password"),
        token(webmasterid=2),
        token(webmasterid="1"),
        token(password=PASSWORD),
        token(password=None),
        token(exp=NOW),
        token(exp=NOW - 1),
        token(exp="never"),
        token(username=""),
        token(username=None),
        token(role="owner"),
        token(role="Performer"),
        token(startRoom="10003"),
        token(startRoom=-1),
        token(startRoom=True),
        token(head={"typ": "JWT", "alg": "none"}),
        token(head={"typ": "JWT", "alg": "HS512"}),
        token().rpartition(".")[0] + ".",
        token() + "x",
        "a.b",
        "a.b.c.d",
        "....",
        "",
        "ключ.ключ.ключ",
        f"{base64.b64encode(b'[]').decode()}." * 2 + "x",
    ],
)
def test_nobody_else_comes_in(made):
    with pytest.raises(Refused):
        opened(made)


def test_what_may_be_missing():
    card = opened(token(id=None, startRoom=None, role=None, exp=NOW + 1, credits=5))
    assert (card.role, card.room, card.credits) == ("user", None, 5) and card.id >= 10**9
    assert card.id == opened(token(id=None)).id != opened(token(id=None, username="bob")).id


def test_pictures_may_be_in_base64():
    address = "https://isp.example/a?x=1&y=2"
    assert opened(token(image=base64.b64encode(address.encode()).decode())).image == address
    assert opened(token(image="javascript:alert(1)")).image == ""
