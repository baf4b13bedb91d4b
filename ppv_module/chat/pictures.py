"""Turning what somebody has uploaded into a picture of ours.

Nothing of the upload itself is ever kept or sent on: its pixels are read and drawn anew. So neither what hides behind
or inside the file (pages, scripts, archives) nor what the camera has noted (place, owner) gets any further.
"""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from billing.errors import N_, InvalidInput

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 25_000_000
LEAST_SIDE = 32
AVATAR_SIDE, PHOTO_SIDE = 256, 1280
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
SMOOTH = ("RGB", "RGBA", "L", "LA", "CMYK")
"""Kinds of pixels that can be mixed as they are; of others each stands for a colour of a list."""

CONTENT_TYPE = "image/webp"


class NoPicture(InvalidInput):
    """Facts: `field`."""

    code = "no_picture"
    text = N_("This file is no picture that can be used. Choose a JPEG, PNG or WebP file.")


class PictureTooLarge(InvalidInput):
    """Facts: `field`, `megabytes`, `megapixels`."""

    code = "picture_too_large"
    text = N_("The picture is too large: at most %(megabytes)s MB and %(megapixels)s megapixels.")


class PictureTooSmall(InvalidInput):
    """Facts: `field`, `least`."""

    code = "picture_too_small"
    text = N_("The picture is too small: each side must have at least %(least)s pixels.")


@dataclass(frozen=True)
class Drawn:
    """A WebP picture of ours. Sides are in pixels."""

    content: bytes
    width: int
    height: int


def draw_avatar(content: bytes) -> Drawn:
    """A square of `AVATAR_SIDE` from the middle of the picture.

    :raises NoPicture, PictureTooLarge, PictureTooSmall: it cannot be used
    """
    image = _read(content)
    return _drawn(ImageOps.fit(image, (AVATAR_SIDE, AVATAR_SIDE)))


def draw_photo(content: bytes) -> Drawn:
    """The whole picture, no side longer than `PHOTO_SIDE`.

    :raises NoPicture, PictureTooLarge, PictureTooSmall: it cannot be used
    """
    image = _read(content)
    image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    return _drawn(image)


def _read(content: bytes) -> Image.Image:
    """The pixels, turned the way up in which the camera was held."""
    if len(content) > MOST_BYTES:
        raise _too_large()
    if not _begins_like_a_picture(content):
        raise NoPicture(field="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _pixels(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise NoPicture(field="picture") from None  # what Pillow raises for files that are broken on purpose


def _pixels(content: bytes) -> Image.Image:
    with Image.open(BytesIO(content), formats=FORMATS) as image:
        width, height = image.size  # from the header: nothing is unpacked before it is known to be small enough
        if width * height > MOST_PIXELS:
            raise _too_large()
        if min(width, height) < LEAST_SIDE:
            raise PictureTooSmall(field="picture", least=LEAST_SIDE)
        enough = max(PHOTO_SIDE, AVATAR_SIDE * max(width, height) // min(width, height) + 1)
        image.draft("RGB", (enough, enough))  # lets JPEG unpack no more than is needed
        image.seek(0)
        if image.mode in SMOOTH:
            image.thumbnail((enough, enough))  # before anything is copied: large pictures take much memory
        return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency and without anything but pixels."""
    seen = image.convert("RGBA")
    drawn = Image.new("RGB", seen.size, "white")
    drawn.paste(seen, mask=seen.getchannel("A"))
    return drawn


def _drawn(image: Image.Image) -> Drawn:
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    return Drawn(buffer.getvalue(), *image.size)


def _begins_like_a_picture(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


def _too_large() -> PictureTooLarge:
    return PictureTooLarge(field="picture", megabytes=MOST_BYTES // 1024**2, megapixels=MOST_PIXELS // 10**6)
