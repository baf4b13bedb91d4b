"""What every page of the panel shows around its content: the menu, the person, the theme."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, g, request, url_for

from billing.errors import N_
from billing.staff import THEMES, Staff
from olltv_module.admin import MENU as OLLTV_MENU
from panel.news import MENU as NEWS_MENU
from ppv_module.admin import MENU as PPV_MENU
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import may

SECTIONS = (N_("Television"), N_("Pay-per-view"), N_("Streams"), N_("Money"), N_("Administration"))
MENU: tuple[Entry, ...] = (
    Entry(endpoint="overview.show", text=N_("Overview"), icon="home", section=SECTIONS[0]),
    *OLLTV_MENU,
    *PPV_MENU,
    NEWS_MENU,
    Entry(endpoint="jobs.show_all", text=N_("Jobs"), icon="list-check", section=SECTIONS[-1]),
    Entry(
        endpoint="events.show_all",
        text=N_("Event log"),
        icon="history",
        section=SECTIONS[-1],
        rights=("ADMIN", "OLLTV"),
    ),
    Entry(endpoint="people.show_all", text=N_("Staff"), icon="users-group", section=SECTIONS[-1], rights=("ADMIN",)),
    Entry(endpoint="keys.show_all", text=N_("API keys"), icon="key", section=SECTIONS[-1], rights=("ADMIN",)),
    Entry(endpoint="settings.show", text=N_("Settings"), icon="settings", section=SECTIONS[-1], rights=("ADMIN",)),
)


@dataclass(frozen=True)
class Line:
    """An entry of the menu as it is shown to one person on one page."""

    text: str
    icon: str
    url: str
    active: bool


def dress(app: Flask) -> None:
    """Give the templates of `app` the names `me`, `may`, `menu` and `theme`."""
    app.context_processor(_for_templates)


def _for_templates() -> dict[str, object]:
    person = g.get("staff")  # as the guard found it; asking anew would fail where the database is away
    return {"me": person, "may": may, "menu": list(_menu()) if person else [], "theme": _theme(person)}


def _menu() -> Iterator[tuple[str, list[Line]]]:
    for section in SECTIONS:
        entries = [each for each in MENU if each.section == section and _is_open(each)]
        if entries:
            yield _(section), [_line(each) for each in sorted(entries, key=lambda each: each.place)]


def _is_open(entry: Entry) -> bool:
    return not entry.rights or any(may(right) for right in entry.rights)


def _line(entry: Entry) -> Line:
    url = url_for(entry.endpoint)
    active = request.path == url or (url != "/" and request.path.startswith(f"{url}/"))
    return Line(_(entry.text), entry.icon, url, active)


def _theme(person: Staff | None) -> str:
    wanted = request.cookies.get("theme", getattr(person, "theme", ""))
    return wanted if wanted in THEMES else THEMES[0]
