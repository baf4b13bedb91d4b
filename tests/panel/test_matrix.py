"""Every route × right × method, taken from the panel's own map of addresses: see `matrix.py`."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from billing import jobs, news, saved_views
from billing.access import create_key
from billing.actors import Actor
from billing.host.base import Person as HostPerson
from billing.ledger.models import Transfer
from billing.staff import RIGHTS, Staff
from olltv_module.listing.selection import Selection
from olltv_module.models import Delivery, Subscriber
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Check, Found
from olltv_module.services import corrections
from olltv_module.services.bulk import run as bulk
from olltv_module.services.bulk.actions import Action, Order
from panel.app import create_app
from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread
from suite.runtime import Runtime, build_runtime
from tests.olltv.fees.population import run_fees
from tests.olltv.support import Viewers
from tests.panel.client import Person, signed_in, text
from tests.panel.conftest import ALTER_INI
from tests.panel.matrix import ROWS, Row
from tests.panel.ppv.samples import chat_samples
from tests.running.panel import add_person
from tests.support import STAFF, FakeClock, Make, money

PARAMETER = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
TOO_BIG = 10**30
ALL = "+".join(RIGHTS)


@dataclass(frozen=True)
class House:
    """The panel over a database with one of everything; `people` by what they may do."""

    runtime: Runtime
    app: Flask
    people: dict[str, Person]
    cookies: dict[str, str]
    tokens: dict[str, str]
    samples: dict[str, object]
    file: Path
    clean: Path

    def restore(self) -> None:
        """Everything as it was at the beginning, sessions too: they are cookies."""
        self.runtime.billing.engine.dispose()
        for suffix in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{self.file}{suffix}").unlink()
        shutil.copy(self.clean, self.file)
        for name, cookie in self.cookies.items():
            self.people[name].client = self.app.test_client()
            self.people[name].client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], cookie)

    @property
    def is_untouched(self) -> bool:
        """Whether not a byte of the database has changed since `restore`."""
        log = Path(f"{self.file}-wal")
        written = log.exists() and log.stat().st_size > 0
        return not written and self.file.read_bytes() == self.clean.read_bytes()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[House]:
    folder, clock = tmp_path_factory.mktemp("matrix"), FakeClock()
    (folder / "config").mkdir()
    (folder / "config" / "alter.ini").write_text(ALTER_INI)
    file = folder / "suite.db"
    shutil.copy(sqlite_template, file)
    with serve_in_thread(Config(control=True)) as partner, pytest.MonkeyPatch.context() as patch:
        patch.setattr("suite.partner_health.EVERY_S", 1e9)  # what the partner answered is written down by itself
        env = {"DATABASE_URL": f"sqlite:///{file}", "OLLTV_API_URL": partner, "CABINET_URL": "http://tv.isp.example/"}
        env["OLLTV_WAIT"] = "20"  # nothing goes on in the background when a page has been answered
        runtime = Runtime(build_runtime(folder / "config", env).settings, clock)
        samples = make_samples(runtime, clock)
        app = create_app(runtime)
        people = {"nobody": Person(app.test_client(), "")}
        for rights in ((), *((right,) for right in RIGHTS), RIGHTS):
            name = "+".join(rights) or "no right"
            add_person(runtime, name.replace("+", "-").replace(" ", "-").lower(), rights)
            people[name] = signed_in(app, name.replace("+", "-").replace(" ", "-").lower())
        samples |= own_samples(runtime)
        runtime.billing.engine.dispose()
        clean = folder / "clean.db"
        shutil.copy(file, clean)
        tokens = {name: person.token() for name, person in people.items()}
        jar = app.config["SESSION_COOKIE_NAME"]
        cookies = {name: person.client.get_cookie(jar).value for name, person in people.items()}
        yield House(runtime, app, people, cookies, tokens, samples, file, clean)
        runtime.billing.engine.dispose()


def make_samples(runtime: Runtime, clock: FakeClock) -> dict[str, object]:
    """One of everything that an address can name."""
    billing = runtime.billing
    make = Make(billing, clock)
    tariff = make.tariff("50 UAH", name="Start")
    ivan = Viewers(billing, clock, make).watching(tariff, login="ivan")
    signed = {"actor": STAFF, "now": clock()}
    amount = money("9000 UAH")
    key = create_key(billing.uow(), name="Website", scopes=["staff-read"], **signed)
    his = {"actor": Actor(ALL.replace("+", "-").lower()), "now": clock()}
    proposal = corrections.correct(
        billing.uow(), login=ivan.login, amount=amount, reason="a gift", key="matrix-1", **his
    )
    order = Order(action=Action.DELIVER, note="matrix")
    many = bulk.start(billing.uow(), selection=Selection(), order=order, key="matrix-2", **signed)
    job = jobs.ask(billing.uow(), kind="export", args={"source": "events", "query": "", "lang": "en"}, **signed)
    assert key
    with billing.reading() as session:
        transfer_id = session.scalars(select(Transfer.id).where(Transfer.key.startswith("olltv.fee:"))).first()
    texts = {"title": {"uk": "Новина"}, "text": {"uk": "Нові канали"}}
    times = {"shown_from": clock(), "shown_until": clock() + timedelta(days=1)}
    told = news.add(billing.uow(), key="matrix", **texts, **times, **signed)
    run = run_fees(billing, clock)
    park(runtime, ivan)
    return {
        "tariff_id": tariff.id,
        "login": ivan.login,
        "run_id": run.id,
        "job_id": job.id,
        "key_id": 1,
        "event_id": 1,
        "proposal_id": proposal.id,
        "bulk_id": many.id,
        "transfer_id": transfer_id,
        "difference_id": difference(runtime),
        "month": "2026-11",
        "word": next(iter(Kind)).value,
        "news_id": told.id,
        "mark": "0",
        **chat_samples(billing, clock),
    }


def park(runtime: Runtime, person: HostPerson) -> None:
    """Somebody whom the partner could not be told about."""
    uow, now = runtime.billing.uow(), runtime.clock()
    with uow:
        subscriber = uow.session.scalars(select(Subscriber).where(Subscriber.login == person.login)).one()
        uow.session.add(Delivery(subscriber_id=subscriber.id, due_at=now, tries=20, parked_at=now, trouble="no answer"))


def difference(runtime: Runtime) -> int:
    """The partner has something else on than we think."""
    uow, now = runtime.billing.uow(), runtime.clock()
    with uow:
        check = Check(started_at=now, finished_at=now, actor="test", accounts=1, counts={})
        uow.session.add(check)
        uow.session.flush()
        found = Found(check_id=check.id, kind=next(iter(Kind)), login="ivan", service="service_1", ours="on", theirs="")
        found.found_at, found.live_key = now, "matrix"
        uow.session.add(found)
        uow.session.flush()
        return found.id


def own_samples(runtime: Runtime) -> dict[str, object]:
    """What belongs to the person with every right."""
    with runtime.billing.reading() as session:
        owner = session.scalars(select(Staff).where(Staff.rights == list(RIGHTS))).one()
    saved_views.save(runtime.billing.uow(), staff_id=owner.id, page="/subscribers", name="mine", query="tv=active")
    return {"staff_id": 1, "view_id": 1}


@pytest.fixture
def fresh(house: House) -> House:
    house.restore()
    return house


def mapped(app: Flask) -> set[tuple[str, str]]:
    """Method and rule of everything that the panel answers."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def address(row: Row, samples: dict[str, object]) -> str:
    values = {**samples, **row.given}
    return PARAMETER.sub(lambda found: str(values[found[1]]), row.rule)


def call(house: House, name: str, row: Row, path: str, *, token: bool = True) -> TestResponse:
    fields = {"csrf_token": house.tokens[name]} if row.changes and token else None
    return house.people[name].client.open(path, method=row.method, data=fields, buffered=True)


def name_of(row: Row) -> str:
    return f"{row.method} {row.rule}".replace("(max=9223372036854775807)", "")


every_row = pytest.mark.parametrize("row", ROWS, ids=name_of)
rows_that = lambda wanted: pytest.mark.parametrize("row", [row for row in ROWS if wanted(row)], ids=name_of)  # noqa: E731


def test_every_route_has_its_row_and_every_row_its_route(house):
    rows = [(row.method, row.rule) for row in ROWS]
    assert sorted(mapped(house.app) - set(rows)) == [], "routes without a row"
    assert sorted(set(rows) - mapped(house.app)) == [], "rows without a route"
    assert len(rows) == len(set(rows))


@rows_that(lambda row: row.rights is not None)
def test_without_a_sign_in_everything_leads_there(fresh, row):
    answer = call(fresh, "nobody", row, address(row, fresh.samples))
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/sign-in")


@rows_that(lambda row: bool(row.rights))
def test_without_the_right_there_is_no_way_in(fresh, row):
    path = address(row, fresh.samples)
    without = {name for name in ("no right", *RIGHTS) if name not in row.rights}

    assert {name: call(fresh, name, row, path).status_code for name in without} == dict.fromkeys(without, 403)
    assert fresh.is_untouched


@every_row
def test_each_of_the_rights_suffices(fresh, row):
    path = address(row, fresh.samples)
    for name in [row.by] if row.by else row.rights or ["no right"]:
        fresh.restore()
        answer = call(fresh, name, row, path)
        assert answer.status_code not in (403, 405), text(answer)
        assert answer.status_code < 500 or "partner" in text(answer).lower(), (name, text(answer))


@rows_that(lambda row: row.method == "GET")
def test_reading_changes_nothing(fresh, row):
    answer = call(fresh, ALL, row, address(row, fresh.samples))

    assert answer.status_code == row.status, text(answer)
    assert fresh.is_untouched


@rows_that(lambda row: row.changes)
def test_no_form_is_taken_without_its_token(fresh, row):
    assert call(fresh, ALL, row, address(row, fresh.samples), token=False).status_code == 400
    assert fresh.is_untouched


def unknown(kind: str) -> Callable[[re.Match[str]], str]:
    """What stands for the parameters of a rule when there is no such thing."""
    return lambda found: kind if "int" in found[0] else "no-such-thing"


@rows_that(lambda row: "<" in row.rule and not row.plain)
@pytest.mark.parametrize("number", ["999999", str(TOO_BIG)])
def test_what_is_not_there_is_not_found(fresh, row, number):
    answer = call(fresh, ALL, row, PARAMETER.sub(unknown(number), row.rule))

    wanted = (404,) if number != str(TOO_BIG) and "<name>" not in row.rule else (404, 405)
    assert answer.status_code in wanted, (answer.status_code, text(answer))
    assert fresh.is_untouched


@rows_that(lambda row: row.owned)
def test_what_is_somebody_elses_is_not_found(fresh, row):
    answer = call(fresh, "OLLTV", row, address(row, fresh.samples))

    assert answer.status_code == 404, (answer.status_code, text(answer))
    assert fresh.is_untouched
