"""What stories about people share."""

from io import BytesIO
from threading import Barrier, Thread

from PIL import Image
from sqlalchemy import select

from billing.events import Event
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import ShowState, Source
from ppv_module.chat.shows.running import ready
from tests.support import STAFF


def at_once(work, times=6):
    """What `work(number)` gave or raised, when called so many times at the same moment."""
    together, outcomes = Barrier(times), []

    def one(number):
        together.wait()
        try:
            outcomes.append(work(number))
        except Exception as error:  # noqa: BLE001 (the test looks at it)
            outcomes.append(error)

    threads = [Thread(target=one, args=(number,)) for number in range(times)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return outcomes


def lines(billing):
    """The event lines of pay-per-view, oldest first."""
    with billing.reading() as session:
        found = session.scalars(select(Event).where(Event.text.like("PPV %")).order_by(Event.id))
        return [(each.text, each.before, each.after) for each in found]


def in_show(billing, chat, clock, state, tenant=None):
    """A performer, the viewer `ann` with 100 credits, and their show, which has come as far as `state`."""
    tenant = tenant or chat.tenant()
    performer, viewer = chat.performer(tenant, rate=60), chat.viewer(tenant, "ann", credits=100)
    ids = {"viewer_id": viewer.id, "performer_id": performer.person_id}
    show = request_show(billing.uow(), source=Source.API, actor=STAFF, now=clock(), **ids)
    if state in (ShowState.ACCEPTED, ShowState.LIVE):
        accept_show(billing.uow(), show_id=show.id, by=None, room_id=777, actor=STAFF, now=clock())
    if state is ShowState.LIVE:
        ready(billing.uow(), show_id=show.id, now=clock())
    return performer, viewer, show


def picture(form="JPEG", size=(640, 480), colour="red", mode="RGB", **saved):
    """The octets of a picture of one colour."""
    buffer = BytesIO()
    Image.new(mode, size, colour).save(buffer, form, **saved)
    return buffer.getvalue()
