"""What the invented provider tells its subscribers."""

from datetime import datetime, timedelta

from billing import news
from billing.actors import Actor
from billing.uow import UnitOfWork

KEY = "demo"
SHOWN_FOR = timedelta(days=30)
TITLE = {
    "uk": "Десять нових каналів у «Максимумі»",
    "ru": "Десять новых каналов в «Максимуме»",
    "en": "Ten new channels in “Максимум”",
}
TEXT = {
    "uk": "Кіно, наука й подорожі — без доплати.\n\nЩоб побачити їх, вимкніть приставку та ввімкніть знову.",
    "ru": "Кино, наука и путешествия — без доплаты.\n\nЧтобы увидеть их, выключите приставку и включите снова.",
    "en": "Films, science and travel, at no extra charge.\n\nTo see them, turn your set-top box off and on again.",
}


def announce(uow: UnitOfWork, *, actor: Actor, now: datetime) -> None:
    """Publish the news of the demo, for a month."""
    until = now + SHOWN_FOR
    news.add(uow, key=KEY, title=TITLE, text=TEXT, shown_from=now, shown_until=until, actor=actor, now=now)
