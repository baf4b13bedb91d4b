"""Links as support looks at them: whether one is good by the key of a rule, and whose it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.uow import Billing
from ppv_module.streams.figures.denied import names_denied
from ppv_module.streams.links.checking import Trouble, trouble, viewer_in
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.links.rules import rule_of

GENUINE = (None, Trouble.NOT_YET_VALID, Trouble.EXPIRED)
"""What is found of links that were signed by the key: only then the name in them is to be believed."""


@dataclass(frozen=True)
class Checked:
    """What a media server says of a link, None being good, and of genuine ones the name in it and whose that is.

    `is_denied`: the name is on the deny list now, so the link lets nobody in although it is good.
    """

    trouble: Trouble | None
    name: str = ""
    viewer: Viewer | None = None
    is_denied: bool = False


def check_link(session: Session, billing: Billing, *, rule_id: int, url: str, ip: str = "", now: datetime) -> Checked:
    """Check `url` as a media server with the key of this rule would, for a viewer from `ip`.

    :raises UnknownRule: there is no such rule
    :raises BadLink: it is no address of a stream, or `ip` is none
    """
    found = trouble(url, key=rule_of(session, rule_id).key, at=now, ip=ip)
    name = viewer_in(url) if found in GENUINE else ""
    if not name:
        return Checked(found)
    viewer = session.scalar(select(Viewer).where(Viewer.name == name))
    return Checked(found, name, viewer, name in names_denied(session, billing, [name], now=now))
