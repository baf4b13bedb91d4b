"""A partner made of prepared answers: real HTTP objects, no network."""

import json
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

import pytest
import responses

from olltv_module.partner import CallJournal, Detail, Partner

BASE = "https://partner.test/ispAPI"
LOGIN, PASSWORD, HASH = "isp-one", "operator-secret", "hash-of-the-session"


class Desk:
    """Answers for the partner, in the order they were laid out, and what he was asked."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.mock = mock

    def says(self, method: str, *answers: object, http_status: int = 200) -> None:
        """Lay out answers for a method: bytes as they are, an exception to be raised, the rest as JSON."""
        for answer in answers:
            body = answer if isinstance(answer, (bytes, Exception)) else json.dumps(answer)
            self.mock.post(f"{BASE}/{method}", body=body, status=http_status)

    def gives(self, method: str, data: object) -> None:
        """Lay out one success with this data."""
        self.says(method, {"status": 0, "data": data})

    def refuses(self, method: str, status: int, message: str = "No") -> None:
        """Lay out one failure with this code."""
        self.says(method, {"status": status, "message": message})

    def asked(self, method: str) -> list[dict[str, str]]:
        """The parameters of each call of a method, without the hash."""
        requests = [c.request for c in self.mock.calls if c.request.url == f"{BASE}/{method}"]
        forms = [dict(parse_qsl(request.body, keep_blank_values=True)) for request in requests]
        return [{name: value for name, value in form.items() if name != "hash"} for form in forms]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        desk = Desk(mock)
        desk.says("auth2", {"status": 0, "hash": HASH})
        yield desk


@pytest.fixture
def partner(desk) -> Partner:
    return Partner(base_url=BASE + "/", login=LOGIN, password=PASSWORD)


@pytest.fixture
def written(desk, tmp_path) -> Callable[[Detail, Callable[[Partner], object]], str]:
    """Run a story with a journal of some detail, and read what it wrote."""
    path = tmp_path / "exports" / "olltv.log"

    def tell(detail: Detail, story: Callable[[Partner], object]) -> str:
        journal = CallJournal(path=path, detail=detail)
        story(Partner(base_url=BASE, login=LOGIN, password=PASSWORD, journal=journal))
        journal.close()
        return path.read_text("utf-8") if path.exists() else ""

    return tell
