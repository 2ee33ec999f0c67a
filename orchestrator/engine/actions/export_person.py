"""Hands out everything that is stored about a person, for themselves."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from outreach.errors import Rejected
from storage import person, person_export


async def export_person(
    tx: AsyncConnection, kind: str, value: str, actor: Actor
) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """The rows of the person of this phone (E.164) or address (lower case), by table.

    Recordings are named by their files. Where an address is shared it is everybody's who has it.
    Raises Rejected where nothing is known of anybody.
    """
    require(actor, Role.ADMIN)
    found = await person_export.export(tx, await person.find(tx, kind, value))
    if not any(found.values()):
        raise Rejected(
            code="unknown_person",
            message="Nothing is stored about anybody with this number or address.",
            fix="Look for them with `outreach leads list --search`.",
            where=value,
        )
    return found
