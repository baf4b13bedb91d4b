"""What `make run` starts: a demonstration with every process in one terminal. Ctrl-C ends all of them."""

import os
import re
import secrets
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import click

from billing.errors import BillingError, Misconfigured
from suite.children import Children, Died
from suite.ports import HOST, BadPort, Ports
from suite.runtime import build_runtime
from suite.settings import DIRECTORY_VARIABLE, PROJECT
from suite.stage import INTERVAL_S, Stage, TooSlow
from suite.texts import say

LOOK_EVERY_S = 0.5
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Run the demonstration until Ctrl-C, SIGTERM, or the end of the terminal."""
    for number in ENDINGS:  # SIGINT too: a shell hands it to what it starts with & as ignored
        signal.signal(number, _interrupt)
    try:
        run(os.environ)
    except KeyboardInterrupt:
        click.echo("\nEverything has ended.")
    except (BadPort, Died, TooSlow) as error:
        raise SystemExit(str(error)) from error
    except BillingError as error:
        raise SystemExit(say(error, "en")) from error


def run(env: Mapping[str, str]) -> None:
    """Start everything, show addresses and report, then stay until interrupted.

    :raises BadPort, Misconfigured: nothing was started
    :raises Died, TooSlow: a process has ended or does not come up; all others are ended
    """
    stage = prepared(env)
    try:
        stage.play()
        while True:
            stage.children.check()
            time.sleep(LOOK_EVERY_S)
    finally:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)  # another Ctrl-C must not leave half of them alive
        stage.children.end()


def prepared(env: Mapping[str, str]) -> Stage:
    """The demonstration, ready to be started: the operator's options, but never his partner.

    :raises BadPort: a port cannot be used
    :raises Misconfigured: an option is wrong, or the database is not for playing
    """
    ports = Ports.of(env)
    options = {
        DIRECTORY_VARIABLE: str(Path(env.get(DIRECTORY_VARIABLE) or PROJECT / "config").resolve()),
        "OLLTV_ENABLED": "1",
        "OLLTV_API_URL": f"{ports.url(ports.sandbox)}ispAPI/",
        "OLLTV_LOGIN": "demo",
        "OLLTV_PASSWORD": "demo",
        "PPV_ENABLED": "1",
        "PPV_CHAT_PROVIDER": "html5chat",
        "PPV_PUBLIC_URL": ports.url(ports.billing),
        "PPV_PAYPAL_SANDBOX": "1",
        "PPV_PAYPAL_URL": f"{ports.url(ports.paypal)}cgi-bin/webscr",
        "PPV_PAYPAL_VERIFY_URL": f"{ports.url(ports.paypal)}cgi-bin/webscr",
        "PPV_STREAM_TOKEN": secrets.token_urlsafe(24),
        "PPV_STREAM_INTERVAL_S": str(INTERVAL_S),
        "PPV_STREAM_PLAYER_URL": f"{ports.url(ports.nimble)}player",
        "REMOTEAPI_ENABLED": "1",
        "REMOTEAPI_DISABLE_CALLS": "",
        "REMOTEAPI_LEGACY": "1",
        "REMOTEAPI_LEGACY_ALLOW": HOST,
    }
    runtime = build_runtime(env={**env, **options})
    if runtime.billing.engine.dialect.name != "sqlite":
        raise Misconfigured(what="DATABASE_URL names a database server; the demonstration plays only with SQLite")
    children = Children(runtime.settings.suite.log_dir)
    return Stage(runtime, ports, options, children, subscribers=_subscribers(env))


def _subscribers(env: Mapping[str, str]) -> int:
    text = env.get("DEMO_SUBSCRIBERS") or "200"
    if not re.fullmatch(r"[1-9]\d{0,6}", text, re.ASCII):
        raise Misconfigured(what=f"DEMO_SUBSCRIBERS={text} is not a whole number from 1 to 9999999")
    return int(text)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
