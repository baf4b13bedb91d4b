"""What has to be right on our side, so that a chat works: from what is known here, without asking the chat."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from billing.errors import N_
from ppv_module.chat.models import HookCall, HookMode, Mode, Tenant
from ppv_module.chat.presence import POLLED_FOR, is_warning
from ppv_module.options import PpvOptions
from ppv_module.provider.base import Finding, Mark

SILENT_HOOKS = timedelta(days=1)


def findings(
    tenant: Tenant, options: PpvOptions, *, performers: int, last_call: HookCall | None, cabinet_url: str, now: datetime
) -> list[Finding]:
    """The checklist, in the order in which somebody would go through it."""
    return [
        _either(options.enabled, N_("Pay-per-view is switched on."), N_("Pay-per-view is switched off: PPV_ENABLED.")),
        _either(tenant.active, N_("The chat is in use."), N_("The chat is archived: nobody can enter it.")),
        _either(performers > 0, N_("Active performers: %(number)s."), N_("No performer is active."), number=performers),
        _cabinet(cabinet_url),
        *_presence(tenant, now),
        *_hooks(tenant, options, last_call, now),
        *_paypal(tenant, options),
    ]


def _either(is_good: bool, good: str, bad: str, **facts: object) -> Finding:
    return Finding(Mark.GOOD, good, facts) if is_good else Finding(Mark.BAD, bad, facts)


def _cabinet(url: str) -> Finding:
    if url:
        return Finding(Mark.GOOD, N_("Viewers and performers come by the cabinet: %(url)s"), {"url": url})
    return Finding(Mark.LOOK, N_("CABINET_URL is not set: look whether the cabinet shows its tab “Chat”."))


def _presence(tenant: Tenant, now: datetime) -> Iterator[Finding]:
    if not (tenant.rest_url and tenant.rest_token):
        yield Finding(Mark.LOOK, N_("The chat cannot be asked who is online: only open pages of performers tell."))
    elif is_warning(tenant, now):
        since: Mapping[str, object] = {"since": tenant.poll_failed_since, "trouble": tenant.poll_trouble}
        yield Finding(Mark.BAD, N_("The chat does not answer since %(since)s: %(trouble)s"), since)
    elif tenant.polled_at and now - tenant.polled_at < POLLED_FOR:
        yield Finding(Mark.GOOD, N_("The chat said who is online at %(moment)s."), {"moment": tenant.polled_at})
    else:
        yield Finding(Mark.BAD, N_("The chat was not asked lately who is online: look whether the worker runs."))


def _hooks(tenant: Tenant, options: PpvOptions, last_call: HookCall | None, now: datetime) -> Iterator[Finding]:
    if tenant.mode is Mode.EMBED:
        return
    if tenant.hook_mode is HookMode.OFF:
        yield Finding(Mark.GOOD, N_("Shows run from our own pages; the chat’s hooks are off."))
        return
    https = options.public_url.startswith("https://")
    yield _either(https, N_("Hooks come by https."), N_("PPV_PUBLIC_URL is not an https address: hooks need one."))
    if last_call is None:
        yield Finding(Mark.BAD, N_("No hook was ever called: set their address in the chat’s console."))
    else:
        is_fresh = now - last_call.at < SILENT_HOOKS
        text = N_("The last hook was called at %(moment)s.")
        yield Finding(Mark.GOOD if is_fresh else Mark.LOOK, text, {"moment": last_call.at})


def _paypal(tenant: Tenant, options: PpvOptions) -> Iterator[Finding]:
    if not tenant.paypal_business:
        yield Finding(Mark.GOOD, N_("Credits are sold from the wallet alone; no PayPal account is set."))
        return
    good, bad = N_("PayPal can reach us."), N_("PPV_PUBLIC_URL is not set: PayPal cannot tell us of payments.")
    yield _either(bool(options.public_url), good, bad)
    if options.paypal_sandbox:
        yield Finding(Mark.LOOK, N_("PayPal’s sandbox is in use: real payments are refused."))
