"""The sandbox partner as tests use it: its control door, and a billing's delivery to it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests

from billing.uow import Billing
from olltv_module.delivery.runner import Delivering
from olltv_module.partner import Partner
from tests.support import FakeClock

CATALOGUE = [
    {"sub_id": "main_start", "kind": "main", "retail": "50.00", "provider": "30.00"},
    {"sub_id": "main_max", "kind": "main", "retail": "100.00", "provider": "60.00"},
    {"sub_id": "main_nocode", "kind": "main", "code": "no", "retail": "60.00", "provider": "36.00"},
    {"sub_id": "screen2", "kind": "extra", "retail": "15.00", "provider": "9.00"},
    {"sub_id": "screen3", "kind": "extra", "retail": "15.00", "provider": "9.00"},
    {"sub_id": "sport", "kind": "extra", "retail": "35.00", "provider": "21.00"},
]
"""What the partner sells in tests, whatever is in his own file."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox; `base` is the address of its API."""

    base: str

    def partner(self, *, read_timeout_s: float = 5.0, login: str = "demo") -> Partner:
        return Partner(base_url=self.base, login=login, password=login, read_timeout_s=read_timeout_s)

    def delivering(self, billing: Billing, clock: FakeClock, *, read_timeout_s: float = 5.0) -> Delivering:
        return Delivering(billing, self.partner(read_timeout_s=read_timeout_s), clock, nap=clock.nap)

    def faults(self, faults: dict[str, dict[str, Any]], **times: float) -> None:
        """Replace all faults; none of them when empty."""
        self._post("faults", {"faults": faults, **times})

    def user(self, account: str) -> dict[str, Any] | None:
        """Everything that the partner has of one account of ours."""
        found = [each for each in self._get(f"state?account={account}")["accounts"] if each["operator"] == "demo"]
        return found[0] if found else None

    def on(self, account: str) -> set[str]:
        """The bundles that are on."""
        user = self.user(account)
        return {each["sub_id"] for each in user["bundles"] if each["on"]} if user else set()

    def codes(self, account: str) -> dict[str, str]:
        """The code of each bundle that is on or kept."""
        user = self.user(account)
        return {each["sub_id"]: each["code"] for each in user["bundles"]} if user else {}

    def devices(self, account: str) -> dict[str, str]:
        """MAC of each device, with the bundle that it is bound to."""
        user = self.user(account)
        return {each["mac"]: each["sub_id"] for each in user["devices"]} if user else {}

    def all_users(self) -> dict[str, dict[str, Any]]:
        return {each["account"]: each for each in self._get("state")["accounts"] if each["operator"] == "demo"}

    def calls(self, account: str) -> list[str]:
        """The latest calls for an account, oldest first: `"enableBundle main_start"`."""
        last = reversed(self._get("calls")["last"])
        return [f"{each['method']} {each['sub_id']}".strip() for each in last if each["account"] == account]

    def totals(self) -> dict[str, int]:
        """How often each method was called."""
        return self._get("calls")["totals"]

    def seed(self, *users: dict[str, Any], **more: Any) -> None:
        self._post("seed", {"users": list(users), **more})

    def confirm(self, email: str) -> None:
        """The user presses the link in the partner's letter."""
        self._post("confirm", {"email": email})

    def reset(self) -> None:
        """Back to a partner who knows nobody and sells what tests expect."""
        self.reset_to_shipped()
        self.seed(bundles=CATALOGUE)

    def reset_to_shipped(self) -> None:
        """Back to a partner who knows nobody and sells what his own file says, which the demo's prices match."""
        self._post("reset", {})

    def _get(self, path: str) -> Any:
        return requests.get(urljoin(self.base, f"/control/{path}"), timeout=10).json()

    def _post(self, path: str, body: Any) -> None:
        answer = requests.post(urljoin(self.base, f"/control/{path}"), json=body, timeout=10)
        assert answer.status_code == 200, answer.text
