"""A tenant's own style sheet, of which only what cannot do harm is kept.

Nothing of the source is copied: it is parsed, and what is on the lists of `style_words` is written anew. So the result
loads nothing, runs nothing, covers nothing, and reaches no page but those of the chat, since each selector is put
within `SCOPE`. A style sheet with mistakes gives its good part.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import tinycss2

from billing.actors import Actor
from billing.errors import N_, InvalidInput
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.chat import tenants
from ppv_module.chat.style_selectors import SCOPE, scoped
from ppv_module.chat.style_words import FORBIDDEN, Refused, media_condition, value

__all__ = ["MOST_BYTES", "SCOPE", "CleanStyle", "Dropped", "StyleTooLarge", "sanitise", "save_style"]

MOST_BYTES = 32 * 1024
MOST_TOLD, LONGEST_TOLD = 100, 80

NOT_ALLOWED_RULE = N_("rules that begin with @ are not allowed, but for @media")
NESTED = N_("rules within rules are not allowed")
BROKEN = N_("it cannot be read")
FORBIDDEN_TEXT = N_("it contains something that could load or run other things")


class StyleTooLarge(InvalidInput):
    """Facts: `field`, `kilobytes`."""

    code = "style_too_large"
    text = N_("The style sheet is too large: at most %(kilobytes)s KB.")


@dataclass(frozen=True)
class Dropped:
    """What was left out: its line, how it begins, and why (a text to be translated)."""

    line: int
    what: str
    why: str


@dataclass(frozen=True)
class CleanStyle:
    """`css` is safe to be served; `dropped` are at most `MOST_TOLD` parts that are not in it."""

    css: str
    dropped: tuple[Dropped, ...]


def sanitise(source: str) -> CleanStyle:
    """The part of `source` that is safe, each rule within `SCOPE`, and what was dropped.

    :raises StyleTooLarge: it has more than `MOST_BYTES`
    """
    if len(source.encode("utf-8", "replace")) > MOST_BYTES:
        raise StyleTooLarge(field="css_source", kilobytes=MOST_BYTES // 1024)
    report = _Report(re.split(r"\r\n|[\r\n\f]", source))
    rules = tinycss2.parse_stylesheet(source, skip_comments=True, skip_whitespace=True)
    css = "\n".join(_rules(rules, report, in_media=False))
    return CleanStyle(css and css + "\n", tuple(report.dropped[:MOST_TOLD]))


def save_style(
    uow: UnitOfWork, *, tenant_id: int, source: str, actor: Actor, now: datetime, seen: int | None = None
) -> CleanStyle:
    """Keep a tenant's style sheet as it was written, and beside it the safe part, which alone is ever served.

    :raises StyleTooLarge: nothing has changed
    :raises UnknownTenant, ChangedMeanwhile: there is no such tenant; somebody was faster
    """
    clean = sanitise(source)  # takes its time, so nothing is locked yet
    _keep(uow, tenant_id=tenant_id, source=source, css=clean.css, seen=seen, actor=actor, now=now)
    return clean


@use_case
def _keep(
    uow: UnitOfWork, *, tenant_id: int, source: str, css: str, seen: int | None, actor: Actor, now: datetime
) -> None:
    tenant = tenants.lock(uow, tenant_id)
    if (source, css) == (tenant.css_source, tenant.css):
        return
    check_seen(tenant, seen)
    before, after = ({"characters": len(each)} for each in (tenant.css, css))
    tenant.css_source, tenant.css = source, css
    template = "PPV SAVE TENANT [{tenant}] STYLE SHEET"
    uow.events.write(template, tenant=tenant.id, actor=actor, at=now, before=before, after=after)


@dataclass
class _Report:
    lines: Sequence[str]
    dropped: list[Dropped] = field(default_factory=list)

    def drop(self, node: Any, why: str) -> None:
        line = node.source_line
        text = self.lines[line - 1][node.source_column - 1 :] if line <= len(self.lines) else ""
        self.dropped.append(Dropped(line, " ".join(text.split())[:LONGEST_TOLD], why))


def _rules(nodes: Iterable[Any], report: _Report, *, in_media: bool) -> Iterator[str]:
    for node in nodes:
        try:
            text = _rule(node, report, in_media=in_media)
        except Refused as refused:
            report.drop(node, refused.why)
            continue
        if FORBIDDEN.search(text):  # nothing gets here that is forbidden; if it does, it gets no further
            report.drop(node, FORBIDDEN_TEXT)
        elif text:
            yield text


def _rule(node: Any, report: _Report, *, in_media: bool) -> str:
    if node.type == "qualified-rule":
        selector = scoped(node.prelude)
        declarations = ";".join(_declarations(node.content, report))
        return f"{selector}{{{declarations}}}" if declarations else ""
    if node.type != "at-rule":
        raise Refused(BROKEN)
    if node.lower_at_keyword != "media" or node.content is None:
        raise Refused(NOT_ALLOWED_RULE)
    if in_media:
        raise Refused(NESTED)
    condition = media_condition(node.prelude)
    inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
    rules = "".join(_rules(inner, report, in_media=True))
    return f"@media {condition}{{{rules}}}" if rules else ""


def _declarations(content: Iterable[Any], report: _Report) -> Iterator[str]:
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        try:
            if node.type != "declaration":
                raise Refused(NESTED if node.type in ("qualified-rule", "at-rule") else BROKEN)
            text = f"{_name(node)}:{value(_name(node), node.value)}{'!important' if node.important else ''}"
            if FORBIDDEN.search(text):
                raise Refused(FORBIDDEN_TEXT)
            yield text
        except Refused as refused:
            report.drop(node, refused.why)


def _name(node: Any) -> str:
    """Names of one's own properties keep their case; all others are the same in any."""
    name: str = node.name if node.name.startswith("--") else node.lower_name
    return name
