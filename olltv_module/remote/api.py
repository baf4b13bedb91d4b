"""The module's JSON routes, by who may use them."""

from olltv_module.remote import fee_runs, me, subscribers, tariffs
from weblib.areas import Area

AREAS = (
    Area(blueprint=tariffs.bp, scopes=("cabinet", "staff-read")),
    Area(blueprint=me.bp, scopes=("cabinet",), subject=True, errors=(402, 404, 502)),
    Area(blueprint=subscribers.bp, scopes=("staff-read",)),
    Area(blueprint=fee_runs.starting, scopes=("cron",)),
    Area(blueprint=fee_runs.reading, scopes=("cron", "staff-read")),
)
