"""The catalogues hold every text of the program in uk, ru and en, complete and with all plural forms.

`python -m tools.catalogues` checks that; `--update` brings new texts in and takes out those that are no more.
"""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from tools.sources import ROOT

LANGUAGES = ("uk", "ru", "en")
KEYWORDS = {"gettext": (2,), "ngettext": (2, 3), "_": None, "ngettext_": (1, 2), "N_": None}
METHODS = [
    (".venv/**", "ignore"),
    ("frontend/**", "ignore"),
    ("tests/**", "ignore"),
    ("bench/**", "ignore"),
    ("tools/**", "ignore"),
    ("sandbox/**", "ignore"),
    ("migrations/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "jinja2"),
]


def wanted() -> Catalog:
    """The texts that the program shows, in the order of the files."""
    catalogue = Catalog(charset="utf-8")
    found = extract_from_dir(str(ROOT), METHODS, {}, keywords=KEYWORDS, comment_tags=("Translators:",))
    for file, _line, message, comments, _context in sorted(found, key=lambda each: each[:2]):
        catalogue.add(message, locations=[(file, 0)], auto_comments=comments)
    return catalogue


def path_of(language: str) -> Path:
    return ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"


def load(language: str) -> Catalog:
    path = path_of(language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)


def faults(language: str, texts: Catalog) -> Iterator[str]:
    """What keeps the catalogue of `language` from being complete."""
    catalogue = load(language)
    for message in texts:
        entry = catalogue.get(message.id) if message.id else None
        if message.id and (entry is None or entry.fuzzy or not all(_forms(entry, catalogue.num_plurals))):
            yield f"{language}: not translated: {message.id}"
        elif entry and _places(message.id) != _places(entry.string):
            yield f"{language}: the facts in %(…)s differ: {message.id}"
    known = {_key(message.id) for message in texts}
    for entry in catalogue:
        if entry.id and _key(entry.id) not in known:
            yield f"{language}: no longer used: {entry.id}"


def _forms(entry: Message, plurals: int) -> tuple[str, ...]:
    strings = entry.string if isinstance(entry.string, tuple | list) else [entry.string]
    return tuple(str(each or "") for each in [*strings, *[""] * (plurals - len(strings) if entry.pluralizable else 0)])


def _places(text: object) -> set[str]:
    texts = text if isinstance(text, tuple | list) else [text]
    return {place for each in texts for place in re.findall(r"%\((\w+)\)", str(each))}


def _key(message_id: object) -> object:
    return message_id[0] if isinstance(message_id, tuple | list) else message_id


def update(language: str, texts: Catalog) -> None:
    """Write the catalogue with exactly the texts of the program; English says what the source says."""
    catalogue = load(language)
    catalogue.update(texts, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    catalogue.project, catalogue.version, catalogue.copyright_holder = "OllTV suite", "1", "the OllTV suite"
    catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    for entry in catalogue:
        if language == "en" and entry.id and not any(_forms(entry, 2)):
            entry.string = entry.id
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, catalogue, omit_header=False, sort_output=False, include_lineno=False, width=110)


def main() -> int:
    texts = wanted()
    if "--update" in sys.argv:
        for language in LANGUAGES:
            update(language, texts)
    found = [fault for language in LANGUAGES for fault in faults(language, texts)]
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
