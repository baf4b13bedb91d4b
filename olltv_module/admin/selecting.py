"""The filter of the list of subscribers: the same on the page, in exports and in actions on many."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from billing.errors import N_
from olltv_module import queries
from olltv_module.admin.desk import desk
from olltv_module.listing.selection import By, OneRange, Selection
from olltv_module.models import TvState
from weblib.forms import CheckboxList, CheckField, ChoiceField, DateField, Filter, SearchField
from weblib.pages import gettext as _
from weblib.pages import shown

TV_TEXTS = {
    TvState.ACTIVE: N_("Active"),
    TvState.PENDING: N_("Being switched on"),
    TvState.NO_MONEY: N_("Not enough money"),
    TvState.FROZEN: N_("Frozen"),
    TvState.STAFF: N_("Suspended by staff"),
    TvState.VACATION: N_("Vacation"),
    TvState.GONE: N_("Account is gone"),
    TvState.NONE: N_("No television"),
}
TV_BADGES = {TvState.ACTIVE: "good", TvState.PENDING: "info", TvState.NO_MONEY: "bad", TvState.NONE: "quiet"}
FIRST_DAYS = {By.REGISTERED: N_("Registered from"), By.CHANGED: N_("State since: from")}
LAST_DAYS = {By.REGISTERED: N_("Registered until"), By.CHANGED: N_("State since: until")}
WHOLE_DAY = timedelta(days=1)


class SubscriberFilter(Filter):
    """Narrows the list of subscribers."""

    login = SearchField(N_("Login begins with"), most=64)
    tariff = ChoiceField(N_("Main tariff"), choices=[("", N_("any"))])
    registered_since = DateField(FIRST_DAYS[By.REGISTERED])
    registered_until = DateField(LAST_DAYS[By.REGISTERED])
    since_from = DateField(FIRST_DAYS[By.CHANGED])
    since_until = DateField(LAST_DAYS[By.CHANGED])
    debt = CheckField(N_("Only debtors: a fee could not be taken"))
    tv = CheckboxList(N_("State"), choices=[(state.value, text) for state, text in TV_TEXTS.items()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        with desk().billing.reading() as session:
            mains = queries.tariffs(session, main=True, archived=True)
        self.tariff.choices = [("", _("any")), *((str(tariff.id), tariff.name) for tariff in mains)]
        self.validate()

    def validate(self, extra_validators: Any = None) -> bool:
        """A list is narrowed by one range at a time, and says so at the second one."""
        sound = super().validate(extra_validators)
        ranges = [name for name in ("login", "registered_since", "since_from") if self[name].data or _until(self, name)]
        for name in ranges[1:]:
            self.refuse(OneRange(field=name, value=""))
        return sound and len(ranges) < 2

    def selection(self) -> Selection:
        """Who is meant. What cannot be read does not narrow."""
        chosen = self.chosen()
        tv = tuple(TvState(word) for word in chosen.get("tv", ()))
        tariff_id = int(chosen["tariff"]) if "tariff" in chosen else None
        return Selection(tv=(TvState.NO_MONEY,) if chosen.get("debt") else tv, tariff_id=tariff_id, **_range(chosen))


def _until(form: SubscriberFilter, name: str) -> object:
    partner = {"registered_since": form.registered_until, "since_from": form.since_until}.get(name)
    return partner is not None and partner.data


def _range(chosen: dict[str, Any]) -> dict[str, Any]:
    """The one range that narrows the list."""
    if "login" in chosen:
        return {"login": chosen["login"]}
    for by, first, last in (
        (By.REGISTERED, "registered_since", "registered_until"),
        (By.CHANGED, "since_from", "since_until"),
    ):
        since, until = chosen.get(first), chosen.get(last)
        if since or until:
            return {"dates": by, "since": since and begins(since), "until": until and begins(until + WHOLE_DAY)}
    return {}


def described(selection: Selection) -> list[tuple[str, str]]:
    """What a list is narrowed by, in the reader's words: the name of each thing, and its value."""
    found = list[tuple[str, str]]()
    if selection.tv:
        found.append((_("State"), ", ".join(map(tv_text, selection.tv))))
    if selection.tariff_id is not None:
        with desk().billing.reading() as session:
            names = {tariff.id: tariff.name for tariff in queries.tariffs(session, main=True, archived=True)}
        found.append((_("Main tariff"), names.get(selection.tariff_id, str(selection.tariff_id))))
    if selection.login:
        found.append((_("Login begins with"), selection.login))
    since, until = (moment and moment.astimezone(desk().billing.zone) for moment in (selection.since, selection.until))
    if since:
        found.append((_(FIRST_DAYS[selection.dates or By.CHANGED]), shown(since.date())))
    if until:
        found.append((_(LAST_DAYS[selection.dates or By.CHANGED]), shown(until.date() - WHOLE_DAY)))
    return found


def begins(day: date) -> datetime:
    """The first moment of a day at the operator's place."""
    return datetime.combine(day, time(), desk().billing.zone).astimezone(UTC)


def tv_text(state: TvState) -> str:
    """A state in the reader's words."""
    return _(TV_TEXTS[state])


def tv_badge(state: TvState) -> str:
    """How the state looks."""
    return TV_BADGES.get(state, "warn")
