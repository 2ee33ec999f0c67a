"""A person wants to speak with a colleague: the task first, then the way to them."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.actor import AGENT
from orchestrator.engine.context import Context
from orchestrator.engine.worked import Worked, worked_at
from storage import clock, media_tokens, reported, tasks
from storage.reported import Reported
from storage.tasks import Task

TRANSFER: Final = "transfer"
"""The kind of task that stays where no colleague took the call."""


async def ask_for_colleague(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, reason: str
) -> bool:
    """Give a colleague the task to speak with them; False where none can take the call now."""
    attempt = await reported.lock(tx, attempt_id)
    assert attempt is not None, "the conversation runs in this attempt"
    now = await clock.now(tx)
    # A wish of an earlier call is the same wish; this one tells more.
    await tasks.finish_all(tx, attempt.lead_id, TRANSFER, by=AGENT.name, now=now)
    task = Task(
        id=ctx.new_id(now),
        kind=TRANSFER,
        body=reason,
        created_by=AGENT.name,
        created_at=now,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        due_at=now,
    )
    await tasks.open_task(tx, task, attempt_id=attempt_id)
    agent = (await spoken_by(ctx, tx, attempt)).agent
    return agent is not None and agent.transfers


async def spoken_by(ctx: Context, tx: AsyncConnection, attempt: Reported) -> Worked:
    """The documents by which a call is held."""
    versions = await media_tokens.versions_of(tx, attempt.id)
    return await worked_at(ctx, tx, attempt.campaign_id, versions)
