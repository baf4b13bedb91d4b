"""Two people who edit the same thing: the second one is told, nothing is overwritten silently."""

from sqlalchemy.orm import Mapped, mapped_column

from billing.errors import N_, WrongState


class ChangedMeanwhile(WrongState):
    """Somebody else saved it after it was shown. Facts: `seen`, `version`."""

    code = "changed_meanwhile"
    text = N_("Somebody else has changed this in the meantime. Load the page again and repeat what you did.")


class Versioned:
    """A row that counts its editions."""

    version: Mapped[int] = mapped_column(default=1, server_default="1")


def check_seen(row: Versioned, seen: int | None) -> None:
    """Begin an edition of `row`, which the caller has locked. `seen` is the edition that the person was shown.

    None is for callers who show nothing, like commands.

    :raises ChangedMeanwhile: another edition was saved since
    """
    if seen is not None and row.version != seen:
        raise ChangedMeanwhile(seen=seen, version=row.version)
    row.version += 1
