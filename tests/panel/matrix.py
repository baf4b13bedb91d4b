"""Who may call what: one row for every route and method of the panel. `test_matrix.py` holds the panel to it.

A new route wants a row here, written by somebody who has thought about it: the tests do not take the right from the
code. The names in < > are filled in with samples, see `test_matrix.samples`; `given` names others for one row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PUBLIC = None
ANYBODY: tuple[str, ...] = ()
TV, MONEY, ADMIN = ("OLLTV",), ("MONEY",), ("ADMIN",)
TV_OR_MONEY, TV_OR_ADMIN = ("MONEY", "OLLTV"), ("ADMIN", "OLLTV")


@dataclass(frozen=True)
class Row:
    """`rights`: one of them is wanted; without any a sign-in is enough; PUBLIC wants nothing.

    `status` is what a page that is there answers to somebody with every right. `plain`: whatever stands in the
    address, there is no object that could be missing. `by`: who can do it where the right alone does not suffice,
    since it is his own thing or the thing wants more. `owned`: to others it is as if it did not exist.
    """

    method: str
    rule: str
    rights: tuple[str, ...] | None
    status: int = 200
    given: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False
    by: str = ""
    owned: bool = False

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "HEAD", "OPTIONS")


ROWS = (
    Row("GET", "/", ANYBODY),
    Row("GET", "/assets/<mark>/<path:name>", PUBLIC, given={"name": "kit.css"}),
    Row("GET", "/events", TV_OR_ADMIN),
    Row("GET", "/events/<int:event_id>", TV_OR_ADMIN),
    Row("POST", "/exports/<name>", ANYBODY, given={"name": "events"}, by="ADMIN"),
    Row("GET", "/exports/<name>.<any(csv, xlsx):kind>", ANYBODY, given={"name": "events", "kind": "csv"}, by="ADMIN"),
    Row("GET", "/fees", TV),
    Row("GET", "/fees/<int:run_id>", TV),
    Row("GET", "/fees/<int:run_id>/changes", TV),
    Row("GET", "/fees/<int:run_id>/progress", TV),
    Row("POST", "/fees/preview", TV),
    Row("GET", "/fees/runs", TV),
    Row("GET", "/fees/start", TV),
    Row("POST", "/fees/start", TV),
    Row("GET", "/healthz", PUBLIC),
    Row("GET", "/jobs", ANYBODY),
    Row("GET", "/jobs/<int:job_id>", ANYBODY, owned=True),
    Row("GET", "/jobs/<int:job_id>/file", ANYBODY, status=404, owned=True),
    Row("GET", "/jobs/<int:job_id>/progress", ANYBODY, owned=True),
    Row("GET", "/keys", ADMIN),
    Row("GET", "/keys/<int:key_id>/revoke", ADMIN),
    Row("POST", "/keys/<int:key_id>/revoke", ADMIN),
    Row("GET", "/keys/made", ADMIN, status=303),
    Row("GET", "/keys/new", ADMIN),
    Row("POST", "/keys/new", ADMIN),
    Row("GET", "/keys/serial", ADMIN),
    Row("POST", "/keys/serial", ADMIN),
    Row("POST", "/language", PUBLIC),
    Row("GET", "/metrics", PUBLIC),
    Row("GET", "/money", MONEY),
    Row("GET", "/money/<month>", MONEY, plain=True),
    Row("POST", "/money/<month>/fetch", MONEY, plain=True),
    Row("GET", "/money/proposals", MONEY),
    Row("POST", "/money/proposals/<int(max=9223372036854775807):proposal_id>/approve", MONEY),
    Row("POST", "/money/proposals/<int(max=9223372036854775807):proposal_id>/refuse", MONEY),
    Row(
        "POST",
        "/money/proposals/<int(max=9223372036854775807):proposal_id>/withdraw",
        MONEY,
        by="OLLTV+PPV+MONEY+ADMIN",
    ),
    Row("GET", "/profile", ANYBODY),
    Row("POST", "/profile", ANYBODY),
    Row("POST", "/profile/language", ANYBODY),
    Row("GET", "/profile/password", ANYBODY),
    Row("POST", "/profile/password", ANYBODY),
    Row("GET", "/profile/second-factor", ANYBODY),
    Row("POST", "/profile/second-factor", ANYBODY),
    Row("POST", "/profile/second-factor/begin", ANYBODY),
    Row("GET", "/profile/second-factor/codes", ANYBODY, status=303),
    Row("GET", "/profile/second-factor/new-codes", ANYBODY),
    Row("POST", "/profile/second-factor/new-codes", ANYBODY),
    Row("GET", "/profile/second-factor/off", ANYBODY),
    Row("POST", "/profile/second-factor/off", ANYBODY),
    Row("POST", "/profile/sign-out-everywhere", ANYBODY),
    Row("POST", "/profile/theme", ANYBODY),
    Row("GET", "/queue", TV),
    Row("GET", "/queue/<login>/give-up", TV),
    Row("POST", "/queue/<login>/give-up", TV),
    Row("POST", "/queue/<login>/retry", TV),
    Row("POST", "/queue/retry", TV),
    Row("GET", "/reconcile", TV),
    Row("POST", "/reconcile", TV),
    Row("GET", "/reconcile/<int:difference_id>", TV),
    Row("POST", "/reconcile/<int:difference_id>/dismiss", TV),
    Row("POST", "/reconcile/<int:difference_id>/reopen", TV),
    Row("POST", "/reconcile/<int:difference_id>/repair", TV),
    Row("GET", "/reconcile/checks", TV),
    Row("GET", "/reconcile/history", TV),
    Row("GET", "/reconcile/repair/<word>", TV, plain=True),
    Row("GET", "/reconcile/results/<int:job_id>", TV, status=404),
    Row("POST", "/reconcile/repair/<word>", TV, plain=True),
    Row("GET", "/search", TV),
    Row("GET", "/settings", ADMIN),
    Row("GET", "/setup", PUBLIC, status=404),
    Row("POST", "/setup", PUBLIC),
    Row("GET", "/sign-in", PUBLIC, status=303),
    Row("POST", "/sign-in", PUBLIC),
    Row("GET", "/sign-in/code", PUBLIC, status=303),
    Row("POST", "/sign-in/code", PUBLIC),
    Row("POST", "/sign-out", ANYBODY),
    Row("GET", "/staff", ADMIN),
    Row("GET", "/staff/<int:staff_id>", ADMIN),
    Row("POST", "/staff/<int:staff_id>", ADMIN),
    Row("GET", "/staff/<int:staff_id>/disable", ADMIN),
    Row("POST", "/staff/<int:staff_id>/disable", ADMIN),
    Row("POST", "/staff/<int:staff_id>/enable", ADMIN),
    Row("GET", "/staff/<int:staff_id>/password", ADMIN),
    Row("POST", "/staff/<int:staff_id>/password", ADMIN),
    Row("GET", "/staff/<int:staff_id>/second-factor", ADMIN),
    Row("POST", "/staff/<int:staff_id>/second-factor", ADMIN),
    Row("POST", "/staff/<int:staff_id>/sign-out", ADMIN),
    Row("GET", "/staff/new", ADMIN),
    Row("POST", "/staff/new", ADMIN),
    Row("GET", "/static/<path:filename>", PUBLIC, status=404, given={"filename": "none"}),
    Row("GET", "/subscribers", TV),
    Row("GET", "/subscribers/<login>", TV_OR_MONEY),
    Row("GET", "/subscribers/<login>/addons", TV),
    Row("POST", "/subscribers/<login>/addons", TV),
    Row("POST", "/subscribers/<login>/autoresume", TV),
    Row("GET", "/subscribers/<login>/change", TV),
    Row("POST", "/subscribers/<login>/change", TV),
    Row("POST", "/subscribers/<login>/codes", TV),
    Row("GET", "/subscribers/<login>/correct", MONEY),
    Row("POST", "/subscribers/<login>/correct", MONEY),
    Row("POST", "/subscribers/<login>/deliver", TV),
    Row("GET", "/subscribers/<login>/devices/new", TV),
    Row("POST", "/subscribers/<login>/devices/new", TV),
    Row("GET", "/subscribers/<login>/devices/remove", TV, status=422),
    Row("POST", "/subscribers/<login>/devices/remove", TV),
    Row("GET", "/subscribers/<login>/edit", TV),
    Row("POST", "/subscribers/<login>/edit", TV),
    Row("GET", "/subscribers/<login>/email", TV),
    Row("POST", "/subscribers/<login>/email", TV),
    Row("GET", "/subscribers/<login>/leave", TV),
    Row("POST", "/subscribers/<login>/leave", TV),
    Row("GET", "/subscribers/<login>/parental", TV),
    Row("POST", "/subscribers/<login>/parental", TV),
    Row("GET", "/subscribers/<login>/partner", TV, status=200),
    Row("GET", "/subscribers/<login>/phone", TV),
    Row("POST", "/subscribers/<login>/phone", TV),
    Row("GET", "/subscribers/<login>/refund/<int(max=9223372036854775807):transfer_id>", MONEY),
    Row("POST", "/subscribers/<login>/refund/<int(max=9223372036854775807):transfer_id>", MONEY),
    Row("GET", "/subscribers/<login>/resume", TV),
    Row("POST", "/subscribers/<login>/resume", TV),
    Row("GET", "/subscribers/<login>/statement", TV_OR_MONEY),
    Row("GET", "/subscribers/<login>/statement.csv", TV_OR_MONEY),
    Row("GET", "/subscribers/<login>/subscribe", TV),
    Row("POST", "/subscribers/<login>/subscribe", TV),
    Row("GET", "/subscribers/<login>/suspend", TV),
    Row("POST", "/subscribers/<login>/suspend", TV),
    Row("GET", "/subscribers/<login>/top-up", MONEY),
    Row("POST", "/subscribers/<login>/top-up", MONEY),
    Row("GET", "/subscribers/<login>/visit", TV),
    Row("POST", "/subscribers/<login>/visit", TV),
    Row("GET", "/subscribers/bulk", TV),
    Row("POST", "/subscribers/bulk", TV),
    Row("GET", "/subscribers/bulk/<int(max=9223372036854775807):bulk_id>", TV),
    Row("POST", "/subscribers/bulk/<int(max=9223372036854775807):bulk_id>/continue", TV),
    Row("GET", "/subscribers/bulk/past", TV),
    Row("GET", "/subscribers/new", TV),
    Row("POST", "/subscribers/new", TV),
    Row("GET", "/tariffs", TV),
    Row("GET", "/tariffs/<int:tariff_id>", TV),
    Row("GET", "/tariffs/<int:tariff_id>/archive", TV),
    Row("POST", "/tariffs/<int:tariff_id>/archive", TV),
    Row("GET", "/tariffs/<int:tariff_id>/delete", TV),
    Row("POST", "/tariffs/<int:tariff_id>/delete", TV),
    Row("GET", "/tariffs/<int:tariff_id>/edit", TV),
    Row("POST", "/tariffs/<int:tariff_id>/edit", TV),
    Row("GET", "/tariffs/<int:tariff_id>/fee", TV),
    Row("POST", "/tariffs/<int:tariff_id>/fee", TV),
    Row("POST", "/tariffs/<int:tariff_id>/fee/cancel", TV, plain=True),
    Row("POST", "/tariffs/<int:tariff_id>/try", TV),
    Row("POST", "/tariffs/<int:tariff_id>/unarchive", TV),
    Row("GET", "/tariffs/new", TV),
    Row("POST", "/tariffs/new", TV),
    Row("POST", "/theme", PUBLIC),
    Row("POST", "/views", ANYBODY),
    Row("POST", "/views/<int:view_id>/delete", ANYBODY, owned=True),
)
