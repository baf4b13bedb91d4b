"""An audience of media servers: accounts with credits, identifiers in links, and the messages that tell of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from billing.ledger.holds import Ledger
from billing.ledger.seeding import Opening, open_accounts
from billing.money import CREDITS
from ppv_module.credits.accounts import ISSUED, SPENT
from ppv_module.credits.models import CreditState
from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.rights.models import Kind, Pattern, Price, Tariff

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
PORTION = 5000
STREAMS = 50
RICH, PER_MINUTE = 1_000_000, 60
DELTA_MS = 30_000
AGENTS = (
    "Mozilla/5.0 (Linux; Android 14; Television {0}; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{1}.0 Safari",
    "IPTV-Player/{1}.{0} (SmartTV; system {0}.{1}; build 2026.{0}; Ukrainian) player core with hardware decoding",
)


@dataclass(frozen=True)
class Audience:
    """`players` identifiers, three accounts to five of them; the first `poor` accounts run dry at once.

    The identifier n belongs to account n modulo the number of accounts.
    """

    players: int
    poor: int = 0

    @property
    def accounts(self) -> int:
        return self.players * 3 // 5

    def fill(self, engine: Engine) -> None:
        """Put them into an empty database."""
        with Session(engine) as session, session.begin():
            source, _ = (Ledger(session).system(code, CREDITS) for code in (ISSUED, SPENT))
            ids = list[int]()
            for part in _portions(self.accounts):
                openings = [Opening(f"u{number}", 1 if number < self.poor else RICH) for number in part]
                opened = open_accounts(session, openings, prefix="credits:", source=source, actor="bench", at=BEGAN)
                ids += [opened[each.login] for each in openings]
                states = [{"login": each.login, "account_id": opened[each.login], "bonus": 0} for each in openings]
                session.execute(
                    insert(CreditState), [{**each, "frozen_by": "", "frozen_reason": ""} for each in states]
                )
            for some in _portions(self.players):
                session.execute(insert(Viewer), [self._viewer(number, ids[number % self.accounts]) for number in some])
            session.add(Pattern(id=1, vhost="*", application="*", stream="*"))
            session.flush()
            session.add(Tariff(id=1, name="All", kind=Kind.MINUTE, pattern_id=1))
            session.flush()
            session.add(Price(tariff_id=1, valid_from=BEGAN, per_minute=PER_MINUTE))

    def _viewer(self, number: int, account: int) -> dict[str, object]:
        return {
            "name": name(number),
            "identity": Identity.PLAY,
            "login": f"u{number % self.accounts}",
            "account_id": account,
            "channel_id": None,
            "device": "",
            "ip": "",
            "issued_at": BEGAN,
            "expires_at": None,
        }

    def message(self, server: str, puzzle: str, *, as_xml: bool = False, among: range | None = None) -> bytes:
        """What a server with all of them posts, or with some: about 300 bytes a viewer in JSON."""
        numbers = range(self.players) if among is None else among
        streams = [[*_told(numbers[stream::STREAMS])] for stream in range(STREAMS)]
        return (_xml if as_xml else _json)(server, puzzle, streams).encode()


def _told(numbers: range) -> Iterator[dict[str, object]]:
    for number in numbers:
        agents = [each.format(number % 7, number % 113) for each in AGENTS]
        yield {
            "id": name(number),
            "ip": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
            "sessionid": str(number),
            "delta": DELTA_MS,
            "bytes_sent": 11_250_000 + number,
            "user_agents": agents,
        }


def _portions(many: int) -> Iterator[range]:
    for first in range(0, many, PORTION):
        yield range(first, min(first + PORTION, many))


def name(number: int) -> str:
    """As long as the identifiers that are issued."""
    return f"p-{number:014d}"


def _json(server: str, puzzle: str, streams: list[list[dict[str, object]]]) -> str:
    told = [{"name": f"channel{number}", "Player": players} for number, players in enumerate(streams)]
    applications = [{"name": "live", "Instance": [{"name": "_definst_", "Stream": told}]}]
    root = {
        "ID": server,
        "Puzzle": puzzle,
        "PayPerViewInfo": {"VHost": [{"name": "edge", "Application": applications}]},
    }
    return json.dumps(root)


def _xml(server: str, puzzle: str, streams: list[list[dict[str, object]]]) -> str:
    told = "".join(
        f"<Stream><name>channel{number}</name>{''.join(map(_player, players))}</Stream>"
        for number, players in enumerate(streams)
    )
    instance = f"<Application><name>live</name><Instance><name>_definst_</name>{told}</Instance></Application>"
    info = f"<PayPerViewInfo><VHost><name>edge</name>{instance}</VHost></PayPerViewInfo>"
    return f"<ApiSyncRequest><ID>{server}</ID><Puzzle>{puzzle}</Puzzle>{info}</ApiSyncRequest>"


def _player(facts: dict[str, object]) -> str:
    fields = "".join(
        f"<{key}>{escape(str(each))}</{key}>"
        for key, value in facts.items()
        for each in (value if isinstance(value, list) else [value])
    )
    return f"<Player>{fields}</Player>"
