"""The operator's stop: nothing new starts anywhere until it is lifted. Running calls go on."""

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.lifting import lift_waiting
from outreach.events import Kind
from outreach.lifting import Lifter
from storage import clock, operator_stop
from storage.events import Event, record
from storage.wake import notify


async def stop(tx: AsyncConnection, actor: Actor) -> bool:
    """Stop everything; False when it already was. Holds from the moment this commits."""
    require(actor, Role.OPERATOR)
    return await _turn(tx, actor, stopped=True)


async def resume_all(tx: AsyncConnection, actor: Actor) -> bool:
    """Lift the stop; False when there was none."""
    require(actor, Role.OPERATOR)
    lifted = await _turn(tx, actor, stopped=False)
    if lifted:
        await lift_waiting(tx, Lifter.RESUME_ALL)
    await notify(tx)
    return lifted


async def _turn(tx: AsyncConnection, actor: Actor, *, stopped: bool) -> bool:
    now = await clock.now(tx)
    if not await operator_stop.turn(tx, stopped=stopped, by=actor.name, now=now):
        return False
    kind = Kind.STOPPED if stopped else Kind.RESUMED
    await record(tx, [Event(kind=kind, at=now, actor=actor.name)])
    return True
