"""Comparing and repairing as jobs of the worker."""

from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.jobs import Work, find
from olltv_module.options import OlltvOptions
from olltv_module.reconcile import checks, settling
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.settling import End

RECONCILE, REPAIR = "olltv.reconcile", "olltv.repair"
PAGE = "/reconcile"


def reconcile(work: Work) -> dict[str, object]:
    """Compare both sides. One that was broken off is begun anew: what it had found is met again."""
    workers = work.billing.option(OlltvOptions).workers
    number = checks.check(work.delivering(), actor=work.actor, workers=workers, progress=work.progress)
    return {"check": number, "url": PAGE}


def repair(work: Work) -> dict[str, object]:
    """Repair every open difference of the kind `args["kind"]`."""
    kind = Kind(work.args["kind"])
    ends = settling.repair_all(work.delivering(), kind=kind, actor=work.actor, progress=work.progress)
    return {"ends": {str(end): number for end, number in ends.items()}, "url": f"{PAGE}/results/{work.job_id}"}


def outcome(session: Session, job_id: int) -> dict[End, int]:
    """How the differences ended that a job was to repair; none as long as it is under way.

    :raises NotFound: there is no such job
    """
    job = find(session, job_id)
    if job.kind != REPAIR:
        raise NotFound(job=job_id)
    ends = (job.outcome or {}).get("ends", {})
    return {end: ends[end] for end in End if end in ends}
