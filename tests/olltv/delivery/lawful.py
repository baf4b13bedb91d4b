"""A partner in memory who takes no illegal call: he stops the test instead of refusing."""

from dataclasses import dataclass, field
from itertools import count

from olltv_module.partner import AccountUnknown, DisableType, EnableType, OldBundleOff, PartnerUser, Profile

CODES = count(1)


class IllegalCall(AssertionError):
    """A correct client never makes this call."""


@dataclass
class LawfulPartner:
    """One account; `on` and `kept` map services to their codes."""

    mains: set[str]
    registered: bool = False
    on: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def account_exists(self, *, account: str) -> PartnerUser | None:
        return PartnerUser.read({"ID": "7", "account": account}) if self.registered else None

    def add_user(self, *, account: str, email: str, profile: Profile) -> str:
        self.registered = True
        return "7"

    def user_info(self, *, account: str) -> PartnerUser:
        self._note("read", account)
        bundles = [{"sub_id": service, "binding_code": code} for service, code in self.on.items()]
        return PartnerUser.read({"ID": "7", "account": account, "bought_subs": bundles})

    def enable_bundle(self, *, account: str, bundle: str, kind: EnableType) -> str:
        self._note(f"enable {kind}", bundle)
        if bundle not in self.on:
            self._require(bool(self._mains_on()) != (bundle in self.mains), f"enable {bundle} beside {self.on}")
            self.on[bundle] = self.kept.pop(bundle, None) or f"code{next(CODES)}"
        return self.on[bundle]

    def disable_bundle(self, *, account: str, bundle: str, kind: DisableType) -> None:
        self._note(f"disable {kind}", bundle)
        if bundle in self.on:
            extras = self.on.keys() - self.mains
            self._require(bundle not in self.mains or not extras, f"disable {bundle} under {extras}")
            self.kept[bundle] = self.on.pop(bundle)
        if kind is DisableType.BREAK_CONTRACT:
            self.kept.pop(bundle, None)

    def change_bundle(self, *, account: str, old: str, new: str) -> None:
        self._note(f"change {old} to", new)
        self._require({old, new} <= self.mains and old != new, f"change {old} to {new}")
        if new in self.on:
            return
        if old not in self.on:
            raise OldBundleOff(call="changeBundle", status=504)
        self.kept.pop(new, None)
        self.on[new] = self.on.pop(old)

    def _mains_on(self) -> set[str]:
        return self.on.keys() & self.mains

    def _note(self, call: str, bundle: str) -> None:
        self.calls.append(f"{call} {bundle}")
        if not self.registered:
            raise AccountUnknown(call=call, status=404)

    @staticmethod
    def _require(law: bool, call: str) -> None:
        if not law:
            raise IllegalCall(call)
