"""Which user agents are recorders and relays. Each list is looked at once, when it is new or the patterns are."""

import hashlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache

from sqlalchemy import Select, String, bindparam, or_, select, true, update
from sqlalchemy.orm import Session

from ppv_module.streams.denials.slots import UNTOUCHED
from ppv_module.streams.models import Agents
from ppv_module.streams.rights.placing import portions


def judge_agents(session: Session, patterns: Sequence[str]) -> Sequence[int]:
    """The numbers of the lists with a user agent that fits one of `patterns`, in any case of letters."""
    digest = hashlib.blake2b("\n".join(patterns).encode(), digest_size=16).hexdigest()
    new = session.execute(_new(), {"digest": digest}).all()
    for some in portions(new):
        for is_suspect in (False, True):
            ids = [row.id for row in some if fits(row.names, patterns) is is_suspect]
            told = update(Agents).where(Agents.id.in_(ids)).values(judged_by=digest, suspect=is_suspect)
            session.execute(told, execution_options=UNTOUCHED) if ids else None
    return session.scalars(_suspect()).all()


@cache
def _new() -> Select[tuple[int, list[str]]]:
    digest = bindparam("digest", type_=String())
    others = or_(Agents.judged_by < digest, Agents.judged_by > digest)  # each a range of the index, mostly empty
    return select(Agents.id, Agents.names).where(others)


@cache
def _suspect() -> Select[tuple[int]]:
    return select(Agents.id).where(Agents.suspect == true())


def fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether one of `names` fits one of `patterns`."""
    return any(fnmatchcase(name.lower(), pattern.lower()) for name in names for pattern in patterns)
