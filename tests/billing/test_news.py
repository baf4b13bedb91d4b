"""News from the operator: what is shown to whom, and what is left of it in the event log."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from billing import news
from billing.errors import InvalidInput, NotFound
from billing.events import Event
from billing.news import EndsTooEarly, HalfTranslated, News, NewsState, NoLanguage
from billing.uow import UnitOfWork
from billing.versions import ChangedMeanwhile
from tests.support import NOV_10, STAFF, Crash, crash_after

DAY = timedelta(days=1)
UK = {"title": {"uk": "Нові канали"}, "text": {"uk": "Їх десять.\n\nДивіться."}}
SIGNED = {"actor": STAFF, "now": NOV_10}


def written(uow, key="form-1", **facts):
    whole = {"shown_from": NOV_10, "shown_until": NOV_10 + DAY, **UK, **SIGNED, **facts}
    return news.add(uow(), key=key, **whole)


def edition(piece, **facts):
    kept = {name: getattr(piece, name) for name in ("title", "text", "shown_from", "shown_until")}
    return {"news_id": piece.id, "seen": piece.version, **kept, **SIGNED, **facts}


def read(billing, language="uk", now=NOV_10):
    with billing.reading() as session:
        return news.shown_now(session, language=language, now=now)


def lines(billing):
    with billing.reading() as session:
        return session.scalars(select(Event).where(Event.kind.like("OLLTV%NEWS")).order_by(Event.id)).all()


def count(billing):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(News))


def test_what_was_written_is_read_and_told_to_the_event_log(billing, uow):
    made = written(uow, title={"uk": "  Нові канали "}, text={"uk": "Їх десять.\r\n\r\nДивіться.\n"})

    [shown] = read(billing)
    assert (shown.id, shown.title, shown.text, shown.at) == (made.id, "Нові канали", "Їх десять.\n\nДивіться.", NOV_10)
    assert (shown.language, read(billing, "en")[0].language) == ("uk", "uk")
    [line] = lines(billing)
    assert (line.text, line.actor, line.before) == (f"OLLTV CREATE NEWS [{made.id}]", "olena", None)
    assert line.after == {
        "title_uk": "Нові канали",
        "text_uk": "Їх десять.\n\nДивіться.",
        "shown_from": "2026-11-10 11:00",
        "shown_until": "2026-11-11 11:00",
    }


def test_it_is_shown_from_its_first_instant_until_before_its_last(billing, uow):
    made = written(uow, shown_from=NOV_10 + DAY, shown_until=NOV_10 + 2 * DAY)
    moment = timedelta(microseconds=1)
    when = [NOV_10 + DAY - moment, NOV_10 + DAY, NOV_10 + 2 * DAY - moment, NOV_10 + 2 * DAY]

    assert [len(read(billing, now=now)) for now in when] == [0, 1, 1, 0]
    planned, shown, over = NewsState
    assert [made.state(now) for now in when] == [planned, shown, shown, over]


@pytest.mark.parametrize(
    ("there", "asked", "told"),
    [
        (("uk", "ru", "en"), "en", "en"),
        (("uk", "ru"), "en", "uk"),
        (("ru", "en"), "uk", "ru"),
        (("en",), "ru", "en"),
        (("uk",), "de", "uk"),
    ],
)
def test_a_language_that_is_missing_is_replaced_by_the_nearest(billing, uow, there, asked, told):
    written(uow, title={lang: f"title {lang}" for lang in there}, text={lang: f"text {lang}" for lang in there})

    [shown] = read(billing, asked)
    assert (shown.title, shown.text) == (f"title {told}", f"text {told}")


def test_the_five_newest_are_read_in_one_statement(billing, uow):
    made = [written(uow, f"form-{hour}", shown_from=NOV_10 - timedelta(hours=hour)).id for hour in range(7)]
    same_time = written(uow, "form-same", shown_from=NOV_10).id
    statements = []
    event.listen(billing.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    assert [each.id for each in read(billing)] == [same_time, *made[:4]]
    assert len([each for each in statements if each.lstrip().startswith("SELECT")]) == 1


def test_what_is_over_is_not_looked_through(billing, uow):
    for number in range(30):
        written(uow, f"old-{number}")
    written(uow, "new", shown_until=NOV_10 + 9 * DAY)

    with billing.reading() as session:
        query = f"SELECT id FROM news WHERE shown_until > '{NOV_10 + 2 * DAY:%Y-%m-%d %H:%M:%S}'"
        explain = "EXPLAIN QUERY PLAN" if billing.engine.dialect.name == "sqlite" else "EXPLAIN"
        plan = str(session.connection().exec_driver_sql(f"{explain} {query}").all())
    assert "ix_news_shown_until" in plan


@pytest.mark.parametrize(
    ("wrong", "error", "field"),
    [
        ({"title": {}, "text": {}}, NoLanguage, "title_uk"),
        ({"title": {"uk": " "}, "text": {"uk": "\n"}}, NoLanguage, "title_uk"),
        ({"title": {"uk": "x", "ru": "x"}}, HalfTranslated, "text_ru"),
        ({"text": {"uk": "x", "en": "x"}}, HalfTranslated, "title_en"),
        ({"title": {"uk": "x" * 121}}, InvalidInput, "title_uk"),
        ({"text": {"uk": "x" * 2001}}, InvalidInput, "text_uk"),
        ({"title": {"de": "x"}, "text": {"de": "x"}}, InvalidInput, "title_de"),
        ({"shown_until": NOV_10}, EndsTooEarly, "shown_until"),
        ({"shown_from": NOV_10 + 2 * DAY}, EndsTooEarly, "shown_until"),
        ({"shown_from": NOV_10 - 2 * DAY, "shown_until": NOV_10 - DAY}, EndsTooEarly, "shown_until"),
        ({"key": ""}, InvalidInput, "key"),
        ({"key": "x" * 65}, InvalidInput, "key"),
    ],
)
def test_what_cannot_be_shown_is_refused(billing, uow, wrong, error, field):
    with pytest.raises(error) as refusal:
        written(uow, **wrong)
    assert refusal.value.facts["field"] == field
    assert (count(billing), lines(billing)) == (0, [])


def test_a_form_sent_twice_is_one_piece_of_news(billing, uow):
    first, second = written(uow), written(uow)
    assert (first.id, count(billing), len(lines(billing))) == (second.id, 1, 1)


def test_a_form_sent_twice_at_once_is_one_piece_of_news(billing, uow):
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: written(uow).id, range(4)))
    assert (len({*made}), count(billing), len(lines(billing))) == (1, 1, 1)


def test_an_edition_replaces_everything_and_tells_what_changed(billing, uow):
    made = written(uow)
    later = {"shown_from": NOV_10 + DAY, "shown_until": NOV_10 + 2 * DAY}
    news.change(uow(), **edition(made, title={"ru": "Новые каналы"}, text={"ru": "Их десять."}, **later))

    assert read(billing) == []
    [shown] = read(billing, now=NOV_10 + DAY)
    assert (shown.title, shown.text) == ("Новые каналы", "Их десять.")
    line = lines(billing)[-1]
    assert line.text == f"OLLTV SAVE NEWS [{made.id}]"
    assert (line.before["title_uk"], line.after["title_uk"]) == ("Нові канали", None)
    assert (line.before["title_ru"], line.after["title_ru"]) == (None, "Новые каналы")
    assert (line.before["shown_from"], line.after["shown_from"]) == ("2026-11-10 11:00", "2026-11-11 11:00")


def test_saving_what_is_there_changes_nothing(billing, uow):
    made = written(uow)
    news.change(uow(), **edition(made))
    news.change(uow(), **edition(made, seen=99))
    assert len(lines(billing)) == 1
    with billing.reading() as session:
        assert news.find(session, made.id).version == 1


@pytest.mark.parametrize("wrong", [{"title": {}}, {"text": {}}, {"shown_until": NOV_10}])
def test_an_edition_that_cannot_be_shown_changes_nothing(billing, uow, wrong):
    made = written(uow)
    with pytest.raises(InvalidInput):
        news.change(uow(), **edition(made, **wrong))
    assert read(billing)[0].title == "Нові канали"


def test_the_second_of_two_editors_is_told(billing, uow):
    made = written(uow)
    news.change(uow(), **edition(made, title={"uk": "Перша"}))
    with pytest.raises(ChangedMeanwhile):
        news.change(uow(), **edition(made, title={"uk": "Друга"}))
    with pytest.raises(ChangedMeanwhile):
        news.withdraw(uow(), news_id=made.id, seen=made.version, **SIGNED)
    assert [each.title for each in read(billing)] == ["Перша"]


@pytest.mark.parametrize("begins", [NOV_10 - DAY, NOV_10 + timedelta(hours=1)], ids=["shown", "planned"])
def test_what_is_withdrawn_is_shown_no_longer_and_may_be_shown_again(billing, uow, begins):
    made = written(uow, shown_from=begins)

    gone = news.withdraw(uow(), news_id=made.id, seen=made.version, **SIGNED)
    news.withdraw(uow(), news_id=made.id, **SIGNED)

    assert gone.state(NOV_10) is NewsState.OVER
    assert read(billing) == read(billing, now=NOV_10 + timedelta(hours=2)) == []
    assert [each.text for each in lines(billing)][1:] == [f"OLLTV WITHDRAW NEWS [{made.id}]"]
    news.change(uow(), **edition(gone, shown_until=NOV_10 + DAY))
    assert len(read(billing)) == 1


def test_what_there_is_not_is_not_found(billing, uow):
    with pytest.raises(NotFound):
        news.withdraw(uow(), news_id=7, **SIGNED)
    with pytest.raises(NotFound):
        news.change(uow(), news_id=7, shown_from=NOV_10, shown_until=NOV_10 + DAY, **UK, **SIGNED)
    with billing.reading() as session, pytest.raises(NotFound):
        news.find(session, 7)


def test_a_crash_at_the_end_leaves_no_trace(billing, uow):
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        written(uow)
    assert count(billing) == 1  # the commit was done: the repeat finds it
    written(uow)
    assert (count(billing), len(lines(billing))) == (1, 1)

    with pytest.raises(Crash), crash_after(news, "check_seen"):
        news.withdraw(uow(), news_id=1, **SIGNED)
    assert len(read(billing)) == len(lines(billing)) == 1
