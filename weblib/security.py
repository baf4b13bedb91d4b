"""What every answer tells the browser not to do."""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

# Pictures inside of stylesheets (arrows, ticks) come as data: addresses.
POLICY = (
    "default-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
YEAR_S = 31_536_000


class Sessions(SecureCookieSessionInterface):
    """Session cookies that are `Secure` exactly when the page came over https."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """One for the life of the app; Flask itself makes one for every request."""
        self._serializer = self._serializer or super().get_signing_serializer(app)
        return self._serializer

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def secure(app: Flask) -> None:
    """Add the security headers to every answer of `app` and make its session cookie strict.

    A header that a view has set stays as it is. The cookie is named after the app: browsers share cookies between the
    ports of a host, and two apps must not overwrite each other's session.
    """
    app.session_interface = Sessions()
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    if app.config["SESSION_COOKIE_NAME"] == "session":
        app.config["SESSION_COOKIE_NAME"] = f"{app.name}_session"
    app.after_request(_with_headers)


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
    if response.mimetype == "text/html" or response.is_json:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
