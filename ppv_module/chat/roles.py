"""Giving a viewer another role in the chat: by the staff alone, never by what a request of the chat says."""

from datetime import datetime

from billing.actors import Actor
from billing.errors import N_, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import people
from ppv_module.chat.models import Person, Role

ASSIGNABLE = (Role.USER, Role.DJ, Role.MODERATOR, Role.CUSTOM1, Role.CUSTOM2, Role.CUSTOM3)
"""Performers have a page of their own, and what the staff are follows from their rights."""


class RoleFixed(WrongState):
    """Performers and people of the staff keep their role. Facts: `field`, `role`."""

    code = "role_fixed"
    text = N_(
        "The role of this person cannot be chosen here: performers stay performers, and the staff’s rights decide."
    )


@use_case
def change_role(uow: UnitOfWork, *, person_id: int, role: Role, actor: Actor, now: datetime) -> Person:
    """Give a viewer another one of the `ASSIGNABLE` roles. Saving the one he has is harmless.

    :raises UnknownPerson: there is no such person
    :raises RoleFixed: he is a performer or of the staff, or the role is not for viewers
    """
    person = people.locked(uow, person_id)
    if not is_assignable(person) or role not in ASSIGNABLE:
        raise RoleFixed(field="role", role=role)
    if person.role is not role:
        people.set_role(uow, person, role, actor=actor, now=now)
    return person


def is_assignable(person: Person) -> bool:
    """Whether his role can be chosen."""
    return person.role in ASSIGNABLE and not person.login.startswith(people.STAFF_LOGIN)
