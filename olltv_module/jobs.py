"""Long work of the module that staff ask for and the worker does."""

from billing.errors import N_
from billing.jobs import Handler
from olltv_module.fee_jobs import charge_fees, preview_fees
from olltv_module.reconcile import purchases, work
from olltv_module.services.bulk import run as bulk
from olltv_module.services.fees.asking import CHARGE, PREVIEW

HANDLERS: dict[str, Handler] = {
    CHARGE: charge_fees,
    PREVIEW: preview_fees,
    purchases.KIND: purchases.fetch,
    bulk.KIND: bulk.work,
    work.RECONCILE: work.reconcile,
    work.REPAIR: work.repair,
}

TITLES: dict[str, str] = {
    CHARGE: N_("Monthly run"),
    PREVIEW: N_("Preview of the monthly run"),
    purchases.KIND: N_("Purchases as the partner has them"),
    bulk.KIND: N_("Action on many subscribers"),
    work.RECONCILE: N_("Comparison with the partner"),
    work.REPAIR: N_("Repair of differences"),
}
"""What a job is called, as marked texts."""
