"""The search of the top bar."""

import pytest


@pytest.fixture
def people(make, viewers):
    viewers.watching(make.tariff(name="Start"), login="anna", name="Анна Мороз", address="вул. Садова, 1, кв. 7")
    make.subscriber("borys", name="Борис Мороз", address="просп. Миру, 5", mobile="+38 050 765-43-21")
    make.subscriber("vira", name="<script>alert(1)</script>", address="Мороз & Co")


@pytest.mark.parametrize(
    ("question", "login"),
    [
        ("borys", "borys"),
        ("BOR", "borys"),
        ("садова 1", "anna"),
        ("0507654321", "borys"),
        ("380507654321", "borys"),
        ("r-anna", "anna"),
        ("мороз борис", "borys"),
    ],
)
def test_whoever_is_meant_alone_is_shown_at_once(panel, people, question, login):
    answer = panel.get("/search", q=question)
    assert (answer.status_code, answer.location) == (303, f"/subscribers/{login}")


def test_several_are_listed(panel, people):
    page = panel.page("/search", q="мороз")
    assert "anna Анна Мороз" in page and "borys Борис Мороз" in page
    assert "Active" in page and "No television" in page
    assert "<script>alert(1)" not in panel.get("/search", q="мороз").get_data(as_text=True)


def test_nobody_and_nothing(panel, people):
    assert "Nobody was found." in panel.page("/search", q="сидоренко")
    assert "Whom are you looking for?" in panel.page("/search", q="  ")
    assert "Whom are you looking for?" in panel.page("/search")


def test_more_than_fifty_want_a_more_exact_question(panel, make):
    for number in range(51):
        make.subscriber(f"user{number:02d}")
    page = panel.page("/search", q="user")
    assert "There are more than these" in page
    assert "user49" in page and "user50" not in page


def test_the_search_wants_its_right(person):
    assert person("PPV").get("/search", q="x").status_code == 403
