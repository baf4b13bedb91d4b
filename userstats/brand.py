"""How the operator looks: name, logo, colours, support; and what a phone needs to install the cabinet."""

import colorsys
import hashlib
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, url_for
from flask.typing import ResponseReturnValue

from userstats.settings import CabinetOptions
from weblib.assets import FOREVER, named
from weblib.pages import gettext as _
from weblib.security import POLICY

ACCENT = "#1f5eff"
LIGHT, DARK = "#ffffff", "#171d2b"
"""The surfaces of `cabinet.css`; what is written in the accent must be readable on them."""

INK = "#0b1220"
READABLE = 4.5
ICONS = {"180", "192", "512", "maskable-192", "maskable-512"}
DAY_S = 86_400

bp = Blueprint("brand", __name__)


@dataclass(frozen=True)
class Brand:
    """What pages show of the operator."""

    options: CabinetOptions

    @property
    def name(self) -> str:
        return self.options.isp_name or _("Television")

    @property
    def logo_url(self) -> str:
        """The address of the logo, or nothing."""
        if self.options.logo:
            return url_for("brand.logo", v=_mark(self.options.logo.content))
        return self.options.isp_logo

    @property
    def accent(self) -> str:
        return self.options.accent or ACCENT

    @property
    def css_url(self) -> str:
        return url_for("brand.css", v=self._css_mark)

    @property
    def phone_url(self) -> str:
        """What a telephone dials."""
        return "tel:" + "".join(each for each in self.options.support_phone if each.isdigit() or each == "+")

    @property
    def has_support(self) -> bool:
        return bool(self.options.support_phone or self.options.support_email or self.options.support_url)

    @cached_property
    def css(self) -> str:
        """The accent for both themes, with what can be read on it."""
        return (
            f":root{{{_colours(self.accent, LIGHT)}}}\n"
            f"@media screen and (prefers-color-scheme: dark){{:root{{{_colours(self.accent, DARK)}}}}}\n"
        )

    @cached_property
    def policy(self) -> str:
        """The content policy with the origins that the operator's options need."""
        policy = POLICY
        if self.options.isp_logo and not self.options.logo:
            policy = policy.replace("img-src 'self'", f"img-src 'self' {_origin(self.options.isp_logo)}")
        if self.options.elsewhere:  # a form of ours leads there by a redirect
            policy = policy.replace("form-action 'self'", f"form-action 'self' {_origin(self.options.elsewhere)}")
        return policy

    @cached_property
    def _css_mark(self) -> str:
        return _mark(self.css.encode())


def wear(app: Flask, options: CabinetOptions) -> None:
    """Give `app` the operator's looks. Call it after `secure`."""
    brand = Brand(options)
    app.extensions["brand"] = brand
    app.register_blueprint(bp)
    app.after_request(_with_policy)
    app.jinja_env.globals.update(brand=brand, options=options)


def current() -> Brand:
    """The looks of the app that serves this request."""
    brand: Brand = current_app.extensions["brand"]
    return brand


@bp.get("/brand.css")
def css() -> ResponseReturnValue:
    """The operator's colours."""
    return Response(current().css, mimetype="text/css", headers={"Cache-Control": FOREVER})


@bp.get("/brand/logo")
def logo() -> ResponseReturnValue:
    """The operator's logo, when it is a file."""
    found = current().options.logo
    if found is None:
        abort(404)
    return Response(found.content, mimetype=found.mimetype, headers={"Cache-Control": FOREVER})


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """What a phone wants to know to keep the cabinet among its apps."""
    brand = current()
    icons = [
        {"src": url_for("brand.icon", name=name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for name, purpose in ((str(size), "any"), (f"maskable-{size}", "maskable"))
    ]
    answer = jsonify(
        id="/",
        name=brand.name,
        short_name=brand.name,
        start_url="/",
        scope="/",
        display="standalone",
        lang=brand.options.lang,
        theme_color=LIGHT,
        background_color=LIGHT,
        icons=icons,
    )
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = f"public, max-age={DAY_S}"
    return answer


@bp.get("/icons/<name>.png")
def icon(name: str) -> ResponseReturnValue:
    """The picture on a phone's screen. Its address stays, since phones know an app by it."""
    if name not in ICONS:
        abort(404)
    headers = {"Cache-Control": f"public, max-age={DAY_S}"}
    return Response(named(f"icons/{name}.png").plain, mimetype="image/png", headers=headers)


def _with_policy(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", current().policy)
    return response


def _colours(accent: str, surface: str) -> str:
    """The accent as a ground, what is written on it, and the accent as a colour of letters on `surface`."""
    ground = _towards_contrast(accent, surface, 3)
    on_ground = max((LIGHT, INK), key=lambda each: contrast(each, ground))
    return f"--accent:{ground};--on-accent:{on_ground};--accent-text:{_towards_contrast(accent, surface, READABLE)}"


def _towards_contrast(colour: str, surface: str, wanted: float) -> str:
    """`colour`, made darker or lighter until it stands out from `surface`."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step = 0.01 if _luminance(surface) < 0.5 else -0.01
    while contrast(colour, surface) < wanted:
        lightness += step
        colour = _hex(colorsys.hls_to_rgb(hue, min(max(lightness, 0.0), 1.0), saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """How well two colours stand apart, from 1 to 21, as WCAG counts it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
