"""A legal hold: what is stored about a person stays until it is lifted, whatever else would end."""

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from outreach.errors import Rejected
from outreach.events import Kind
from storage import clock, holds, person
from storage.events import Event, record


async def hold_person(tx: AsyncConnection, kind: str, value: str, actor: Actor) -> bool:
    """Keep all about the person of this phone (E.164) or address (lower case); False: it is held.

    Neither retention nor a demand to be erased takes anything of theirs away from then on. Raises
    Rejected where nobody is known by it.
    """
    return await _turn(tx, kind, value, actor, held=True)


async def release_person(tx: AsyncConnection, kind: str, value: str, actor: Actor) -> bool:
    """Let retention and erasure go on as if there had been no hold; False: there was none."""
    return await _turn(tx, kind, value, actor, held=False)


async def _turn(tx: AsyncConnection, kind: str, value: str, actor: Actor, *, held: bool) -> bool:
    require(actor, Role.ADMIN)
    known = await person.find(tx, kind, value)
    if not known.contacts:
        raise Rejected(
            code="unknown_person",
            message="Nothing is stored about anybody with this number or address.",
            fix="Look for them with `outreach leads list --search`.",
            where=value,
        )
    now = await clock.now(tx)
    changed = await holds.turn(tx, known.contacts, held=held, now=now)
    told = Kind.HELD if held else Kind.RELEASED
    await record(
        tx, [Event(kind=told, at=now, actor=actor.name, contact_id=one) for one in changed]
    )
    return bool(changed)
