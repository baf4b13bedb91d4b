"""Finding people among the suite's own subscribers, by whatever is known of them."""

import pytest
from sqlalchemy import event, func, insert, select, text

from billing.host.search import MOST_LOOKED_AT, Word
from billing.host.words import LONGEST_WORD, MOST_WORDS, phone_beginning, words_of
from tests.support import NOV_10


@pytest.fixture
def host(billing):
    """Call one method of the host in a transaction of its own."""

    def call(method, /, *arguments, **named):
        with billing.uow() as unit:
            return getattr(unit.host, method)(*arguments, **named)

    return call


@pytest.fixture
def found(host):
    """Logins that a question finds."""
    return lambda question, limit=50: [each.login for each in host("search", question, limit=limit).people]


@pytest.fixture
def people(host):
    host("add", login="marko", name="Марко В’ячеславович Об'їждчик", address="м. Київ, вул. Садова, буд. 12-а, кв. 7")
    host("add", login="maria", name="Марія Ґудзь", address="просп. Миру, 12", mobile="+38 (050) 123-45-67")
    host("add", login="ivan", name="Іван Садовий", address="вул. Лісова, 120", mobile="0671234567", ip="10.20.0.7")


@pytest.mark.parametrize(
    ("question", "logins"),
    [
        ("mar", ["maria", "marko"]),
        ("MARK", ["marko"]),
        ("ivan", ["ivan"]),
        ("мар", ["maria", "marko"]),
        ("МАРІЯ", ["maria"]),
        ("вячеслав", ["marko"]),
        ("в'ячеславович", ["marko"]),
        ("вʼячеславович", ["marko"]),
        ("Обʼїждчик", ["marko"]),
        ("гудзь", ["maria"]),
        ("садов", ["ivan", "marko"]),
        ("вул. Садова 12 марко", ["marko"]),
        ("садова, кв. 7", ["marko"]),
        ("12", ["maria", "marko"]),
        ("миру 12", ["maria"]),
        ("миру 120", []),
        ("0501234567", ["maria"]),
        ("+380501234567", ["maria"]),
        ("050 123", ["maria"]),
        ("501234567", ["maria"]),
        ("067 123 45 67", ["ivan"]),
        ("10.20.0.7", ["ivan"]),
        (" ::ffff:10.20.0.7", ["ivan"]),
        ("10.20.0.70", []),
        ("10.20.0", []),
        ("іван марія", []),
        ("са", []),
        ("", []),
        ("вул. буд.", []),
        ("%", []),
        ("_van", []),
        ("мирy\U0010ffff", []),
    ],
)
def test_a_question_finds_whom_it_means(people, found, question, logins):
    assert found(question) == logins


def test_a_login_is_found_by_a_line_of_many_words_only_as_it_stands(host, found):
    host("add", login="ivan petrenko")
    assert found("ivan p") == ["ivan petrenko"]


def test_more_than_asked_for_is_told(host):
    for number in range(5):
        host("add", login=f"user{number}", name="Олена")
    for question in ("user", "олена"):
        few, all_of_them = (host("search", question, limit=limit) for limit in (4, 5))
        assert (len(few.people), few.is_more) == (4, True)
        assert (len(all_of_them.people), all_of_them.is_more) == (5, False)


def test_whoever_is_gone_is_not_found(people, host, found):
    host("remove", "maria", at=NOV_10)
    assert found("mar") == ["marko"]
    assert found("гудзь") == found("0501234567") == []


def test_an_edited_profile_is_found_by_its_new_words_only(billing, people, host, found):
    host("edit", "maria", seen=None, name="Марія Мороз", mobile="0509999999")
    assert found("гудзь") == found("0501234567") == []
    assert found("мороз") == found("0509999999") == found("миру") == ["maria"]
    host("edit", "maria", seen=None, down=True)
    assert found("мороз") == ["maria"]


def test_people_are_read_by_their_numbers_without_those_who_are_gone(host, people):
    ids = {login: host("find", login).id for login in ("marko", "maria", "ivan")}
    host("remove", "maria", at=NOV_10)
    read = host("people", [*ids.values(), 999])
    assert {number: each.login for number, each in read.items()} == {ids["marko"]: "marko", ids["ivan"]: "ivan"}
    assert host("people", []) == {}


def test_words_are_few_and_short():
    words = words_of("я" * 300, " ".join(f"слово{number}" for number in range(99)), "+38 050 123 45 67, 067 1234567")
    assert words[0] == "+671234567"
    assert (len(words), max(map(len, words))) == (MOST_WORDS, LONGEST_WORD)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("050123", "+50123"), ("+38 (050) 12", None), ("8-050-123", "+50123"), ("00380501", None), ("12-а", None)],
)
def test_a_beginning_of_a_number_is_understood_however_it_is_written(written, meant):
    assert phone_beginning(written) == meant


def test_no_question_reads_the_whole_index(billing, host):
    """Thirty thousand people of whom nearly all share their words: only ranges are read, up to a limit."""
    rows = [
        {"subscriber_id": number, "word": word}
        for number in range(1, 30_001)
        for word in ("олена", "садова", f"x{number % 9000:05d}", f"+50{number:07d}")
    ]
    with billing.engine.begin() as connection:
        connection.execute(insert(Word.__table__), rows)
    with billing.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if billing.engine.dialect.name == "sqlite" else "ANALYZE TABLE host_word"))
    for question in ("олена", "олена садова", "олен x00007", "05000012", "садо x00"):
        plans = _plans(billing, lambda question=question: host("search", question, limit=50))
        assert plans and not [each for each in plans if _reads_it_all(each)], (question, plans)
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Word)) == len(rows) > 3 * MOST_LOOKED_AT


def _plans(billing, call):
    sent = []

    def keep(_connection, _cursor, statement, parameters, *_):
        sent.extend([(statement, parameters)] if "host_word" in statement else [])

    event.listen(billing.engine, "before_cursor_execute", keep)
    call()
    event.remove(billing.engine, "before_cursor_execute", keep)
    word = "EXPLAIN QUERY PLAN" if billing.engine.dialect.name == "sqlite" else "EXPLAIN"
    with billing.engine.connect() as connection:
        return [
            dict(row._mapping) for each, values in sent for row in connection.exec_driver_sql(f"{word} {each}", values)
        ]


def _reads_it_all(line):
    if "detail" in line:
        return line["detail"].startswith("SCAN host_word")
    return line["table"] == "host_word" and line["type"] in ("ALL", "index")
