"""A person ticks off what a machine could not decide."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from storage import clock, tasks


async def finish_task(tx: AsyncConnection, task_id: UUID, actor: Actor) -> bool:
    """Tick it off; False when it is unknown or was done already."""
    require(actor, Role.REP)
    return await tasks.finish(tx, task_id, by=actor.name, now=await clock.now(tx))
