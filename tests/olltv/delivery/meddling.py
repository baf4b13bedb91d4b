"""A partner's client through which a test can do something at the very moment of a call."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from olltv_module.delivery.runner import Delivering
from olltv_module.partner import Partner


class Meddler:
    """Passes calls on. `rules` maps a method to what is done after each of its calls, in turn; it may raise."""

    def __init__(self, partner: Partner, rules: dict[str, list[Callable[[], object]]]) -> None:
        self._partner, self._rules = partner, rules

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._partner, name)

        def passed_on(**arguments: object) -> object:
            answer = call(**arguments)
            if rules := self._rules.get(name):
                rules.pop(0)()
            return answer

        return passed_on


class Refuser:
    """Passes calls on but for one method, which raises, after something else was done."""

    def __init__(self, partner: Partner, method: str, error: Exception, meanwhile: Callable[[], object]) -> None:
        self._partner, self._method, self._error, self._meanwhile = partner, method, error, meanwhile

    def __getattr__(self, name: str) -> Any:
        return self._refuse if name == self._method else getattr(self._partner, name)

    def _refuse(self, **_arguments: object) -> None:
        self._meanwhile()
        raise self._error


def nothing() -> None:
    """Let a call pass."""


def after(delivering: Delivering, **rules: Callable[[], object] | list[Callable[[], object]]) -> Delivering:
    """Delivery during whose first calls of a method, after their effect, something happens."""
    lists = {name: rule if isinstance(rule, list) else [rule] for name, rule in rules.items()}
    return replace(delivering, partner=Meddler(delivering.partner, lists))  # type: ignore[arg-type]


def refusing(
    delivering: Delivering, method: str, error: Exception, meanwhile: Callable[[], object] = nothing
) -> Delivering:
    """Delivery to a partner one of whose methods answers with `error`; `meanwhile` happens during the call."""
    return replace(delivering, partner=Refuser(delivering.partner, method, error, meanwhile))  # type: ignore[arg-type]
