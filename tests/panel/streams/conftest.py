"""Factories of streams beside the usual ones."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select

from remoteapi.app import create_streams
from suite.runtime import Runtime
from tests.panel.streams.offered import Offered, offered
from tests.panel.streams.watched import Watched, watched
from tests.streams.door.posting import MediaServer
from tests.streams.make import MakeStreams
from tests.support import Make


@pytest.fixture
def streams(make: Make) -> MakeStreams:
    return MakeStreams(make)


@pytest.fixture
def town(streams: MakeStreams) -> Watched:
    """Servers on which everything has happened once."""
    return watched(streams)


@pytest.fixture
def media(runtime: Runtime) -> Iterator[MediaServer]:
    """A media server at the door of the same billing, with pay-per-view switched on."""
    settings = replace(runtime.settings, ppv=replace(runtime.settings.ppv, enabled=True))
    open_one = Runtime(settings, runtime.clock)
    yield MediaServer(create_streams(open_one).test_client())
    open_one.billing.engine.dispose()


@pytest.fixture
def shop(streams: MakeStreams) -> Offered:
    """One of everything that is sold, and a ticket of Ivan's."""
    return offered(streams)


@pytest.fixture
def rows(billing):
    """All rows of a model."""

    def read(model):
        with billing.reading() as session:
            return session.scalars(select(model).order_by(model.id)).all()

    return read


@pytest.fixture
def link(panel, shop):
    """Signs a link of Ivan's as support does it, and gives what the page shows."""

    def sign(**changes):
        panel.done(f"/streams/channels/{shop.channel.id}/sign", **{"login": "ivan", "ip": ""} | changes)
        page = panel.get(f"/streams/channels/{shop.channel.id}/link").get_data(as_text=True)
        return unescape(re.search(r'<code class="secret">([^<]+)</code>', page)[1])

    return sign
