"""Takes an import back within a day, while nobody has touched its leads: all of it or nothing."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from storage import campaigns, clock, import_stage, undoing, uploads
from storage.undoing import Undone
from storage.uploads import Upload

WITHIN: Final = timedelta(hours=24)
"""Business time after its end."""


async def undo_import(ctx: Context, tx: AsyncConnection, import_id: UUID, actor: Actor) -> Undone:
    """Leave no lead, contact, plan or consent of it behind, and one event that says so.

    Raises Rejected for an unknown import, after a day, or when one of its leads was touched.
    """
    require(actor, Role.OPERATOR)
    # No chunk of any list comes in meanwhile, so nobody leans on a contact that goes.
    await import_stage.take_turn(tx)
    found = await uploads.find(tx, import_id)
    if found is None:
        raise Rejected("unknown_import", "There is no such import.", "See those of its campaign.")
    await campaigns.lock(tx, found.campaign_id)
    refusal = why_not(found, await clock.now(tx))
    if refusal is not None:
        raise refusal
    await undoing.lock(tx, import_id)
    touched = await undoing.touched(tx, import_id)
    if touched:
        several = "leads were" if touched > 1 else "lead was"
        raise Rejected(
            "leads_touched",
            f"{touched} of its {several} contacted or worked on, so it stays.",
            "Take out those that should not be in the campaign, one by one.",
        )
    return await undoing.undo(tx, import_id, actor.name, await clock.now(tx))


def why_not(one: Upload, now: datetime) -> Rejected | None:
    """What is in the way as far as the import itself goes; None where it may be undone."""
    if one.status not in ("done", "failed") or one.ended_at is None:
        how = "was undone already" if one.status == "undone" else "has not ended"
        return Rejected("nothing_to_undo", f"This import {how}.", "See how it stands.")
    if now - one.ended_at > WITHIN:
        return Rejected(
            "undo_too_late",
            "An import can be undone for 24 hours, and this one is older.",
            "Take out those that should not be in the campaign, one by one.",
        )
    return None
