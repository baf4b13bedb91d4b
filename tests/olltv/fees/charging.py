"""A process that runs the monthly fee: waits for a line on its input, then tells of each chunk on its output.

python -m tests.olltv.fees.charging DATABASE_URL CHUNK
"""

import sys
import time
from zoneinfo import ZoneInfo

from billing.db import open_engine
from billing.errors import Busy
from billing.host.native import NativeHost
from billing.uow import Billing
from olltv_module.options import OlltvOptions
from olltv_module.services.fees.run import FeeDay, charge
from tests.support import DEC_1, STAFF

PAUSE_S = 0.02
"""Between chunks, so that rivals find the database free even where SQLite lets one writer starve the others."""


def main(url: str, chunk: str) -> None:
    billing = Billing(
        engine=open_engine(url),
        unit="UAH",
        zone=ZoneInfo("Europe/Kyiv"),
        host=lambda session, ledger: NativeHost(session, ledger, "UAH"),
        options={OlltvOptions: OlltvOptions(enabled=True)},
    )
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        for run in charge(FeeDay(billing, lambda: DEC_1, int(chunk)), actor=STAFF):
            print(run.id, run.cursor, flush=True)
            time.sleep(PAUSE_S)
    except Busy:
        print("busy", flush=True)
    else:
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
