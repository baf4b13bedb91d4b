"""Forms about streams that are named by a pattern, and what such a pattern fits, tried before anything is saved."""

from typing import Any

from flask import request

from billing.errors import N_
from ppv_module.admin.desk import desk
from ppv_module.streams.figures.priced import Streams, fitting_streams
from ppv_module.streams.rights.patterns import LONGEST
from weblib.forms import Form, TextField

TRY = "try"
"""The name of the button that only asks what fits."""


class PatternFields(Form):
    """Which streams are meant, `*` standing for anything."""

    vhost = TextField(
        N_("Virtual host"),
        most=LONGEST["vhost"],
        default="*",
        description=N_("As the media servers report it; * is any."),
    )
    application = TextField(N_("Application"), most=LONGEST["application"], default="*")
    stream = TextField(
        N_("Stream"),
        most=LONGEST["stream"],
        default="*",
        description=N_("For example sport1, or sport* for all that begin so."),
    )

    @property
    def pattern(self) -> dict[str, Any]:
        """What was filled in, as the services take it."""
        return {name: self[name].data or "*" for name in LONGEST}

    @property
    def is_trial(self) -> bool:
        """Whether only what fits is asked for."""
        return TRY in request.form

    def tried(self) -> Streams | None:
        """The reported streams that the pattern fits; None when that is not asked for, or cannot be said."""
        if not self.is_trial:
            return None
        with self.refusals(), desk().billing.reading() as session:
            return fitting_streams(session, **self.pattern)
        return None
