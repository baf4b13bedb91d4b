"""Saved views: a person's own filters, shown above the list that they belong to."""

from flask import Blueprint, Flask, flash, redirect, request
from flask.typing import ResponseReturnValue

from billing import saved_views
from billing.errors import N_
from billing.saved_views import PAGE, QUERY, SavedView
from panel import staff
from weblib import tables
from weblib.forms import Form, TextField
from weblib.pages import gettext as _
from weblib.pages import own_path
from weblib.rights import requires

bp = Blueprint("views", __name__, url_prefix="/views")


class ViewForm(Form):
    page = TextField(required=True, most=PAGE)
    query = TextField(required=True, most=QUERY)
    name = TextField(N_("Name of this view"), required=True, most=saved_views.NAME)


def offer_views(app: Flask) -> None:
    """Let templates ask for `saved_views()` of the present page, and for `view_query()`, what would be saved."""
    app.context_processor(lambda: {"saved_views": of_this_page, "view_query": tables.query, "view_url": url_of})


def of_this_page() -> list[SavedView]:
    """The person's views of the present page."""
    with staff.runtime().billing.reading() as db:
        return saved_views.of_page(db, staff_id=staff.me().id, page=request.path)


def url_of(view: SavedView) -> str:
    """The list as it was saved."""
    return own_path(f"{view.page}?{view.query}")


@bp.post("")
@requires()
def save() -> ResponseReturnValue:
    """Keep the present filter under a name."""
    form = ViewForm()
    back = own_path(f"{form.page.data}?{form.query.data}")
    if form.validate():
        with form.refusals():
            saved_views.save(
                staff.runtime().billing.uow(),
                staff_id=staff.me().id,
                page=own_path(form.page.data),
                name=form.name.data,
                query=form.query.data,
            )
    if form.errors:
        texts = [text for texts in form.errors.values() for text in texts]
        flash(" ".join(texts), "error")
    else:
        flash(_("The view is saved."))
    return redirect(back, 303)


@bp.post("/<int:view_id>/delete")
@requires()
def forget(view_id: int) -> ResponseReturnValue:
    """Delete a view of one's own."""
    view = saved_views.forget(staff.runtime().billing.uow(), staff_id=staff.me().id, view_id=view_id)
    flash(_("The view “%(name)s” is deleted.", name=view.name))
    return redirect(own_path(view.page), 303)
