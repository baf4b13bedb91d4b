"""What the operator says of a stream that no server tells."""

from datetime import datetime

from billing.actors import Actor
from billing.errors import N_, NotFound
from billing.uow import UnitOfWork, use_case
from ppv_module.streams.models import Place
from ppv_module.streams.rights.checked import check_number

MOST_BPS = 10_000_000_000


class UnknownPlace(NotFound):
    """Facts: `place`."""

    code = "unknown_place"
    text = N_("No server has reported such a stream.")


@use_case
def declare_bitrate(uow: UnitOfWork, *, place_id: int, bitrate_bps: int | None, actor: Actor, now: datetime) -> Place:
    """Say how many bits a second a stream has, so that who takes much more is noticed; None: nobody knows.

    :raises UnknownPlace: there is none with this number
    :raises InvalidInput: the rate cannot be used
    """
    check_number("bitrate_bps", bitrate_bps, 1, MOST_BPS)
    place = uow.session.get(Place, place_id, with_for_update=True)
    if place is None:
        raise UnknownPlace(place=place_id)
    if place.bitrate_bps != bitrate_bps:
        before, place.bitrate_bps = place.bitrate_bps, bitrate_bps
        uow.events.write(
            "PPV STREAM BITRATE [{place}]",
            place=place.id,
            actor=actor,
            at=now,
            before={"bitrate_bps": before},
            after={"bitrate_bps": bitrate_bps},
        )
    return place
