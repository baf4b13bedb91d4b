"""The partner's report of a month: fetched by the worker, kept as sums by his service ids."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete

from billing.db import insert_missing
from billing.jobs import Work
from billing.periods import Month
from billing.uow import UnitOfWork, use_case
from olltv_module.reports.models import PartnerReport, PartnerSum

KIND = "olltv.purchases"
SAY_EVERY = 1000


def fetch(work: Work) -> dict[str, object]:
    """Fetch the report of the month `args["month"]` and put it in the place of what was fetched before.

    :raises PartnerUnreachable, PartnerRefused: nothing has changed
    """
    month = Month.parse(work.args["month"])
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    number = 0
    for each in work.delivering().partner.purchases(start_date=date(month.year, month.month, 1)):
        of_service = sums[each.tariff_id]
        for place, value in enumerate((1, each.retail_minor, each.provider_minor)):
            of_service[place] += value
        number += 1
        if number % SAY_EVERY == 0:
            work.progress(number, 0)
    keep(work.billing.uow(), month=month, sums=dict(sums), now=work.clock())
    return {"url": f"/money/{month}", "purchases": number}


@use_case
def keep(uow: UnitOfWork, *, month: Month, sums: dict[str, Any], now: datetime) -> None:
    """Put a report in the place of the one before. `sums`: purchases, retail and provider price by service id."""
    values = {"month": str(month), "fetched_at": now, "purchases": sum(each[0] for each in sums.values())}
    insert_missing(uow.session, PartnerReport, **values)
    report = uow.session.get_one(PartnerReport, str(month), with_for_update=True, populate_existing=True)
    report.fetched_at, report.purchases = now, values["purchases"]
    before = delete(PartnerSum).where(PartnerSum.month == str(month))
    uow.session.execute(before.execution_options(synchronize_session=False))
    for service, (purchases, retail, provider) in sums.items():
        row = PartnerSum(month=str(month), service=service, purchases=purchases)
        row.retail_minor, row.provider_minor = retail, provider
        uow.session.add(row)
