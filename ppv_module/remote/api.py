"""The module's JSON routes, by who may use them."""

from ppv_module.remote import credits, me_chat, me_watch, studio, support, wall, watch
from weblib.areas import Area

AREAS: tuple[Area, ...] = (
    Area(blueprint=wall.bp, scopes=("cabinet",), errors=(404,)),
    Area(blueprint=me_chat.bp, scopes=("cabinet",), subject=True, errors=(402, 404)),
    Area(blueprint=me_chat.moving, scopes=("cabinet",), subject=True, keeps_answers=False, errors=(402, 404)),
    Area(blueprint=credits.bp, scopes=("cabinet",), subject=True, errors=(402, 404)),
    Area(blueprint=watch.bp, scopes=("cabinet",)),
    Area(blueprint=me_watch.bp, scopes=("cabinet",), subject=True, errors=(402, 404)),
    Area(blueprint=me_watch.linking, scopes=("cabinet",), subject=True, keeps_answers=False, errors=(402, 404)),
    Area(blueprint=support.bp, scopes=("cabinet",), subject=True, errors=(404, 429)),
    *studio.AREAS,
)
