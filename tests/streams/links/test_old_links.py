"""Names of links are forgotten when their time of keeping is over, unless somebody still watches by them."""

from datetime import timedelta

from sqlalchemy import select

from ppv_module.streams.links.models import Viewer
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.syncs.forgetting import forget_old
from ppv_module.streams.syncs.spool import Spool
from tests.streams.make import player
from tests.streams.syncs.stage import Stage
from tests.support import NOV_10


def test_old_links_are_forgotten_but_not_those_that_are_watched(billing, streams, clock, tmp_path):
    streams.tariff(Kind.FREE)
    clock.now = NOV_10 + timedelta(days=401)
    streams.viewer("ivan", name="old", expires_at=NOV_10)
    streams.viewer("ivan", name="watched", expires_at=NOV_10)
    streams.viewer("ivan", name="late", expires_at=NOV_10 + timedelta(days=2))
    streams.account_viewer("ivan", name="account")
    Stage(streams).told(player("watched"))
    for _ in range(2):
        forget_old(billing, spool=Spool(tmp_path), now=clock())
        with billing.reading() as session:
            assert sorted(session.scalars(select(Viewer.name))) == ["account", "late", "watched"]
