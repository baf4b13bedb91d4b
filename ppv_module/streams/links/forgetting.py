"""Which names of links are kept no longer."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists

from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.models import Viewing


def old_links(border: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of those that were for one link only, expired before `border`, and by which nobody watches still."""
    same_account = Viewing.account_id == Viewer.account_id  # by this there is an index
    watching = exists().where(same_account, Viewing.live == 1, Viewing.name == Viewer.name)
    return Viewer.identity == Identity.PLAY, Viewer.expires_at < border, ~watching
