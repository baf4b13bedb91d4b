"""What needs neither server nor database to be checked about streams: `olltv stream`. Every answer is JSON."""

import json
from datetime import UTC, datetime
from typing import BinaryIO

import click

from billing.errors import BillingError
from ppv_module.streams import authenticity
from ppv_module.streams.links import signing
from ppv_module.streams.links.checking import trouble
from ppv_module.streams.wire import reading, replies
from ppv_module.streams.wire.errors import Malformed, TooLarge
from ppv_module.streams.wire.records import SetAside
from suite.cli.app import FAILURE, Command, Group
from suite.cli.console import Console, pass_console


class Instant(click.ParamType[datetime]):
    """An instant with its offset; without one it is UTC."""

    name = "UTC"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value} is no instant; write one like 2026-11-23T09:05:00Z", param, ctx)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at


AT = click.option("--at", type=Instant(), required=True, help="The instant, like 2026-11-23T09:05:00Z.")
KEY = click.option("--key", required=True, help="Password of the rule on the media server.")
IP = click.option("--ip", default="", help="Address of the viewer.")


@click.command("parse", cls=Command)
@click.argument("file", type=click.File("rb"))
@pass_console
def stream_parse(console: Console, *, file: BinaryIO) -> None:
    """Read the sync in FILE (- is standard input) and list its viewers, and those who cannot be read."""
    try:
        sync = reading.read(file.read())
    except (Malformed, TooLarge) as refusal:
        answer({"error": _told(console, refusal)})
        raise SystemExit(FAILURE) from None
    players = [player._asdict() for player in sync.players]
    answer({"id": sync.id, "puzzle": sync.puzzle, "players": players, "set_aside": [*map(_shown, sync.set_aside)]})


def _told(console: Console, refusal: BillingError) -> dict[str, object]:
    facts = refusal.facts
    return {
        "code": facts.get("reason", refusal.code),
        "message": console.refusal(refusal),
        "position": facts.get("position"),
    }


def _shown(each: SetAside) -> dict[str, object]:
    return vars(each)


@click.command("verify", cls=Command)
@click.option("--id", "server_id", required=True, help="ID of the message.")
@click.option("--puzzle", required=True, help="Puzzle of the message.")
@click.option("--signature", required=True, help="Signature of the message.")
@click.option("--token", required=True, help="Token that the server should know.")
def stream_verify(*, server_id: str, puzzle: str, signature: str, token: str) -> None:
    """Say whether a server that knows the token has signed a message."""
    valid = authenticity.is_genuine(server_id=server_id, puzzle=puzzle, signed=signature, token=token)
    answer({"valid": valid})


@click.command("solve", cls=Command)
@click.option("--puzzle", required=True, help="Puzzle of the message.")
@click.option("--token", required=True, help="Token that the server knows.")
def stream_solve(*, puzzle: str, token: str) -> None:
    """Print the Solution that the server wants to see."""
    answer({"solution": authenticity.solution(puzzle=puzzle, token=token)})


@click.command("reply", cls=Command)
@click.option("--format", "form", type=click.Choice(["json", "xml"]), required=True, help="Form of the answer.")
@click.option("--deny", multiple=True, metavar="ID", help="Who is denied. Repeatable.")
@click.option("--solution", default="", help="Solution of the message's puzzle.")
def stream_reply(*, form: str, deny: tuple[str, ...], solution: str) -> None:
    """Print the body of an answer."""
    click.echo(replies.reply(deny, solution=solution, as_xml=form == "xml"))


@click.command("sign", cls=Command)
@click.argument("url")
@KEY
@click.option("--minutes", type=int, required=True, help="How long the link lets in.")
@AT
@click.option("--viewer", default="", metavar="ID", help="Who is let in.")
@IP
@click.option("--stream", default="", help="Beginning of application/stream that is allowed.")
def stream_sign(*, url: str, key: str, minutes: int, at: datetime, viewer: str, ip: str, stream: str) -> None:
    """Sign URL for a viewer, for an address, or for a viewer at an address."""
    terms = signing.Terms(minutes=minutes, viewer=viewer, ip=ip, stream=stream)
    answer({"url": signing.placed(url, signing.signature(terms, key=key, at=at))})


@click.command("check", cls=Command)
@click.argument("url")
@KEY
@AT
@IP
def stream_check(*, url: str, key: str, at: datetime, ip: str) -> None:
    """Say whether a server would let the signed URL in, and why not."""
    found = trouble(url, key=key, at=at, ip=ip)
    answer({"valid": found is None, "reason": found})


def answer(document: object) -> None:
    """One line of JSON."""
    click.echo(json.dumps(document, ensure_ascii=False))


stream = Group(
    "stream",
    commands=[stream_parse, stream_verify, stream_solve, stream_reply, stream_sign, stream_check],
    help="Syncs of media servers and signed links, read, made and checked without a server.",
)
