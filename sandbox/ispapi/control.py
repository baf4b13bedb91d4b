"""Control endpoints: faults, state, reset, seed. They ask for no password, so they are off unless wanted."""

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, request

from .catalogue import CatalogueError
from .codes import Refused
from .faults import FaultError, FaultSettings
from .methods import NAMES
from .mischief import as_json
from .partner import Partner
from .seed import SeedError, plant
from .store import Store
from .users import confirm

bp = Blueprint("control", __name__, url_prefix="/control")


def _partner() -> Partner:
    partner: Partner = current_app.extensions["ispapi"]
    return partner


@bp.errorhandler(FaultError)
@bp.errorhandler(SeedError)
@bp.errorhandler(CatalogueError)
@bp.errorhandler(Refused)
def refuse(error: Exception) -> Response:
    """Say what is wrong with the request; nothing has changed."""
    return as_json({"error": str(error)}, 422)


@bp.get("/faults")
def show_faults() -> Response:
    return as_json(_partner().faults.settings.as_json())


@bp.post("/faults")
def set_faults() -> Response:
    """Replace all rules; times and the seed stay unless named."""
    partner = _partner()
    default = partner.faults.settings
    partner.faults.replace(FaultSettings.from_json(_body(), methods=NAMES, default=default))
    return show_faults()


@bp.delete("/faults")
def clear_faults() -> Response:
    """No faults and no latency from now on."""
    _partner().faults.replace(FaultSettings())
    return show_faults()


@bp.get("/state")
def show_state() -> Response:
    """All accounts, or those of `?account=`, with their bundles and devices."""
    return as_json({"accounts": accounts(_partner().store, request.args.get("account", ""))})


@bp.get("/calls")
def show_calls() -> Response:
    calls = _partner().calls
    return as_json({"totals": calls.totals(), "last": [asdict(call) for call in calls.last()]})


@bp.post("/reset")
def reset() -> Response:
    """Back to an empty partner with the operators, catalogue and faults of the start."""
    _partner().reset()
    return as_json({"ok": True})


@bp.post("/confirm")
def confirm_binding() -> Response:
    """The user presses the link in the mail: `{"email": ...}`."""
    with _partner().store.writing() as db:
        confirm(db, str(_body().get("email", "")))
    return as_json({"ok": True})


@bp.post("/seed")
def seed() -> Response:
    """Add operators, bundles and users; all or nothing."""
    return as_json(plant(_partner(), _body()))


def _body() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise SeedError("the body must be a JSON object")
    return body


def accounts(store: Store, account: str = "") -> list[dict[str, Any]]:
    """Every user with bundles (kept ones with `on` false) and devices, by three queries whatever the size."""
    with store.reading() as db:
        users = db.execute(
            "SELECT user.*, operator.login AS operator FROM user LEFT JOIN operator ON operator.id = user.operator_id"
            " WHERE ? IN ('', account) ORDER BY user.id",
            (account,),
        ).fetchall()
        bundles, devices = defaultdict(list), defaultdict(list)
        for row in db.execute("SELECT * FROM bundle ORDER BY kind DESC, id"):
            bundles[row["user_id"]].append({"sub_id": row["sub_id"], "on": bool(row["is_on"]), "code": row["code"]})
        for row in db.execute(
            "SELECT device.*, bundle.user_id, bundle.sub_id FROM device JOIN bundle ON bundle.id = bundle_id"
        ):
            names = ("mac", "serial_number", "device_type", "device_model", "sub_id")
            devices[row["user_id"]].append({name: row[name] for name in names})
    shown = ("id", "operator", "account", "email", "phone", "pending_account")
    return [
        {name: user[name] for name in shown}
        | {"active": bool(user["active"]), "bundles": bundles[user["id"]], "devices": devices[user["id"]]}
        for user in users
    ]
