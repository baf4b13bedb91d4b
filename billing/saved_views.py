"""Lists as a person likes to see them: the filter, order and columns of a page, kept under a name of his own."""

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.db import MARIADB, Base, BigId, insert_missing
from billing.errors import N_, InvalidInput, NotFound, WrongState
from billing.uow import UnitOfWork, use_case

PAGE, NAME, QUERY, MOST = 64, 64, 2000, 30


class TooManyViews(WrongState):
    """Facts: `most`."""

    code = "too_many_views"
    text = N_("You have %(most)s saved views on this page. Delete one before you save another.")


class SavedView(Base):
    """`page` is the path of a list, `query` what stands behind the question mark."""

    __tablename__ = "panel_view"
    __table_args__ = (UniqueConstraint("staff_id", "page", "name"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    page: Mapped[str] = mapped_column(String(PAGE))
    name: Mapped[str] = mapped_column(String(NAME))
    query: Mapped[str] = mapped_column(String(QUERY))


@use_case
def save(uow: UnitOfWork, *, staff_id: int, page: str, name: str, query: str) -> None:
    """Keep `query` of `page` under `name`; what had this name there is replaced.

    :raises InvalidInput: nothing or too much was given
    :raises TooManyViews: the person has enough of them on this page
    """
    for field, value, most in (("page", page, PAGE), ("name", name, NAME), ("query", query, QUERY)):
        if not 1 <= len(value) <= most:
            raise InvalidInput(field=field, value=value[:NAME])
    insert_missing(uow.session, SavedView, staff_id=staff_id, page=page, name=name, query=query)
    mine = (SavedView.staff_id == staff_id, SavedView.page == page)
    if uow.session.scalar(select(func.count()).select_from(SavedView).where(*mine)) > MOST:  # type: ignore[operator]
        raise TooManyViews(most=MOST)
    uow.session.scalars(select(SavedView).where(*mine, SavedView.name == name)).one().query = query


@use_case
def forget(uow: UnitOfWork, *, staff_id: int, view_id: int) -> SavedView:
    """Delete a view of this person, and give what it was.

    :raises NotFound: there is none, or it is somebody else's
    """
    view = uow.session.scalar(select(SavedView).where(SavedView.id == view_id, SavedView.staff_id == staff_id))
    if view is None:
        raise NotFound(view=view_id)
    uow.session.execute(delete(SavedView).where(SavedView.id == view_id))
    return view


def of_page(session: Session, *, staff_id: int, page: str) -> list[SavedView]:
    """The views that a person has of a page, by name."""
    query = select(SavedView).where(SavedView.staff_id == staff_id, SavedView.page == page)
    return list(session.scalars(query.order_by(SavedView.name)))
