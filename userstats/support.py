"""The support of a chat: questions with all that was answered to them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.chat import tell
from userstats.chat_pages import chat, given_key
from userstats.remote import Json, Refused
from weblib.pages import gettext as _

SUBJECT_LENGTH, TEXT_LENGTH = 120, 4000

bp = Blueprint("support", __name__, url_prefix="/support")


@bp.get("")
@signed.subscribers_only
def choose() -> ResponseReturnValue:
    """The chats that have a support; where there is only one chat, that."""
    chats = signed.chats()
    if len(chats) == 1:
        return redirect(url_for(".tickets", tenant=chats[0]["id"]), 303)
    return render_template("support.html", chats=chats)


@bp.get("/<int:tenant>")
@signed.subscribers_only
def tickets(tenant: int) -> ResponseReturnValue:
    """One's own questions, those that were written to last first."""
    found = signed.billing().get(f"me/support/{tenant}", signed.subject())
    return render_template("support_tickets.html", chat=chat(tenant), tickets=found["tickets"])


@bp.get("/<int:tenant>/new")
@signed.subscribers_only
def new(tenant: int) -> ResponseReturnValue:
    """The form for another question."""
    return _form(chat(tenant), {})


@bp.post("/<int:tenant>")
@signed.subscribers_only
def ask(tenant: int) -> ResponseReturnValue:
    """Send a question. Sending it twice makes one."""
    key, subject, text = given_key(), _text("subject", SUBJECT_LENGTH), _text("text", TEXT_LENGTH)
    here = chat(tenant)
    if not subject or not text:
        return _form(here, {"text" if subject else "subject": _("Please write something here.")})
    body = {"subject": subject, "text": text}
    try:
        made = signed.billing().post(f"me/support/{tenant}", body, key=key, subject=signed.subject())
    except Refused as refusal:
        tell(refusal)
        return redirect(url_for(".tickets", tenant=tenant), 303)
    flash(_("Your question has been sent. The answer will stand here."), "good")
    return redirect(url_for(".ticket", number=made["id"]), 303)


@bp.get("/tickets/<int:number>")
@signed.subscribers_only
def ticket(number: int) -> ResponseReturnValue:
    """A question with all its messages."""
    found = signed.billing().get(f"me/support/tickets/{number}", signed.subject())
    return render_template("support_ticket.html", ticket=found, chat=chat(found["tenant"]))


@bp.post("/tickets/<int:number>/messages")
@signed.subscribers_only
def write(number: int) -> ResponseReturnValue:
    """Add a message."""
    key, text = given_key(), _text("text", TEXT_LENGTH)
    if not text:
        flash(_("Please write something first."), "bad")
        return _back(number)
    return _changed(number, "messages", {"text": text}, key, _("Your message has been sent."))


@bp.post("/tickets/<int:number>/close")
@signed.subscribers_only
def close(number: int) -> ResponseReturnValue:
    """Nothing more is to be asked."""
    return _changed(number, "close", {}, given_key(), _("The question is closed."))


@bp.post("/tickets/<int:number>/reopen")
@signed.subscribers_only
def reopen(number: int) -> ResponseReturnValue:
    """There is more to be asked after all."""
    return _changed(number, "reopen", {}, given_key(), _("The question is open again."))


def _text(name: str, longest: int) -> str:
    """A field as it was written, with the line ends of this system; what cannot be printed is left out."""
    written = request.form.get(name, "").replace("\r\n", "\n")
    return "".join(each for each in written if each.isprintable() or each == "\n").strip()[:longest]


def _form(chat: Json, wrong: dict[str, str]) -> ResponseReturnValue:
    return render_template("support_new.html", chat=chat, wrong=wrong, given=request.form), 422 if wrong else 200


def _changed(number: int, step: str, body: Json, key: str, said: str) -> ResponseReturnValue:
    path = f"me/support/tickets/{number}/{step}"
    try:
        signed.billing().post(path, body, key=key, subject=signed.subject())
    except Refused as refusal:
        tell(refusal)
    else:
        flash(said, "good")
    return _back(number)


def _back(number: int) -> ResponseReturnValue:
    return redirect(url_for(".ticket", number=number), 303)
