"""What a subscriber has of television and what can be offered beside it, read off the billing's answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from userstats.remote import Json

BULLETS = ("- ", "– ", "— ", "• ", "* ")
"""How operators begin a line of a description that is one point of a list."""


@dataclass(frozen=True)
class Standing:
    """What somebody has.

    During a change `main` is the tariff that is being replaced and `successor` the one to come. `refused` came to
    nothing lately and has not been switched on since.
    """

    main: Json | None
    successor: Json | None
    addons: Sequence[Json]
    refused: Sequence[Json]

    @classmethod
    def of(cls, me: Json) -> "Standing":
        """Sort the subscriptions of `me`."""
        live = [each for each in me["subscriptions"] if each["ended_at"] is None]
        on = {each["tariff_id"] for each in live if each["state"] == "active"}
        return cls(
            main=next((each for each in live if each["main"] and not each["is_next"]), None),
            successor=next((each for each in live if each["is_next"]), None),
            addons=[each for each in live if not each["main"]],
            refused=[each for each in me["subscriptions"] if each["refusal"] and each["tariff_id"] not in on],
        )

    @property
    def live(self) -> list[Json]:
        """Everything that is on, being switched on or suspended; the main comes first."""
        return [each for each in (self.main, self.successor, *self.addons) if each]

    @property
    def sleeping(self) -> list[Json]:
        """What is suspended."""
        return [each for each in self.live if each["state"] == "suspended"]

    @property
    def code(self) -> str:
        """What is typed on a device; empty as long as the partner has given none."""
        codes = [each["code"] for each in self.live if each["code"] and each["state"] != "suspended"]
        return codes[0] if codes else ""

    @property
    def together(self) -> Json | None:
        """The fees of a month, of the tariff to come instead of the one that it replaces; None without television."""
        paid = [each["price"] for each in self.live if each is not self.main or self.successor is None]
        return {"minor": sum(price["minor"] for price in paid), "unit": paid[0]["unit"]} if paid else None


@dataclass(frozen=True)
class Block:
    """A part of a description: a "text" of one line, or a "list" of points."""

    kind: str
    lines: list[str]


@dataclass(frozen=True)
class Card:
    """A tariff on sale and what can be done about it.

    `mark` is "yours", "next" (it is to replace the present one) or empty. `order` is empty when nothing can be ordered
    now. `lack` is what is missing for it, or None.
    """

    tariff: Json
    mark: str = ""
    order: str = ""
    lack: Json | None = None

    def written_in(self, lang: str) -> str:
        """The language of the description: the reader's, else any in which the operator has written one."""
        texts = self.tariff["description"]
        return next((each for each in (lang, *texts) if texts.get(each)), lang)

    def description(self, lang: str) -> list[Block]:
        """What is said about it, as paragraphs and lists. Lines that begin with a dash are points of a list."""
        return _blocks(self.tariff["description"].get(self.written_in(lang), ""))


@dataclass(frozen=True)
class Offers:
    """What the page about television offers."""

    mains: Sequence[Card]
    addons: Sequence[Card]


def offers(me: Json, tariffs: Sequence[Json]) -> Offers:
    """The main tariffs, his own among them, and the add-ons that he does not have and that go with his mains."""
    standing = Standing.of(me)
    awake = not me["obstacle"] and not standing.sleeping
    order = ("change" if _may_change(standing) else "") if standing.main else "subscribe"
    has = {each["tariff_id"] for each in standing.live}
    mains = {each["tariff_id"] for each in (standing.main, standing.successor) if each}
    fitting = [each for each in tariffs if not each["main"] and each["id"] not in has and _fits(each, mains)]
    return Offers(
        mains=[_main(each, standing, order if awake else "", me) for each in tariffs if each["main"]],
        addons=[Card(each, order="add", lack=_lack(each, me)) for each in fitting if mains and awake],
    )


def _main(tariff: Json, standing: Standing, order: str, me: Json) -> Card:
    if standing.main and tariff["id"] == standing.main["tariff_id"]:
        return Card(tariff, mark="yours")
    if standing.successor and tariff["id"] == standing.successor["tariff_id"]:
        return Card(tariff, mark="next")
    return Card(tariff, order=order, lack=_lack(tariff, me))


def _may_change(standing: Standing) -> bool:
    return standing.main is not None and standing.main["state"] == "active" and standing.successor is None


def _lack(tariff: Json, me: Json) -> Json | None:
    wallet, fee = me["wallet"], tariff["fee"]
    spendable = wallet.get("spendable", wallet["available"])["minor"]
    is_short = fee["minor"] > 0 and fee["minor"] > spendable
    return {"minor": fee["minor"] - spendable, "unit": fee["unit"]} if is_short else None


def _fits(addon: Json, mains: set[int]) -> bool:
    """Whether an add-on goes with all mains that are live; with none named it goes with every one."""
    return not addon["goes_with"] or mains <= set(addon["goes_with"])


def _blocks(text: str) -> list[Block]:
    found = list[Block]()
    for kind, line in _lines(text.splitlines()):
        if kind == "list" and found and found[-1].kind == "list":
            found[-1].lines.append(line)
        else:
            found.append(Block(kind, [line]))
    return found


def _lines(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in (each.strip() for each in lines):
        if line.startswith(BULLETS):
            yield "list", line[1:].strip()
        elif line:
            yield "text", line
