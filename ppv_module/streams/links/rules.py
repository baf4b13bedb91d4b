"""Rules by which links are signed. A key is the password of the media server's own rule: it is never shown again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.streams.links.models import Identity, Rule
from ppv_module.streams.rights.checked import MOST_SORT, check_number, checked_line
from ppv_module.streams.rights.models import Pattern
from ppv_module.streams.rights.placing import lock_places, pattern_of
from ppv_module.streams.rights.tariffs import NameTaken

LONGEST_NAME, LONGEST_KEY = 64, 128
MOST_MINUTES = 7 * 24 * 60


class UnknownRule(NotFound):
    """Facts: `rule`."""

    code = "unknown_rule"
    text = N_("There is no such rule for links.")


class BadKey(InvalidInput):
    """Facts: `field`; never the key."""

    code = "bad_key"
    text = N_("A key is needed: the password of the media server’s rule, at most 128 letters, digits and signs.")


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How links are signed. An empty `key` keeps the one that is there. `bind_stream` is for HTTP only."""

    vhost: str = "*"
    application: str = "*"
    stream: str = "*"
    key: str = field(default="", repr=False)
    minutes: int = 15
    bind_ip: bool = False
    bind_stream: bool = True
    identity: Identity = Identity.PLAY


@use_case
def save_rule(
    uow: UnitOfWork,
    *,
    name: str,
    signing: Signing,
    sort: int = 0,
    rule_id: int | None = None,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Rule:
    """Make a rule, or change the one with `rule_id`; `seen` is the edition that a person was shown.

    Links that were issued stay as they were signed. Saving what is there already is harmless.

    :raises InvalidInput, NameTaken, BadKey: a value cannot be used; `field` names it
    :raises UnknownRule, ChangedMeanwhile: there is none, or somebody was faster
    """
    name = checked_line("name", name, LONGEST_NAME)
    check_number("minutes", signing.minutes, 1, MOST_MINUTES)
    check_number("sort", sort, -MOST_SORT, MOST_SORT)
    lock_places(uow)  # of two who take a name the second sees that it is taken
    _require_free_name(uow, name, rule_id)
    pattern = pattern_of(uow, vhost=signing.vhost, application=signing.application, stream=signing.stream)
    rule = locked_rule(uow, rule_id) if rule_id is not None else Rule(active=True)
    before, old_key = (_facts(uow, rule), rule.key) if rule_id is not None else ({}, "")
    rule.name, rule.sort, rule.pattern_id, rule.minutes = name, sort, pattern.id, signing.minutes
    rule.bind_ip, rule.bind_stream, rule.identity = signing.bind_ip, signing.bind_stream, signing.identity
    rule.key = _checked_key(signing.key, old_key)
    after = _facts(uow, rule)
    if before == after and rule.key == old_key:
        return rule
    if rule_id is not None:
        check_seen(rule, seen)
    uow.session.add(rule)
    uow.session.flush()
    word = "NEW KEY" if rule.key != old_key else ""
    template = f"PPV STREAM SAVE RULE [{{rule}}] {word}".rstrip()
    uow.events.write(template, rule=rule.id, actor=actor, at=now, before=before, after=after)
    return rule


@use_case
def set_rule_active(
    uow: UnitOfWork, *, rule_id: int, active: bool, actor: Actor, now: datetime, seen: int | None = None
) -> Rule:
    """Let links be signed by a rule, or no longer. Repeating it is harmless.

    :raises UnknownRule, ChangedMeanwhile: there is none, or somebody was faster
    """
    rule = locked_rule(uow, rule_id)
    if rule.active is not active:
        check_seen(rule, seen)
        rule.active = active
        word = "ON" if active else "OFF"
        uow.events.write("PPV STREAM SAVE RULE [{rule}] {word}", rule=rule.id, word=word, actor=actor, at=now)
    return rule


def rules_of(session: Session, *, active: bool | None = None) -> Sequence[tuple[Rule, Pattern]]:
    """Rules with their patterns, in the order in which they count."""
    query = select(Rule, Pattern).join(Pattern, Pattern.id == Rule.pattern_id).order_by(Rule.sort, Rule.id)
    rows = session.execute(query if active is None else query.where(Rule.active.is_(active)))
    return [(row[0], row[1]) for row in rows]


def rule_of(session: Session, rule_id: int) -> Rule:
    """:raises UnknownRule: there is none with this number"""
    if (rule := session.get(Rule, rule_id)) is None:
        raise UnknownRule(rule=rule_id)
    return rule


def locked_rule(uow: UnitOfWork, rule_id: int) -> Rule:
    """:raises UnknownRule: there is none with this number"""
    rule = uow.session.get(Rule, rule_id, with_for_update=True, populate_existing=True)
    if rule is None:
        raise UnknownRule(rule=rule_id)
    return rule


def _require_free_name(uow: UnitOfWork, name: str, rule_id: int | None) -> None:
    other = uow.session.scalar(select(Rule.id).where(Rule.name == name))
    if other is not None and other != rule_id:
        raise NameTaken(field="name", value=name)


def _checked_key(key: str, old_key: str) -> str:
    key = key.strip() or old_key
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadKey(field="key")
    return key


def _facts(uow: UnitOfWork, rule: Rule) -> dict[str, object]:
    """What the event log may know: all but the key."""
    pattern = uow.session.get_one(Pattern, rule.pattern_id)
    names = ("name", "minutes", "bind_ip", "bind_stream", "sort")
    return {
        **{name: getattr(rule, name) for name in names},
        "identity": str(rule.identity),
        "pattern": f"{pattern.vhost} {pattern.application}/{pattern.stream}",
    }
