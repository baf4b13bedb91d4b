"""News in the panel: written in languages, planned, shown, withdrawn; two editors; texts stay texts."""

from datetime import timedelta
from html import unescape

import pytest

from billing import news
from tests.panel.client import text

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WORKS = {
    "title_uk": "Планові роботи",
    "text_uk": "Вночі телебачення вимикатиметься.\nНенадовго.\n\nДякуємо.",
    "shown_from": "2026-11-10T11:00",
    "shown_until": "2026-11-12T11:00",
}


def write(panel, **more):
    path = panel.done("/news/new", **{"key": panel.hidden("/news/new", "key"), **WORKS, **more})
    return path, int(path.rpartition("/")[2])


def read(runtime, language="uk", **later):
    with runtime.billing.reading() as session:
        now = runtime.clock() + timedelta(**later)
        return [(each.title, each.text) for each in news.shown_now(session, language=language, now=now)]


def test_an_empty_list_says_what_it_is_for(panel):
    assert "No news yet." in panel.page("/news")
    assert "Write news" in panel.page("/news")


def test_news_is_written_previewed_and_listed(panel, runtime):
    path, _ = write(panel, title_en="Planned works", text_en="At night.")

    assert read(runtime) == [("Планові роботи", WORKS["text_uk"])]
    assert read(runtime, "en") == [("Planned works", "At night.")]
    shown = panel.get(path).get_data(as_text=True)
    assert "<p>Вночі телебачення вимикатиметься.<br>Ненадовго.</p>\n<p>Дякуємо.</p>" in shown
    assert '<div lang="en">\n<h3>Planned works</h3>' in shown
    assert '<div lang="ru">' not in shown
    assert "The news is saved." in text(panel.get("/news")) or "The news is saved." in shown
    assert "Planned works shown 10 Nov 2026, 11:00 12 Nov 2026, 11:00 uk, en" in panel.page("/news")
    assert "OLLTV CREATE NEWS" in panel.page("/events")


def test_the_list_tells_what_is_planned_shown_and_over(panel, clock):
    write(panel, title_uk="Перша", shown_until="2026-11-10T12:00")
    write(panel, title_uk="Друга", shown_from="10.11.2026 11:00", shown_until="20.11.2026 9:05")
    write(panel, title_uk="Третя", shown_from="2026-11-11T00:00")
    clock.advance(hours=2)

    page = panel.page("/news")
    assert "Третя planned" in page
    assert "Друга shown 10 Nov 2026, 11:00 20 Nov 2026, 09:05" in page
    assert "Перша over" in page
    assert page.index("Третя") < page.index("Друга") < page.index("Перша")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title_uk": "", "text_uk": ""}, "Write the headline and the text in at least one language."),
        ({"text_uk": ""}, "In each language write both the headline and the text, or neither."),
        ({"title_ru": "Работы"}, "In each language write both the headline and the text, or neither."),
        ({"title_en": "x" * 121}, "Too long: at most 120 characters."),
        ({"text_en": "x" * 2001}, "Too long: at most 2000 characters."),
        ({"shown_until": "2026-11-10T11:00"}, "The end has to come later than the beginning, and later than now."),
        ({"shown_from": "tomorrow"}, "Write a day and a time like 22.11.2026 09:05."),
        ({"shown_from": "2026-02-30T11:00"}, "Write a day and a time like 22.11.2026 09:05."),
        ({"shown_until": ""}, "This field is required."),
        ({"key": "?"}, "This page was open for too long."),
    ],
)
def test_what_is_wrong_is_told_at_the_form_and_nothing_is_lost(panel, runtime, wrong, told):
    answer = panel.post("/news/new", **{"key": "form-one", **WORKS, **wrong})

    assert answer.status_code == 422
    assert told in text(answer)
    page = unescape(answer.get_data(as_text=True))
    assert all(value in page for name, value in WORKS.items() if name not in wrong)
    assert read(runtime) == []


def test_a_form_that_is_sent_twice_is_one_piece_of_news(panel, runtime):
    key = panel.hidden("/news/new", "key")
    paths = {panel.done("/news/new", key=key, **WORKS) for _ in range(2)}
    assert (len(paths), len(read(runtime))) == (1, 1)


def test_the_form_for_new_news_begins_now_and_ends_in_two_weeks(panel):
    page = panel.get("/news/new").get_data(as_text=True)
    assert 'value="2026-11-10T11:00"' in page
    assert 'value="2026-11-24T11:00"' in page


def test_an_edition_is_saved_and_the_second_editor_is_told(panel, runtime):
    path, _ = write(panel)
    seen = panel.hidden(f"{path}/edit", "seen")

    assert panel.done(f"{path}/edit", **WORKS | {"title_uk": "Роботи перенесено", "seen": seen}) == path
    assert read(runtime)[0][0] == "Роботи перенесено"
    late = panel.post(f"{path}/edit", **WORKS | {"title_uk": "Роботи скасовано", "seen": seen})
    assert late.status_code == 422
    assert "Somebody else has changed this in the meantime." in text(late)
    assert "Роботи скасовано" in late.get_data(as_text=True)
    assert read(runtime)[0][0] == "Роботи перенесено"


def test_the_form_shows_what_is_there(panel):
    path, _ = write(panel, title_ru="Работы", text_ru="Ночью.")
    page = panel.get(f"{path}/edit").get_data(as_text=True)
    for value in ('value="Работы"', 'value="2026-11-12T11:00"', "Ночью.</textarea>"):
        assert value in page


def test_withdrawing_is_asked_and_told(panel, runtime):
    path, _ = write(panel)
    assert "Subscribers do not see it any more, from this moment on." in panel.page(f"{path}/withdraw")
    assert len(read(runtime)) == 1

    assert panel.done(f"{path}/withdraw", seen=panel.hidden(f"{path}/withdraw", "seen")) == path

    assert read(runtime) == []
    assert "The news is taken down" in panel.page(path)
    assert "This news is over already." in panel.page(f"{path}/withdraw")
    assert "OLLTV WITHDRAW NEWS" in panel.page("/events")


def test_news_that_was_changed_meanwhile_is_not_withdrawn(panel, runtime):
    path, _ = write(panel)
    panel.done(f"{path}/edit", **WORKS | {"title_uk": "Інакше", "seen": "1"})
    answer = panel.post(f"{path}/withdraw", seen="1")
    assert answer.status_code == 409
    assert "Somebody else has changed this in the meantime." in text(answer)
    assert len(read(runtime)) == 1


def test_texts_stay_texts(panel):
    evil = '<script>alert("1")</script>'
    path, _ = write(panel, title_uk=evil, text_uk=f"{evil}\n{evil}")
    for where in (path, "/news", f"{path}/edit", f"{path}/withdraw"):
        page = panel.get(where).get_data(as_text=True)
        assert evil not in page
        assert evil in unescape(page)


def test_the_menu_leads_there_for_whoever_may_write(person):
    for rights, there in ((("OLLTV",), True), (("ADMIN",), True), (("MONEY",), False)):
        page = person(*rights).get("/").get_data(as_text=True)
        assert ('href="/news"' in page) is there
