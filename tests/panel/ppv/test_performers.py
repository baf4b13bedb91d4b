"""Performers in the panel: the list, adding by login, editing, pictures, switching off."""

from html import unescape
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from ppv_module.chat.models import Performer, Person, Photo, Role
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown

EVA = {"display_name": "Eva", "rate": "90", "percent": "33,25", "sort": "2", "gender": "female", "bio": "Hello"}


@pytest.fixture
def tenant(chat):
    return chat.tenant(name="Evening")


def picture(kind="PNG", size=(400, 500), color="red"):
    file = BytesIO()
    Image.new("RGB", size, color).save(file, kind)
    return file.getvalue()


# The list


def test_without_performers_the_page_says_what_to_do(panel):
    page = panel.page("/ppv/performers")

    assert "There is no performer yet." in page
    assert "Add a performer" in page


def test_the_list_tells_of_every_performer(panel, chat, tenant):
    chat.performer(tenant, "eva", display_name="Eva", rate=90, percent_bp=3325, sort=2)
    chat.performer(tenant, "mia", display_name="Mia", beat_at=None)
    chat.performer(tenant, "old", display_name="Old", active=False, sort=9)

    page = panel.page("/ppv/performers")

    assert "Eva Evening eva 90 33.25 % online 2" in page
    assert "Mia Evening mia 60 50 % offline 0" in page
    assert "Old Evening old 60 50 % switched off 9" in page


def test_the_list_is_narrowed_and_sorted(panel, chat, tenant):
    other = chat.tenant(name="Night")
    for login, given in {
        "eva": {"rate": 10, "sort": 3},
        "mia": {"rate": 30, "sort": 1},
        "ada": {"rate": 20, "sort": 2, "active": False},
    }.items():
        chat.performer(tenant, login, **given)
    chat.performer(other, "zoe", rate=1, sort=0)

    def order(**asked):
        page = panel.page("/ppv/performers", **asked)
        return sorted((each for each in ("eva", "mia", "ada", "zoe") if f" {each} " in page), key=page.index)

    assert order() == ["zoe", "mia", "ada", "eva"]
    assert order(sort="rate", dir="desc") == ["mia", "ada", "eva", "zoe"]
    assert order(sort="login") == ["ada", "eva", "mia", "zoe"]
    assert order(tenant=tenant.id, state="active") == ["mia", "eva"]
    assert order(state="inactive") == ["ada"]
    assert order(words="ZO") == ["zoe"]
    assert len(order(tenant="999", state="nonsense", sort="nonsense")) == 4
    assert "Nothing matches." in panel.page("/ppv/performers", words="%")
    assert panel.get("/ppv/performers", cursor="nonsense").status_code == 422


def test_a_long_list_has_pages(panel, chat, tenant):
    for number in range(60):
        chat.performer(tenant, f"p{number:02d}", sort=number // 20)

    first = panel.get("/ppv/performers").get_data(as_text=True)

    assert "60 rows" in first
    following = unescape(first[first.rindex('href="', 0, first.index('rel="next"')) :].split('"')[1])
    second = text(panel.get(following))
    logins = [f"p{number:02d}" for number in range(60)]
    assert [each for each in logins if f" {each} " in text(panel.get("/ppv/performers"))] == logins[:50]
    assert [each for each in logins if f" {each} " in second] == logins[50:]


def test_the_list_is_exported_without_formulas(panel, chat, tenant):
    chat.performer(tenant, "eva", display_name="=2+3", percent_bp=5050)
    chat.performer(tenant, "mia", display_name="Mia", active=False)

    answer = panel.get("/exports/ppv_performers.csv", columns="name,login,percent", state="active")

    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines == ["Name on the wall,Login,Her share", "'=2+3,eva,50.5 %"]
    assert panel.get("/exports/ppv_performers.xlsx").status_code == 200


# Adding


def test_a_subscriber_becomes_a_performer(panel, chat, tenant, make, billing):
    make.subscriber("eva")

    path = panel.done("/ppv/performers/new", tenant=str(tenant.id), login="eva", **EVA)

    with billing.reading() as session:
        made, person = session.execute(select(Performer, Person).join(Person, Person.id == Performer.person_id)).one()
    assert path == f"/ppv/performers/{made.person_id}"
    assert (made.display_name, made.rate, made.percent_bp, made.sort, made.bio) == ("Eva", 90, 3325, 2, "Hello")
    assert (person.login, person.role, person.number) == ("eva", Role.PERFORMER, 1)
    assert made.room_id == tenant.webmaster_id * 10_000 + 1
    page = panel.page(path)
    assert "33.25 %" in page
    assert str(made.room_id) in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"login": ""}, "This field is required."),
        ({"login": "nobody"}, "There is no subscriber with the login nobody."),
        ({"login": "mia"}, "mia is a performer of this chat already."),
        ({"login": "staff:olena"}, "has to be a subscriber"),
        ({"display_name": "Mia"}, "The name Mia is taken in this chat."),
        ({"display_name": "!"}, "A name in the chat has 2 to 64 letters"),
        ({"rate": "0"}, "Number must be between 1 and 10000."),
        ({"rate": "10001"}, "Number must be between 1 and 10000."),
        ({"percent": "100,01"}, "Write a per cent from 0 to 100"),
        ({"percent": "33,333"}, "Write a per cent from 0 to 100"),
        ({"gender": "other"}, "Not a valid choice"),
        ({"tenant": "999"}, "Not a valid choice"),
        ({"bio": "x" * 2001}, "Too long: at most 2000 characters."),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_lost(panel, chat, tenant, make, billing, wrong, told):
    make.subscriber("eva")
    chat.performer(tenant, "mia", display_name="Mia")

    fields = {"tenant": str(tenant.id), "login": "eva"} | EVA | {"bio": "Добрий день"} | wrong
    answer = panel.post("/ppv/performers/new", **fields)

    assert answer.status_code == 422
    assert told in text(answer)
    assert "Добрий день" in answer.get_data(as_text=True) or "bio" in wrong
    with billing.reading() as session:
        assert len(session.scalars(select(Performer)).all()) == 1


# Editing


def test_an_edition_is_saved(panel, chat, tenant):
    eva = chat.performer(tenant, "eva", percent_bp=3325)
    path = f"/ppv/performers/{eva.person_id}/edit"
    assert shown(panel, path)["percent"] == "33.25"

    assert sent(panel, path, rate="120", percent="40").status_code == 303

    now = chat.again(eva)
    assert (now.rate, now.percent_bp, now.display_name) == (120, 4000, eva.display_name)
    assert sent(panel, path).status_code == 303
    assert chat.again(eva).version == now.version


def test_two_people_at_one_performer(panel, chat, tenant):
    eva = chat.performer(tenant, "eva")
    path = f"/ppv/performers/{eva.person_id}/edit"
    seen = shown(panel, path)
    assert sent(panel, path, rate="120").status_code == 303

    answer = panel.post(path, **seen | {"rate": "5", "bio": "Second"})

    assert answer.status_code == 422
    assert "Somebody else has changed this in the meantime." in text(answer)
    assert "Second" in answer.get_data(as_text=True)
    assert chat.again(eva).rate == 120


def test_texts_stay_texts(panel, chat, tenant):
    evil = "<script>alert(1)</script>"
    eva = chat.performer(tenant, "eva", display_name=evil, bio=evil)
    path = f"/ppv/performers/{eva.person_id}"

    for where in (path, f"{path}/edit", f"{path}/deactivate", f"{path}/photos/avatar", "/ppv/performers"):
        page = panel.get(where).get_data(as_text=True)
        assert evil not in page, where
        assert evil in unescape(page), where


# Switching off


def test_a_performer_is_switched_off_and_on(panel, chat, tenant):
    eva = chat.performer(tenant, "eva", display_name="Eva")
    path = f"/ppv/performers/{eva.person_id}"
    assert "A show that goes on ends" in panel.page(f"{path}/deactivate")
    seen = panel.hidden(f"{path}/deactivate", "seen")

    panel.done(f"{path}/deactivate", seen=seen)

    assert not chat.again(eva).active
    page = panel.page(path)
    assert "Eva is off the wall. Her history stays." in page
    assert "Switched off: on no wall" in page
    assert panel.post(f"{path}/activate", seen=seen).status_code == 409
    panel.done(f"{path}/activate", seen=panel.hidden(path, "seen"))
    assert chat.again(eva).active


# Pictures


@pytest.mark.parametrize("kind", ["avatar", "photo"])
def test_a_picture_is_uploaded_shown_and_taken_away(panel, chat, tenant, billing, kind):
    eva = chat.performer(tenant, "eva")
    path = f"/ppv/performers/{eva.person_id}"
    assert panel.get(f"{path}/photos/{kind}").status_code == 200

    panel.done(f"{path}/photos/{kind}", content=(BytesIO(picture()), "eva.png"))

    with billing.reading() as session:
        photo = session.scalars(select(Photo)).one()
    page = panel.get(path).get_data(as_text=True)
    assert f'src="/ppv/photos/{photo.name}"' in page
    assert (f"/ppv/photos/{photo.name}" in panel.get("/ppv/performers").get_data(as_text=True)) is (kind == "avatar")
    served = panel.get(f"/ppv/photos/{photo.name}")
    assert (served.status_code, served.mimetype) == (200, "image/webp")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(served.data)).format == "WEBP"

    panel.done(f"{path}/photos/{kind}/remove")

    assert panel.get(f"/ppv/photos/{photo.name}").status_code == 404
    assert photo.name not in panel.get(path).get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", ""), (b"GIF89a", "eva.gif"), (b"<svg onload='alert(1)'/>", "eva.svg"), (picture(size=(2, 2)), "eva.png")],
)
def test_what_is_no_picture_is_refused_at_the_form(panel, chat, tenant, billing, content, name):
    eva = chat.performer(tenant, "eva")

    answer = panel.post(f"/ppv/performers/{eva.person_id}/photos/avatar", content=(BytesIO(content), name))

    assert answer.status_code == 422
    with billing.reading() as session:
        assert session.scalars(select(Photo)).all() == []


def test_pictures_may_be_larger_than_other_forms_but_not_endless(panel, chat, tenant):
    eva = chat.performer(tenant, "eva")
    path = f"/ppv/performers/{eva.person_id}/photos/photo"
    large = Image.effect_noise((1200, 1200), 90).convert("RGB")
    file = BytesIO()
    large.save(file, "PNG")
    assert len(file.getvalue()) > 1_500_000

    assert panel.post(path, content=(BytesIO(file.getvalue()), "large.png")).status_code == 303
    assert panel.post(path, content=(BytesIO(b"x" * 9_000_000), "huge.png")).status_code in (413, 422)
    assert panel.post("/ppv/tenants/new", name="x" * 2_000_000).status_code == 413
