"""What has to be right at html5-chat for a tenant (video chat guide, "Conference chat type"). Its console can be seen
by people only, so some lines say what to look at there."""

from collections.abc import Iterator
from datetime import datetime

from billing.errors import N_
from ppv_module.chat.models import HookMode, Mode, Tenant
from ppv_module.chat.presence import is_warning
from ppv_module.provider.base import ChatError, Finding, Mark
from ppv_module.provider.html5chat.rest import Rest

CONFERENCE = N_(
    "In the console of html5-chat the chat type has to be “conference” and the template “Pay per view”; "
    "without them nobody can be a performer there."
)
ROLES = N_(
    "In the console of html5-chat, live typing, kicking and banning have to be set for each role as they are here."
)
NO_REST = N_("Address and token of REST are not given, so only the open pages of performers tell who is there.")
NOBODY = N_("The chat names no performers. Check the chat type and the template in its console.")
PERFORMERS = N_("Performers that the chat names: %(num)s.")
NO_ANSWER = N_("The chat does not say who its performers are: %(why)s.")
SILENT = N_("The chat has not answered since %(since)s: %(why)s.")
ANSWERS = N_("The chat was last asked who is there at %(at)s.")
SWITCHED_OFF = N_("This chat is switched off: nobody can enter.")
NO_PERFORMERS = N_("No performer is active here yet.")
ENDLESS = N_("Tokens do not expire. Switch expiry on unless the chat refuses such tokens.")
HOOKS = N_("The hooks’ address has to be entered in the console; the calls are seen in the log of hooks.")
EMBEDDED = N_("This chat is embedded: its own server sells and counts, nothing is sold here.")


def checklist(tenant: Tenant, rest: Rest, *, performers: int, now: datetime) -> Iterator[Finding]:
    """The lines of the checklist; `performers` are active here. Asks the chat for its performers."""
    if not tenant.active:
        yield Finding(Mark.BAD, SWITCHED_OFF)
    if tenant.mode is Mode.EMBED:
        yield Finding(Mark.LOOK, EMBEDDED)
    yield Finding(Mark.LOOK, CONFERENCE)
    yield Finding(Mark.LOOK, ROLES)
    if not performers:
        yield Finding(Mark.BAD, NO_PERFORMERS)
    yield from _asked(tenant, rest)
    yield from _polled(tenant, now)
    if not tenant.token_expires:
        yield Finding(Mark.BAD, ENDLESS)
    if tenant.hook_mode is not HookMode.OFF:
        yield Finding(Mark.LOOK, HOOKS)


def _asked(tenant: Tenant, rest: Rest) -> Iterator[Finding]:
    if not (tenant.rest_url and tenant.rest_token):
        yield Finding(Mark.BAD, NO_REST)
        return
    try:
        named = len(rest.performers(tenant))
    except ChatError as trouble:
        yield Finding(Mark.BAD, NO_ANSWER, {"why": trouble.reason})
        return
    yield Finding(Mark.GOOD, PERFORMERS, {"num": named}) if named else Finding(Mark.BAD, NOBODY)


def _polled(tenant: Tenant, now: datetime) -> Iterator[Finding]:
    if is_warning(tenant, now):
        yield Finding(Mark.BAD, SILENT, {"since": tenant.poll_failed_since, "why": tenant.poll_trouble})
    elif tenant.polled_at is not None:
        yield Finding(Mark.GOOD, ANSWERS, {"at": tenant.polled_at})
