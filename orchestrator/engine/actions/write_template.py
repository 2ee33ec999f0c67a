"""A colleague writes after the window has closed: an approved template, at a legal hour."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.actions.take_over import (
    compose_by_hand,
    hold_conversation,
    is_written,
    refuse_left_alone,
)
from orchestrator.engine.by_hand import Filled, not_now, templates_for
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.reason import WORDS
from storage import clock
from storage.messages import Composed


async def write_template(
    ctx: Context,
    tx: AsyncConnection,
    conversation_id: UUID,
    name: str,
    actor: Actor,
    *,
    once: UUID | None = None,
) -> UUID:
    """Send this template with the lead's values, which takes the conversation.

    Returns the message's id. Raises Rejected for a template that is not approved or lacks a
    value, for an hour at which they must not be written to, and for whoever opted out.
    """
    require(actor, Role.REP)
    talk = await hold_conversation(tx, conversation_id)
    if once is not None and await is_written(tx, talk, once, actor):
        return once
    now = await clock.now(tx)
    await refuse_left_alone(ctx, tx, talk)
    if talk.lead_id is None:
        raise Rejected(
            code="no_lead",
            message="No campaign knows this person, so no template has values for them.",
            fix="Bring them into a campaign first.",
        )
    offered = await templates_for(ctx, tx, talk, now)
    filled = _sendable(next((one for one in offered if one.name == name), None))
    refused = await not_now(ctx, tx, talk.lead_id, now)
    if refused is not None:
        reason, opens_at = refused
        raise Rejected(
            code=reason,
            message=f"They must not be written to now: {WORDS[reason]}",
            fix=f"It is allowed from {opens_at:%a %d %b %H:%M} UTC on." if opens_at else "",
            where="template",
        )
    message = Composed(
        id=once or ctx.new_id(now),
        conversation_id=talk.id,
        author=actor.name,
        body=filled.body,
        created_at=now,
        template=(filled.name, filled.version),
        variables=filled.variables,
    )
    await compose_by_hand(ctx, tx, talk, message, actor)
    return message.id


def _sendable(filled: Filled | None) -> Filled:
    """Raises Rejected for what cannot be sent to this person at any hour."""
    if filled is None:
        raise Rejected(
            code="unknown_template",
            message="There is no approved template of this name.",
            fix="Choose one from the list.",
            where="template",
        )
    if filled.missing:
        raise Rejected(
            code="missing_variable",
            message=f"The lead lacks {', '.join(filled.missing)}, which this template says.",
            fix="Give the lead the value, or choose another template.",
            where="template",
        )
    if filled.refused is not None:
        raise Rejected(
            code=filled.refused,
            message=WORDS[filled.refused],
            fix="Choose another template, or wait until this no longer holds.",
            where="template",
        )
    return filled
