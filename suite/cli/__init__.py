"""The command line `olltv`: one module for each group of commands, `app` for what they share."""

from suite.cli.app import Group
from suite.cli.books import audit
from suite.cli.database import db
from suite.cli.delivery import deliver
from suite.cli.demo import demo
from suite.cli.fees import fee
from suite.cli.figures import figures
from suite.cli.keys import key
from suite.cli.orders import addon, change, leave, resume, subscribe, suspend
from suite.cli.parked import parked
from suite.cli.people import subscriber
from suite.cli.processes import sandbox, serve, worker
from suite.cli.reconcile import reconcile
from suite.cli.staff import staff
from suite.cli.stream import stream
from suite.cli.subscribers import show, statement, topup
from suite.cli.tariffs import tariff

HELP = """Subscription-TV billing for internet providers.

Every command takes --config, --lang and --json. Exit status: 0 done, 1 findings or failure, 2 wrong usage,
3 busy (another run is at it).
"""

main = Group(
    "olltv",
    help=HELP,
    commands=[
        *(db, demo, fee, deliver, parked, reconcile, audit, figures),
        *(tariff, subscriber),
        *(topup, subscribe, addon, change, leave, suspend, resume, show, statement),
        *(key, staff, stream, sandbox, worker, serve),
    ],
)
