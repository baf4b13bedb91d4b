"""What a view asks of the person who calls it. The app's guard enforces it and refuses views that ask for nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from flask import g

View = TypeVar("View", bound=Callable[..., Any])

MARK = "wanted_rights"


class Unmarked(RuntimeError):
    """A defect: a view that does not say who may call it."""


def requires(*rights: str) -> Callable[[View], View]:
    """Let in whoever is signed in and has one of `rights`; without any, everybody who is signed in."""
    return _marked(frozenset(rights))


def public(view: View) -> View:
    """Let in everybody."""
    return _marked(None)(view)


def wanted(view: Callable[..., Any]) -> frozenset[str] | None:
    """The rights of which one is wanted; None for a public view.

    :raises Unmarked: the view says nothing
    """
    try:
        found: frozenset[str] | None = getattr(view, MARK)
    except AttributeError:
        raise Unmarked(f"{view} says nothing about who may call it") from None
    return found


def suffices(view: Callable[..., Any], given: Iterable[str]) -> bool:
    """Whether somebody who is signed in with the rights `given` may call `view`."""
    asked = wanted(view)
    return not asked or not asked.isdisjoint(given)


def require_marks(views: Mapping[str, Callable[..., Any]]) -> None:
    """:raises Unmarked: one of the views of an app says nothing"""
    for view in views.values():
        wanted(view)


def _marked(rights: frozenset[str] | None) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, MARK, rights)
        return view

    return mark


def may(right: str) -> bool:
    """Whether the person of this request has `right`; the guard has noted that in `g.rights`."""
    return right in g.get("rights", ())
