"""Streams that media servers have reported: which tariff fits each, and the bitrate that staff declare."""

from collections.abc import Iterator
from typing import Self

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.streams_tariffs import url_of as tariff_url
from ppv_module.streams.figures import reported
from ppv_module.streams.figures.reported import PlaceLine, WantedPlaces
from ppv_module.streams.models import Place
from ppv_module.streams.rights.declaring import MOST_BPS, declare_bitrate
from weblib.exports import Source, register
from weblib.forms import CheckField, Filter, Form, NumberField, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Wish, wish

bp = Blueprint("streams_places", __name__, url_prefix="/streams/places", template_folder="templates")
MENU = Entry(
    endpoint="streams_places.show_all",
    text=N_("Reported streams"),
    icon="list-details",
    section="Streams",
    place=59,
    rights=("PPV",),
)
PAGE = "/streams/places"
KBIT = 1000
"""Bits in a kilobit."""


class PlaceFilter(Filter):
    """Narrows the list."""

    words = SearchField(N_("Stream, virtual host or instance"))
    closed = CheckField(N_("Only what fits no tariff"))

    @property
    def wanted(self) -> WantedPlaces:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        return WantedPlaces(words=chosen.get("words", ""), closed=bool(chosen.get("closed")))


class BitrateForm(Form):
    """How much data a stream has."""

    kbits = NumberField(
        N_("Declared bitrate, kbit/s"),
        least=1,
        most=MOST_BPS // KBIT,
        description=N_("Picture and sound together. Empty: it is not known, and nobody is measured by it."),
    )

    @property
    def bitrate_bps(self) -> int | None:
        """What was filled in, in bits a second."""
        kbits: int | None = self.kbits.data
        return None if kbits is None else kbits * KBIT

    @classmethod
    def of(cls, place: Place) -> Self:
        """The form with what is declared now."""
        return cls(formdata=None, kbits=declared(place))


def declared(place: Place) -> int | None:
    """The bitrate of a stream in kbit/s; None where staff have not declared it."""
    return None if place.bitrate_bps is None else place.bitrate_bps // KBIT


def _tariff_url(line: PlaceLine) -> str | None:
    return None if line.place.tariff_id is None else tariff_url(line.place.tariff_id)


COLUMNS: tuple[Column[PlaceLine], ...] = (
    Column("stream", N_("Stream"), lambda each: f"{each.place.application}/{each.place.stream}", sort=True),
    Column("vhost", N_("Virtual host"), lambda each: each.place.vhost or None, sort=True),
    Column("instance", N_("Instance"), lambda each: each.place.instance or None, shown=False),
    Column("since", N_("Reported since"), lambda each: each.place.created_at, sort=True),
    Column(
        "tariff",
        N_("Tariff"),
        lambda each: each.tariff or _("closed: no tariff"),
        link=_tariff_url,
        badge=lambda each: None if each.tariff else "bad",
    ),
    Column("bitrate", N_("Declared bitrate, kbit/s"), lambda each: declared(each.place), numeric=True),
    Column("id", N_("Number"), lambda each: each.place.id, numeric=True, shown=False),
)


def _wish() -> Wish:
    return wish(COLUMNS, sort="since", descending=True)


def _exported(billing: Billing) -> Iterator[PlaceLine]:
    asked = _wish()
    return reported.every_place(billing, PlaceFilter().wanted, sort=asked.sort, descending=asked.descending)


EXPORT = register(
    Source(
        name="stream_places", title=N_("Reported streams"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True
    )
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Every stream that was ever reported, the newest first."""
    form, asked = PlaceFilter(), _wish()
    with desk().billing.reading() as session:
        found = reported.places_page(
            session, form.wanted, sort=asked.sort, descending=asked.descending, cursor=asked.cursor
        )
        counted = reported.count_places(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/streams/places_list.html", listing=listing, form=form)


@bp.get("/<int:place_id>/bitrate")
@requires("PPV")
def show_bitrate(place_id: int) -> ResponseReturnValue:
    """The form with what is declared now.

    :raises UnknownPlace: there is no such stream
    """
    line = _found(place_id)
    return render_template("ppv/streams/places_bitrate.html", form=BitrateForm.of(line.place), line=line)


@bp.post("/<int:place_id>/bitrate")
@requires("PPV")
def declare(place_id: int) -> ResponseReturnValue:
    """Declare the bitrate, or take it back.

    :raises UnknownPlace: there is no such stream
    """
    line, form = _found(place_id), BitrateForm()
    if form.validate():
        with form.refusals():
            declare_bitrate(desk().billing.uow(), place_id=place_id, bitrate_bps=form.bitrate_bps, **signed())
            flash(_("Saved. It counts from the next messages of the media servers."))
            return redirect(PAGE, 303)
    return render_template("ppv/streams/places_bitrate.html", form=form, line=line), 422


def _found(place_id: int) -> PlaceLine:
    with desk().billing.reading() as session:
        return reported.place_line(session, place_id)
