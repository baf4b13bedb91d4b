"""What the chat's states, roles and numbers are called on the pages of staff."""

from billing.errors import N_
from ppv_module.chat.models import HookMode, Mode, Role, Rounding, Status
from ppv_module.chat.photos import Kind
from ppv_module.chat.support.models import TicketState

STATUS_TEXTS = {Status.ONLINE: N_("online"), Status.BUSY: N_("in a show"), Status.OFFLINE: N_("offline")}
STATUS_LOOKS = {Status.ONLINE: "good", Status.BUSY: "warn", Status.OFFLINE: "bad"}

ROLE_TEXTS = {
    Role.GUEST: N_("guest"),
    Role.USER: N_("viewer"),
    Role.DJ: N_("DJ"),
    Role.MODERATOR: N_("moderator"),
    Role.ADMIN: N_("administrator of the chat"),
    Role.PERFORMER: N_("performer"),
    Role.CUSTOM1: N_("own role 1"),
    Role.CUSTOM2: N_("own role 2"),
    Role.CUSTOM3: N_("own role 3"),
}
MODE_TEXTS = {
    Mode.EXTERNAL: N_("external: we sell credits, meter shows and report"),
    Mode.EMBED: N_("embed: the chat’s own server does, we only show it"),
}
MODE_NAMES = {Mode.EXTERNAL: N_("external"), Mode.EMBED: N_("embed")}
HOOK_TEXTS = {
    HookMode.OFF: N_("off: shows run from our own pages"),
    HookMode.CAPTURE: N_("capture: calls are written down, nothing is billed"),
    HookMode.LIVE: N_("live: calls drive the shows"),
}
HOOK_NAMES = {
    HookMode.OFF: N_("off"),
    HookMode.CAPTURE: N_("only written down"),
    HookMode.LIVE: N_("drive the shows"),
}
ROUNDING_TEXTS = {
    Rounding.PER_SECOND: N_("by the second"),
    Rounding.PER_STARTED_MINUTE: N_("by the minute that has begun"),
}
KIND_TEXTS = {
    "performer": N_("performers"),
    "teacher": N_("teachers"),
    "adviser": N_("advisers"),
    "lawyer": N_("lawyers"),
    "fortune_teller": N_("fortune tellers"),
    "custom": N_("another kind, with a title of your own"),
}
PICTURE_TEXTS = {Kind.AVATAR: N_("Small picture"), Kind.PHOTO: N_("Large picture")}
TICKET_TEXTS = {
    TicketState.OPEN: N_("waits for an answer"),
    TicketState.ANSWERED: N_("answered"),
    TicketState.CLOSED: N_("closed"),
}
TICKET_LOOKS = {TicketState.OPEN: "warn", TicketState.ANSWERED: "good", TicketState.CLOSED: "quiet"}


def percent(basis_points: int) -> str:
    """Hundredths of a per cent as people write them: `50 %`, `33,5 %` with a point."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %"
