"""Pictures: whatever comes, only pixels get through."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select

from billing.events import EventLog
from ppv_module.chat import pictures
from ppv_module.chat.models import Photo
from ppv_module.chat.photos import CONTENT_TYPE, Kind, PhotoForPerformers, photo, put_photo, remove_photo
from ppv_module.chat.pictures import NoPicture, PictureTooLarge, PictureTooSmall, draw_avatar, draw_photo
from ppv_module.chat.wall import wall
from ppv_module.errors import UnknownPerson
from tests.ppv.people.support import at_once, lines, picture
from tests.support import STAFF, Crash, crash_after

MARKER = b"<script>alert(document.cookie)</script>"


def opened(content):
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_three_kinds_become_webp_of_two_sizes(form):
    content = picture(form, (3000, 1500))

    avatar, large = draw_avatar(content), draw_photo(content)

    assert (avatar.width, avatar.height) == (256, 256)
    assert (large.width, large.height) == (1280, 640)
    for drawn in (avatar, large):
        assert opened(drawn.content).format == "WEBP"
        assert opened(drawn.content).size == (drawn.width, drawn.height)
        red, green, blue = opened(drawn.content).convert("RGB").getpixel((5, 5))
        assert red > 200 and green < 60 and blue < 60


def test_a_small_picture_is_not_blown_up():
    assert draw_photo(picture(size=(64, 40))).width == 64


@pytest.mark.parametrize(("mode", "colour"), [("L", 128), ("P", 1), ("RGBA", (255, 0, 0, 0)), ("I;16", 9), ("1", 1)])
def test_other_kinds_of_pixels_are_understood(mode, colour):
    assert draw_avatar(picture("PNG", (64, 64), colour, mode)).width == 256


def test_cmyk_and_transparency():
    assert draw_avatar(picture("JPEG", (64, 64), (0, 0, 0, 0), "CMYK")).width == 256
    see_through = opened(draw_photo(picture("PNG", (64, 64), (0, 0, 0, 0), "RGBA")).content)
    assert see_through.convert("RGB").getpixel((9, 9)) == (255, 255, 255)


def with_notes(orientation=6):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = orientation, "SECRET CAMERA", {1: "N", 2: (50.0, 27.0, 0.0)}
    image = Image.new("RGB", (80, 40), "blue")
    image.paste("red", (0, 0, 40, 40))
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=MARKER, quality=95)
    return buffer.getvalue()


def test_the_picture_is_turned_upright_and_its_notes_are_gone():
    content = with_notes()
    assert b"SECRET CAMERA" in content

    drawn = draw_photo(content)

    assert (drawn.width, drawn.height) == (40, 80)
    assert opened(drawn.content).convert("RGB").getpixel((20, 10))[0] > 200  # red was left, is on top now
    assert b"SECRET CAMERA" not in drawn.content and MARKER not in drawn.content
    assert dict(opened(drawn.content).getexif()) == {} and "icc_profile" not in opened(drawn.content).info


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        MARKER,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"GIF89a" + MARKER,
        b"%PDF-1.7",
        b"PK\x03\x04" + b"\0" * 60,
        b"BM" + b"\0" * 60,
        b"\xff\xd8\xff" + MARKER,
        b"\x89PNG\r\n\x1a\n" + MARKER,
        b"RIFF\x20\0\0\0WEBP" + MARKER,
        b"RIFF\x20\0\0\0AVI " + MARKER,
    ],
)
def test_what_is_no_such_picture_is_refused(content):
    for draw in (draw_avatar, draw_photo):
        with pytest.raises(NoPicture):
            draw(content)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused_whatever_their_names(form):
    with pytest.raises(NoPicture):
        draw_avatar(picture(form, (64, 64)))


def test_a_page_before_a_picture_is_refused():
    with pytest.raises(NoPicture):
        draw_avatar(MARKER + picture())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_hides_behind_a_picture_is_left_behind(form):
    drawn = draw_photo(picture(form) + MARKER + b"PK\x03\x04")

    assert MARKER not in drawn.content and b"PK" not in drawn.content


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_broken_picture_is_refused(form):
    whole = picture(form, (300, 300), mode="RGB", colour=(1, 2, 3))
    with pytest.raises(NoPicture):
        draw_photo(whole[: len(whole) // 2])


def bomb(width, height):
    """A PNG of a few octets that says it is as large as this."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 10_000), (6400, 6400), (2**31 - 1, 64)])
def test_a_picture_that_would_unpack_to_gigabytes_is_refused_unopened(size):
    with pytest.raises((PictureTooLarge, NoPicture)):
        draw_avatar(bomb(*size))


def test_too_many_octets_are_refused_before_they_are_looked_at(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 1000)

    with pytest.raises(PictureTooLarge):
        draw_avatar(picture() + b"\0" * 1000)


def test_a_picture_of_a_few_pixels_is_refused():
    with pytest.raises(PictureTooSmall):
        draw_avatar(picture(size=(31, 200)))


@pytest.fixture
def put(uow, clock):
    def put(person_id, kind=Kind.AVATAR, content=None):
        content = content or picture()
        return put_photo(uow(), person_id=person_id, kind=kind, content=content, actor=STAFF, now=clock())

    return put


def count(billing):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(Photo))


def test_a_performer_has_both_pictures_on_the_wall(billing, chat, clock, put):
    tenant = chat.tenant()
    star = chat.performer(tenant, "star")
    with billing.reading() as session:
        card = wall(session, tenant, clock())[0]
        assert (card.avatar, card.photo) == ("", "")  # the page shows a placeholder

    small, large = put(star.person_id), put(star.person_id, Kind.PHOTO)

    with billing.reading() as session:
        card = wall(session, tenant, clock())[0]
        assert (card.avatar, card.photo) == (small.name, large.name)
        assert photo(session, small.name).content == small.content and CONTENT_TYPE == "image/webp"
        assert photo(session, "../" + small.name) is None
    assert len(small.name) == 48 and small.name != large.name


def test_a_new_picture_takes_the_place_of_the_old_one(billing, chat, put):
    star = chat.performer(chat.tenant(), "star")

    first, second = put(star.person_id), put(star.person_id)

    assert first.name != second.name and count(billing) == 1
    with billing.reading() as session:
        assert photo(session, first.name) is None


def test_pictures_can_be_taken_away_again_and_again(billing, chat, put, uow, clock):
    star = chat.performer(chat.tenant(), "star")
    put(star.person_id), put(star.person_id, Kind.PHOTO)

    for kind in (*Kind, *Kind):
        remove_photo(uow(), person_id=star.person_id, kind=kind, actor=STAFF, now=clock())

    assert count(billing) == 0
    assert (chat.again(star).avatar, chat.again(star).big_photo) == ("", "")
    assert [text.split(") ")[1].split(" [")[0] for text, _, _ in lines(billing)] == [
        "NEW AVATAR",
        "NEW PHOTO",
        "NO AVATAR",
        "NO PHOTO",
    ]


def test_viewers_have_a_small_picture_only(billing, chat, put):
    ann = chat.viewer(chat.tenant(), "ann")

    assert chat.again(ann).avatar == "" and put(ann.id).name == chat.again(ann).avatar
    with pytest.raises(PhotoForPerformers):
        put(ann.id, Kind.PHOTO)
    with pytest.raises(UnknownPerson):
        put(404)
    assert count(billing) == 1


def test_a_refused_picture_leaves_the_one_before(billing, chat, put):
    star = chat.performer(chat.tenant(), "star")
    kept = put(star.person_id)

    with pytest.raises(NoPicture):
        put(star.person_id, content=MARKER)
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        put(star.person_id)

    assert chat.again(star).avatar == kept.name and count(billing) == 1


def test_of_many_uploads_at_once_one_picture_is_left(billing, chat, put):
    star = chat.performer(chat.tenant(), "star")

    found = at_once(lambda _: put(star.person_id, content=picture(size=(64, 64))).name, times=4)

    assert all(isinstance(each, str) for each in found)
    assert count(billing) == 1 and chat.again(star).avatar in found
