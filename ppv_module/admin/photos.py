"""Pictures of performers: uploading, taking away, and showing them to the staff."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import FileField

from billing.errors import N_
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.performers import photo_url, url_of
from ppv_module.admin.words import PICTURE_TEXTS
from ppv_module.chat import photos
from ppv_module.chat.listing import performers as listing
from ppv_module.chat.photos import CONTENT_TYPE, MOST_BYTES, Kind
from weblib.forms import Form, Presence
from weblib.pages import gettext as _
from weblib.rights import requires

bp = Blueprint("ppv_photos", __name__, url_prefix="/ppv", template_folder="templates")
TAKEN = "image/jpeg,image/png,image/webp"
AROUND = 64 * 1024
"""What the rest of the form may take."""


class PhotoForm(Form):
    content = FileField(N_("Picture"), [Presence(required=True)], render_kw={"accept": TAKEN})


@bp.url_value_preprocessor
def _allow_pictures(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the form is read: pictures are larger than what the panel takes elsewhere."""
    if endpoint == "ppv_photos.upload":
        request.max_content_length = MOST_BYTES + AROUND


@bp.get("/performers/<int:performer_id>/photos/<any(avatar, photo):kind>")
@requires("PPV")
def show_upload(performer_id: int, kind: str) -> ResponseReturnValue:
    """The present picture, and the form for another one.

    :raises UnknownPerformer: there is none
    """
    return _page(performer_id, Kind(kind), PhotoForm(formdata=None))


@bp.post("/performers/<int:performer_id>/photos/<any(avatar, photo):kind>")
@requires("PPV")
def upload(performer_id: int, kind: str) -> ResponseReturnValue:
    """Draw what was uploaded anew and show it from now on.

    :raises UnknownPerformer: there is none
    """
    form = PhotoForm()
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            content = form.content.data.read(MOST_BYTES + 1)
            photos.put_photo(uow, person_id=performer_id, kind=Kind(kind), content=content, **signed())
            flash(_("The picture is saved. Everybody sees it from now on."))
            return redirect(url_of(performer_id), 303)
    return _page(performer_id, Kind(kind), form), 422


@bp.post("/performers/<int:performer_id>/photos/<any(avatar, photo):kind>/remove")
@requires("PPV")
def remove(performer_id: int, kind: str) -> ResponseReturnValue:
    """Take the picture away.

    :raises UnknownPerformer: there is none
    """
    uow = desk().billing.uow()
    photos.remove_photo(uow, person_id=performer_id, kind=Kind(kind), **signed())
    flash(_("The picture is taken away."))
    return redirect(url_of(performer_id), 303)


@bp.get("/photos/<photo>")
@requires("PPV")
def show(photo: str) -> ResponseReturnValue:
    """A picture. Its name is never used for another one, so browsers may keep it."""
    with desk().billing.reading() as session:
        found = photos.photo(session, photo)
    if found is None:
        abort(404)
    answer = Response(found.content, mimetype=CONTENT_TYPE)
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def _page(performer_id: int, kind: Kind, form: PhotoForm) -> str:
    with desk().billing.reading() as session:
        line = listing.performer(session, performer_id, now=desk().clock())
    performer = line.performer
    name = performer.avatar if kind is Kind.AVATAR else performer.big_photo
    return render_template(
        "ppv/photos_upload.html",
        performer=performer,
        form=form,
        kind=kind,
        title=_(PICTURE_TEXTS[kind]),
        picture=photo_url(name) if name else "",
        most_mib=MOST_BYTES // 1024**2,
    )
