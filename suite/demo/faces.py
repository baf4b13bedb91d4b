"""Pictures of the demo's performers, drawn by the program: nobody is on them."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

AVATAR, PHOTO = (256, 256), (960, 720)
DETAIL = 2
"""Drawn so many times as large and shrunk, so that edges are smooth."""

SKIN, SHADE = "#f2c7a5", "#dca680"


@dataclass(frozen=True)
class Look:
    """Colours of the sky above and below, of hair and clothes. `long` is the hair."""

    top: str
    bottom: str
    hair: str
    clothes: str
    long: bool = True


def drawn(look: Look, size: tuple[int, int]) -> bytes:
    """A person before a sunset, as a PNG of `size` pixels."""
    width, height = (side * DETAIL for side in size)
    image = _sky(look, width, height)
    image = _with_lights(image)
    _person(ImageDraw.Draw(image), look, width / 2, height)
    content = BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(content, "PNG")
    return content.getvalue()


def _sky(look: Look, width: int, height: int) -> Image.Image:
    """A gradient from top to bottom."""
    mask = Image.linear_gradient("L").resize((width, height))
    return Image.composite(Image.new("RGB", (width, height), look.bottom), Image.new("RGB", mask.size, look.top), mask)


def _with_lights(image: Image.Image) -> Image.Image:
    """Soft round lights far behind, on either side of the person."""
    width, height = image.size
    lights = Image.new("RGBA", image.size)
    pen = ImageDraw.Draw(lights)
    for x, y, part, strength in (
        (0.13, 0.25, 0.13, 70),
        (0.86, 0.2, 0.17, 60),
        (0.93, 0.62, 0.09, 70),
        (0.05, 0.7, 0.1, 50),
    ):
        _ball(pen, x * width, y * height, part * height, (255, 255, 255, strength))
    blurred = lights.filter(ImageFilter.GaussianBlur(height / 120))
    return Image.alpha_composite(image.convert("RGBA"), blurred).convert("RGB")


def _person(pen: ImageDraw.ImageDraw, look: Look, x: float, height: float) -> None:
    """Shoulders, neck, hair, face, of proportions by the height of the picture."""
    unit = height / 20
    head = 8 * unit
    if look.long:
        _oval(pen, (x, head + 2.4 * unit), (4.3 * unit, 6.2 * unit), look.hair)
    pen.rounded_rectangle((x - 1.4 * unit, head + 2 * unit, x + 1.4 * unit, head + 8.6 * unit), unit, fill=SHADE)
    _oval(pen, (x, height + 1.5 * unit), (7.6 * unit, 6 * unit), look.clothes)
    _oval(pen, (x, head - 0.6 * unit), (3.9 * unit, 4.4 * unit), look.hair)
    _oval(pen, (x, head + 0.4 * unit), (3 * unit, 3.8 * unit), SKIN)
    pen.pieslice((x - 3.4 * unit, head - 4.4 * unit, x + 3.4 * unit, head + 1.6 * unit), 185, 355, fill=look.hair)
    for side in (-1, 1):
        _ball(pen, x + 1.15 * side * unit, head + 0.3 * unit, 0.28 * unit, "#2b2b33")
    box = (x - 1.1 * unit, head + 0.9 * unit, x + 1.1 * unit, head + 2.5 * unit)
    pen.arc(box, 20, 160, fill="#a3543f", width=max(1, int(0.22 * unit)))


def _ball(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Any) -> None:
    _oval(pen, (x, y), (radius, radius), colour)


def _oval(pen: ImageDraw.ImageDraw, at: tuple[float, float], reach: tuple[float, float], colour: Any) -> None:
    (x, y), (across, down) = at, reach
    pen.ellipse((x - across, y - down, x + across, y + down), fill=colour)
