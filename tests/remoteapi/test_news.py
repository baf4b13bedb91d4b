"""News over the JSON door: what is shown now, in the language that the caller asks for."""

from datetime import timedelta

import pytest

from billing import news
from tests.remoteapi.conftest import Machine
from tests.support import STAFF

pytestmark = pytest.mark.usefixtures("partner")


@pytest.fixture
def told(runtime, clock):
    """Tells subscribers something from now on, for a day."""

    def tell(key, **titles):
        times = {"shown_from": clock(), "shown_until": clock() + timedelta(days=1)}
        texts = {lang: f"{title}\n\n<b>text</b>" for lang, title in titles.items()}
        uow = runtime.billing.uow()
        return news.add(uow, key=key, title=titles, text=texts, actor=STAFF, now=clock(), **times)

    return tell


@pytest.mark.parametrize("scope", ["cabinet", "staff-read"])
def test_the_newest_comes_first_in_the_language_of_the_caller(api, key, told, clock, scope):
    machine = Machine(api, key(scope))
    told("first", uk="Перша", ru="Первая")
    clock.advance(minutes=5)
    told("second", uk="Друга", ru="Вторая", en="Second")

    answer = machine.get("/news", Accept_Language="ru")
    assert answer.status_code == 200
    second = {"id": 2, "title": "Вторая", "text": "Вторая\n\n<b>text</b>", "at": "2026-11-10T11:05:00+02:00"}
    first = {"id": 1, "title": "Первая", "text": "Первая\n\n<b>text</b>", "at": "2026-11-10T11:00:00+02:00"}
    assert answer.json == {"news": [second | {"language": "ru"}, first | {"language": "ru"}]}
    english = [(each["title"], each["language"]) for each in machine.get("/news").json["news"]]
    assert english == [("Second", "en"), ("Перша", "uk")]


def test_what_is_over_is_not_told(api, key, told, clock):
    told("first", uk="Перша")
    clock.advance(days=1)
    assert Machine(api, key("cabinet")).get("/news").json == {"news": []}


@pytest.mark.parametrize("scope", ["cron", "ppv"])
def test_other_keys_do_not_open_it(api, key, scope):
    answer = Machine(api, key(scope)).get("/news")
    assert (answer.status_code, answer.json["code"]) == (403, "scope_missing")


def test_without_a_key_nothing_is_told(api):
    assert Machine(api).get("/news").status_code == 401
