"""Options of metered streams, as they stand in `alter.ini`."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from billing.errors import N_
from weblib.options import Options, comma_list, option, web_address

Network = IPv4Network | IPv6Network

OFF, FLAG, DENY = "off", "flag", "deny"
STEPS = (OFF, FLAG, DENY)
"""What a rule against passing streams on does about what it finds."""

NEWEST, OLDEST, ACCOUNT = "deny_newest", "deny_oldest", "deny_account"
ALLOW = "allow"
CONFLICT, DISTINCT = "conflict", "distinct"


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks between commas.

    :raises ValueError: one of them is none
    """
    try:
        return tuple(ip_network(item) for item in comma_list(text))
    except ValueError:
        raise ValueError("has a wrong item; write addresses and networks like 127.0.0.1, 10.0.0.0/24") from None


def _path(text: str) -> str:
    if not re.fullmatch(r"/ppv/[A-Za-z0-9_./-]{1,80}", text):
        raise ValueError("is no path below /ppv/; write one like /ppv/streams/sync")
    return text


@dataclass(frozen=True, kw_only=True)
class StreamOptions(Options):
    """What the operator decides about media servers and those who watch their streams."""

    path: str = option(
        "PPV_STREAM_PATH", "/ppv/streams/sync", parse=_path, help=N_("Path that the media servers post to.")
    )
    token: str = option(
        "PPV_STREAM_TOKEN", "", secret=True, help=N_("Token that every media server shares with this billing.")
    )
    token_older: str = option(
        "PPV_STREAM_TOKEN_OLDER", "", secret=True, help=N_("The token before, while servers are changed over.")
    )
    addresses: tuple[Network, ...] = option(
        "PPV_STREAM_ADDRESSES", (), parse=networks, help=N_("Addresses and networks of media servers; empty: any.")
    )
    internal: tuple[Network, ...] = option(
        "PPV_STREAM_INTERNAL", (), parse=networks, help=N_("Own addresses whose viewing is neither judged nor counted.")
    )
    max_body_mib: int = option(
        "PPV_STREAM_MAX_BODY_MIB", 64, within=(1, 1024), help=N_("Longest message of a media server, in MiB, unpacked.")
    )
    interval_s: int = option(
        "PPV_STREAM_INTERVAL_S", 30, within=(1, 3600), help=N_("Seconds between two messages of one media server.")
    )
    replay_days: int = option(
        "PPV_STREAM_REPLAY_DAYS", 7, within=(1, 400), help=N_("Days that a message is known again when it is repeated.")
    )
    replay_window_s: int = option(
        "PPV_STREAM_REPLAY_WINDOW_S",
        20,
        within=(1, 3600),
        help=N_("Seconds in which the same message without a puzzle is a repeat."),
    )
    puzzle_reuse: str = option(
        "PPV_STREAM_PUZZLE_REUSE",
        CONFLICT,
        one_of=(CONFLICT, DISTINCT),
        help=N_("What another message with a known puzzle is: conflict, or distinct."),
    )
    quarantine_days: int = option(
        "PPV_STREAM_QUARANTINE_DAYS", 30, within=(1, 400), help=N_("Days that unreadable messages are kept.")
    )
    debug_minutes: int = option(
        "PPV_STREAM_DEBUG_MINUTES",
        10,
        within=(1, 1440),
        help=N_("Minutes that messages of media servers are kept whole."),
    )
    keep_days: int = option(
        "PPV_STREAM_KEEP_DAYS", 400, within=(1, 4000), help=N_("Days that it is kept who watched what.")
    )
    unknown_id: str = option(
        "PPV_STREAM_UNKNOWN_ID", DENY, one_of=(DENY, ALLOW), help=N_("What happens to identifiers that nobody issued.")
    )
    preview_ms: int = option(
        "PPV_STREAM_PREVIEW_MS",
        0,
        within=(0, 3_600_000),
        help=N_("Milliseconds that anybody may look at paid streams."),
    )
    min_view_ms: int = option(
        "PPV_STREAM_MIN_VIEW_MS", 1, within=(1, 3_600_000), help=N_("Milliseconds from which watching is a view.")
    )
    cap_to_elapsed: bool = option(
        "PPV_STREAM_CAP_TO_ELAPSED", False, help=N_("Charges no more time than has passed since the report before.")
    )
    max_streams: int = option(
        "PPV_STREAM_MAX_STREAMS",
        0,
        within=(0, 1000),
        help=N_("Streams that an account may watch at once; 0: any number."),
    )
    excess: str = option(
        "PPV_STREAM_EXCESS",
        NEWEST,
        one_of=(NEWEST, OLDEST, ACCOUNT),
        help=N_("Who is denied above that: deny_newest, deny_oldest or deny_account."),
    )
    cooldown_s: int = option(
        "PPV_STREAM_COOLDOWN_S",
        300,
        within=(1, 86_400),
        help=N_("Seconds that a whole account is denied after an excess."),
    )
    zap_grace: float = option(
        "PPV_STREAM_ZAP_GRACE",
        1.5,
        within=(0, 20),
        help=N_("Intervals in which a change of channel is no second stream."),
    )
    ip_spread: str = option(
        "PPV_STREAM_IP_SPREAD",
        DENY,
        one_of=STEPS,
        help=N_("Watching from several addresses at once: off, flag or deny."),
    )
    session_spread: str = option(
        "PPV_STREAM_SESSION_SPREAD", DENY, one_of=STEPS, help=N_("Several sessions of one link: off, flag or deny.")
    )
    agent: str = option(
        "PPV_STREAM_AGENT", FLAG, one_of=STEPS, help=N_("Programs that record or pass on: off, flag or deny.")
    )
    agents: tuple[str, ...] = option(
        "PPV_STREAM_AGENTS",
        ("*ffmpeg*", "Lavf/*", "*streamlink*", "*yt-dlp*", "*youtube-dl*", "Wget/*", "curl/*", "*GStreamer*"),
        help=N_("Patterns of such programs, with * for anything."),
    )
    marathon: str = option(
        "PPV_STREAM_MARATHON", FLAG, one_of=STEPS, help=N_("Watching without a break for too long: off, flag or deny.")
    )
    marathon_hours: int = option(
        "PPV_STREAM_MARATHON_HOURS",
        18,
        within=(1, 1000),
        help=N_("Hours from which watching without a break is too long."),
    )
    bitrate: str = option(
        "PPV_STREAM_BITRATE", FLAG, one_of=STEPS, help=N_("More data than the stream has: off, flag or deny.")
    )
    restream_block_min: int = option(
        "PPV_STREAM_RESTREAM_BLOCK_MIN", 60, within=(1, 100_000), help=N_("Minutes of denial for passing streams on.")
    )
    player_url: str = option(
        "PPV_STREAM_PLAYER_URL",
        "",
        parse=web_address,
        help=N_("Page of the player, which gets the link after #; empty: the link."),
    )
