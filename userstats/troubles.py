"""An own page for each trouble: what happened, in plain words, and what to do now."""

from dataclasses import dataclass

from flask import Flask, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from userstats import signed
from userstats.remote import Refused, Unreachable
from weblib.pages import gettext as _

SESSION_OVER = {"subject_rejected", "subject_required"}
MODULE_OFF, PPV_OFF = "olltv_disabled", "ppv_disabled"
RETRY_AFTER_S = 30


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What a page of trouble says. `again`: the address of the button; none leads to the first page."""

    status: int
    title: str
    text: str
    icon: str = "alert-circle"
    again: str = ""
    button: str = ""

    def page(self) -> ResponseReturnValue:
        headers = {"Retry-After": str(RETRY_AFTER_S)} if self.status == 503 else {}
        return render_template("trouble.html", trouble=self), self.status, headers


def tell_troubles(app: Flask) -> None:
    """Have `app` answer everything that goes wrong with a page of its own."""
    app.register_error_handler(Unreachable, unreachable)
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, not_served)


def unreachable(_error: Unreachable) -> ResponseReturnValue:
    """The billing is away. Orders carry a key, so sending one again is safe."""
    if request.method == "POST" and request.blueprint != "entry":
        text = _("We do not know whether it has arrived. Look at the first page in a few minutes before you try again.")
    else:
        text = _("Your money and your television are as they were. Please try again in a few minutes.")
    title = _("Your provider's billing does not answer right now.")
    return Trouble(
        status=503, title=title, text=text, icon="plug-connected-x", again=_here(), button=_("Try again")
    ).page()


def refused(refusal: Refused) -> ResponseReturnValue:
    """A session that has ended leads to the sign-in; anything else is told."""
    if refusal.status == 401 and refusal.code in SESSION_OVER:
        return _session_over()
    if refusal.code == MODULE_OFF:
        return module_off()
    if refusal.code == PPV_OFF:
        return watch_off() if request.blueprint == "watch" else chat_off()
    title = _("This cannot be done.")
    return Trouble(
        status=refusal.status, title=title, text=refusal.detail, icon="ban", button=_("To the first page")
    ).page()


def module_off() -> ResponseReturnValue:
    """The operator does not sell television here."""
    title = _("Television is not offered here.")
    text = _("Your provider has switched these pages off. If you expected television here, ask the support.")
    return Trouble(status=503, title=title, text=text, icon="device-tv", button=_("Try again")).page()


def chat_off() -> ResponseReturnValue:
    """The operator does not offer the video chat here."""
    title = _("The chat is not offered here.")
    text = _("Your provider has switched these pages off. If you expected the chat here, ask the support.")
    return Trouble(status=404, title=title, text=text, icon="circle-off", button=_("To the first page")).page()


def watch_off() -> ResponseReturnValue:
    """The operator offers no streams here."""
    title = _("There is nothing to watch here.")
    text = _("Your provider has switched these pages off. If you expected streams here, ask the support.")
    return Trouble(status=404, title=title, text=text, icon="circle-off", button=_("To the first page")).page()


def _session_over() -> ResponseReturnValue:
    visited = signed.is_visit()
    session.clear()
    if visited:
        return visit_over(401)
    flash(_("Your session has ended. Please sign in again."), "info")
    return redirect(url_for("entry.show_sign_in"), 303)


def visit_over(status: int) -> ResponseReturnValue:
    """A look of the staff has ended, or never began."""
    title = _("This look at the cabinet is over.")
    text = _("Open the cabinet from the panel again.")
    return Trouble(status=status, title=title, text=text, icon="eye", button=_("To the first page")).page()


def ticket_spent(status: int) -> ResponseReturnValue:
    """The ticket of somebody of the staff is good no more; whoever is signed in here stays so."""
    title = _("This ticket is not valid any more. Open the cabinet from the panel again.")
    return Trouble(status=status, title=title, text="", icon="eye", button=_("To the first page")).page()


def stale_form(_error: CSRFError) -> ResponseReturnValue:
    """The form does not belong to this session."""
    title = _("This page was open for too long.")
    text = _("Nothing was changed. Load the page again and repeat what you did. If that does not help, allow cookies.")
    return Trouble(status=400, title=title, text=text, icon="clock", button=_("To the first page")).page()


def not_served(error: HTTPException) -> ResponseReturnValue:
    """What Flask itself refuses, and defects (500)."""
    status = error.code or 500
    title, text = _words(status)
    icon = "search" if status == 404 else "alert-circle"
    if status < 400:
        return error.get_response()
    return Trouble(status=status, title=title, text=text, icon=icon, button=_("To the first page")).page()


def _words(status: int) -> tuple[str, str]:
    if status >= 500:
        return (
            _("Something went wrong here."),
            _("It has been written down for the staff. Please try again in a few minutes."),
        )
    known = {
        404: (_("There is no such page."), _("The address may be wrong, or the page is gone.")),
        405: (_("This page cannot be opened that way."), _("Nothing was changed. Go on from the first page.")),
        413: (_("That is too much at once."), _("Nothing was changed. Send a shorter text.")),
    }
    return known.get(status, (_("The request cannot be carried out."), _("Nothing was changed.")))


def _here() -> str:
    """The page itself, when loading it again is harmless."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""
