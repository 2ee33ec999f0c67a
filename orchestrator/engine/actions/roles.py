"""Who may do what: every deed names the role it takes and refuses everybody below."""

from dataclasses import dataclass
from enum import IntEnum

from outreach.errors import Rejected


class Role(IntEnum):
    """Each may all that the ones before it may."""

    VIEWER = 0
    REP = 1
    OPERATOR = 2
    ADMIN = 3
    OWNER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    name: str
    """As it stands in events: `user:ID`, `key:ID`, `cli`, `engine`, `agent`."""
    role: Role


def require(actor: Actor, role: Role) -> None:
    """Raises Rejected when the actor may not."""
    if actor.role < role:
        raise Rejected(
            code="not_allowed",
            message=f"This takes the role {role.name.lower()} or above.",
            fix="Ask somebody who has it.",
        )
