"""Two thousand viewers with credits, made in a few statements, and the handler as the simulated hour wants it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, insert, select

from billing.host.native import NativeSubscriber, wallet_code
from billing.ledger.models import Account, Transfer
from billing.ledger.seeding import Opening, open_accounts
from billing.money import CREDITS
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.credits.accounts import ISSUED, SPENT, grant, lock_credits
from ppv_module.credits.models import CreditState
from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.rights.models import Meter
from ppv_module.streams.syncs.receiving import receive
from ppv_module.streams.syncs.spool import Spool
from sandbox.nimble.simulation import Someone
from tests.support import STAFF

PREFIX = "credits:"


@use_case
def move_in(uow: UnitOfWork, *, people: Sequence[Someone], credits: Mapping[str, int], now: datetime) -> None:
    """Subscribers with empty wallets and these credits, and a link for each viewer."""
    session = uow.session
    wallets = [Opening(account, 0, 0) for account in credits]
    money = uow.ledger.system("outside:test", uow.billing.unit)
    ids = open_accounts(session, wallets, prefix=wallet_code(""), source=money, actor=STAFF.name, at=now)
    rows = [{"login": login, "wallet_id": number, "frozen": False, "down": False} for login, number in ids.items()]
    session.execute(insert(NativeSubscriber), rows)
    purses = [Opening(account, amount, 0) for account, amount in credits.items()]
    issued = uow.ledger.system(ISSUED, CREDITS)
    opened = open_accounts(session, purses, prefix=PREFIX, source=issued, actor=STAFF.name, at=now)
    session.execute(insert(CreditState), [{"login": login, "account_id": number} for login, number in opened.items()])
    links = [
        {
            "name": each.viewer,
            "identity": Identity.PLAY,
            "login": each.account,
            "account_id": opened[each.account],
            "issued_at": now,
        }
        for each in people
    ]
    session.execute(insert(Viewer), links)


@dataclass
class Handler:
    """The handler of media servers without a web server: at the time that the hour says."""

    billing: Billing
    spool: Spool
    top_ups: int = 0

    def post(self, body: bytes, _content_type: str, now: float) -> tuple[int, bytes]:
        at = datetime.fromtimestamp(now, UTC)
        answer = receive(self.billing, body=body, remote_ip="192.0.2.10", received_at=at, spool=self.spool)
        return answer.status, answer.body

    def top_up(self, account: str, credits: int, now: float) -> None:
        self.top_ups += 1
        uow = self.billing.uow()
        with uow:
            purse = lock_credits(uow, account)
            key, at = f"top-up-{self.top_ups}", datetime.fromtimestamp(now, UTC)
            grant(uow, purse, credits=credits, key=key, actor=STAFF, at=at)

    def charged(self) -> dict[str, int]:
        """What the ledger has taken for watching, by account."""
        taken = func.sum(Transfer.amount_minor)
        target = select(Account.id).where(Account.code == SPENT).scalar_subquery()
        query = select(Transfer.login, taken).where(Transfer.target_id == target).group_by(Transfer.login)
        with self.billing.reading() as session:
            return {login: int(amount) for login, amount in session.execute(query).all() if login}

    def metered(self) -> tuple[int, int, int]:
        """Milliseconds, credits that are due and credits that were charged, of all meters."""
        with self.billing.reading() as session:
            sums = select(func.sum(Meter.watched_ms), func.sum(Meter.due), func.sum(Meter.charged))
            ms, due, charged = session.execute(sums).one()
            return int(ms), int(due), int(charged)

    def outcomes(self) -> dict[Outcome, int]:
        with self.billing.reading() as session:
            query = select(SyncRecord.outcome, func.count()).group_by(SyncRecord.outcome)
            return {row.outcome: row[1] for row in session.execute(query)}
