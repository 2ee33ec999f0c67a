"""A colleague says what came of a lead; what is planned for it follows."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up
from orchestrator.engine.actions.known_lead import hold_lead
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.lead import Status
from storage import leads

FORBIDDEN: Final = frozenset({Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT})
"""Said by a suppression, which holds for the person in every campaign."""
ENDS: Final = frozenset({Status.NOT_INTERESTED, Status.CONVERTED, Status.WRONG_NUMBER})
"""After these nobody is asked again: what is planned is taken back."""


async def set_lead_status(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, status: Status, actor: Actor
) -> bool:
    """False when it stood there already. Raises Rejected for whoever must not be contacted.

    Into and out of that leads a suppression and its lifting alone: a word in one campaign would
    protect nobody in the others, nor give the consent back that was withdrawn.
    """
    require(actor, Role.REP)
    lead = await hold_lead(tx, lead_id)
    if lead.status in FORBIDDEN or status in FORBIDDEN:
        raise Rejected(
            code="status_by_suppression",
            message="Who must not be contacted is said by a suppression, not by a status.",
            fix="Suppress the person, or lift the suppression after a new consent.",
            where="status",
        )
    changed = await leads.set_status(tx, [lead_id], status, actor=actor.name, by_person=True)
    if changed and status in ENDS:
        await cancel_follow_up(ctx, tx, lead_id, actor)
    return bool(changed)
