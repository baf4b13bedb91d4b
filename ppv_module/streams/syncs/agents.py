"""Lists of user agents by number: each is kept once, however many sessions have it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import mysql

from ppv_module.streams.models import Agents
from ppv_module.streams.syncs.work import AGENTS, fill

TABLE: Any = Agents.__table__
LONGEST_AGENT, LONGEST_LIST = 512, 60_000
"""Characters: what viewers' programs call themselves must not stop the message that tells of it."""


def number_agents(connection: Connection, lists: Sequence[tuple[str, ...]]) -> None:
    """Put the number of each of `lists` into the table of agents; new ones are kept.

    New ones are made in the order of their digests, so that two messages with the same cannot wait for each other.
    """
    if not lists:
        return
    rows = [(number, _digest(written), written) for number, written in enumerate(map(_written, lists))]
    fill(connection, AGENTS, ("number", "digest", "names"), rows)
    known = select(TABLE.c.id).where(TABLE.c.digest == AGENTS.c.digest)
    new = select(AGENTS.c.digest, func.min(AGENTS.c.names)).where(~known.exists())
    new = new.group_by(AGENTS.c.digest).order_by(AGENTS.c.digest)
    columns = ["digest", "names"]
    if connection.dialect.name == "mysql":  # a rival may have made the same since
        rivals = mysql.insert(TABLE).from_select(columns, new, include_defaults=False)
        connection.execute(rivals.on_duplicate_key_update(id=TABLE.c.id))
    else:
        connection.execute(insert(TABLE).from_select(columns, new, include_defaults=False))
    connection.execute(update(AGENTS).values(agents_id=known.scalar_subquery()))


def _written(agents: tuple[str, ...]) -> str:
    written = json.dumps(agents)
    return written if len(written) <= LONGEST_LIST else json.dumps(_bounded(agents))


def _bounded(agents: tuple[str, ...]) -> list[str]:
    """The first of them, each cut, as many as there is room for."""
    kept, size = list[str](), 0
    for agent in agents:
        size += len(json.dumps(agent[:LONGEST_AGENT])) + len(", ")
        if size > LONGEST_LIST:
            break
        kept.append(agent[:LONGEST_AGENT])
    return kept


def _digest(written: str) -> str:
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()
