"""The chat's server, which calls the hooks of a tenant."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from billing.uow import Billing
from ppv_module.chat.models import HookCall, HookMode, Performer, Person, Tenant
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import Show, Source
from remoteapi.ppv import create_ppv
from suite.runtime import Runtime
from suite.settings import load_settings
from tests.ppv.make import MakeChat
from tests.support import STAFF, FakeClock


@pytest.fixture
def runtime(database_url: str, clock: FakeClock, tmp_path: Path) -> Iterator[Runtime]:
    config = tmp_path / "config"
    config.mkdir()
    lines = f'DATABASE_URL="{database_url}"\nPPV_ENABLED=1\nCABINET_URL=https://tv.example\n'
    (config / "alter.ini").write_text(lines)
    built = Runtime(load_settings(config, env={}), clock)
    yield built
    built.billing.engine.dispose()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_ppv(runtime)


@dataclass
class Vendor:
    """The chat's server for one tenant with one performer and one viewer."""

    app: Flask
    billing: Billing
    chat: MakeChat
    tenant: Tenant
    performer: Performer
    viewer: Person

    @property
    def number(self) -> int:
        return self.performer.room_id - self.tenant.webmaster_id * 10_000

    def send(self, fields: Any, *, token: str = "", address: str = "127.0.0.1", scheme: str = "http") -> TestResponse:
        return self.app.test_client().post(
            f"/ppv/hooks/{token or self.tenant.hook_token}",
            data=fields,
            environ_overrides={"REMOTE_ADDR": address, "wsgi.url_scheme": scheme},
        )

    def call(self, action: str, **fields: Any) -> str:
        """The body of an answer, which is always 200."""
        usual = {"a": action, "webmasterid": self.tenant.webmaster_id, "userid": self.viewer.number}
        answer = self.send(usual | fields)
        assert answer.status_code == 200, answer.text
        return answer.text

    def log(self) -> list[HookCall]:
        with self.billing.reading() as session:
            return list(session.scalars(select(HookCall).order_by(HookCall.id)))

    def last(self) -> HookCall:
        return self.log()[-1]

    @property
    def balance(self) -> int:
        return self.chat.balance(self.viewer.login)

    def accepted(self) -> Show:
        """A show that our own pages have brought about."""
        now = self.chat.make.clock()
        ids = {"viewer_id": self.viewer.id, "performer_id": self.performer.person_id}
        asked = request_show(self.billing.uow(), **ids, source=Source.HOOK, actor=STAFF, now=now)
        uow = self.billing.uow()
        return accept_show(uow, show_id=asked.id, by=None, room_id=10**12 + 7, actor=STAFF, now=now)


@pytest.fixture
def vendor(app: Flask, billing: Billing, chat: MakeChat) -> Callable[..., Vendor]:
    def made(credits: int = 600, **given: Any) -> Vendor:
        tenant = chat.tenant(**{"hook_mode": HookMode.LIVE} | given)
        return Vendor(app, billing, chat, tenant, chat.performer(tenant), chat.viewer(tenant, credits=credits))

    return made


@pytest.fixture
def live(vendor: Callable[..., Vendor]) -> Vendor:
    return vendor()
