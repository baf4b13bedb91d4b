"""What everybody may see of streams: what there is to watch, and which tickets are on sale."""

from typing import Any

from apiflask import APIBlueprint

from ppv_module.remote import schemas_watch, shown_watch
from ppv_module.remote.door import door, require_module
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.shelf import shelf

bp = APIBlueprint("watch", __name__, url_prefix="/watch", tag="watch")
bp.before_request(require_module)


@bp.get("")
@bp.output(schemas_watch.Streams)
def show_streams() -> dict[str, Any]:
    """The channels and the tickets on sale."""
    billing, now = door().billing, door().clock()
    with billing.reading() as session:
        found = shelf(session, now)
        return {
            "channels": [shown_watch.stream(each) for each in found.channels],
            "offers": [shown_watch.offer(each, now) for each in found.offers],
            "player": billing.option(StreamOptions).player_url,
        }
