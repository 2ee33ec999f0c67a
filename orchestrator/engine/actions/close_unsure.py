"""Closes by hand an attempt of which the provider would not say whether it was made."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import follow_up
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.outcome import Outcome
from storage import attempts, clock, dispatching, inquiries, worked_leads
from storage.attempts import Attempt, Cause

ANSWERS: Final = {
    ChannelName.VOICE: (
        Outcome.NOT_PLACED,
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.VOICEMAIL,
        Outcome.TALKED,
    ),
    ChannelName.WHATSAPP: (Outcome.NOT_PLACED, Outcome.DELIVERED),
}
"""What somebody who looked it up at the provider may find, by channel."""


async def close_unsure(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, outcome: Outcome, by: Actor
) -> Attempt:
    """End the attempt with what a person found out; the rules then decide what follows.

    `not_placed` says that nobody was reached: it costs no try and is planned anew. Raises Rejected
    when there is no such attempt, when it is not unsure, or when the outcome cannot be known so.
    """
    require(by, Role.OPERATOR)
    found = await attempts.find(tx, attempt_id)
    if found is None:
        raise Rejected(
            "unknown_attempt",
            f"There is no attempt {attempt_id}.",
            "`outreach attempts unsure` lists those that wait for you.",
        )
    allowed = ANSWERS[found.channel]
    if outcome not in allowed:
        raise Rejected(
            "outcome_not_possible",
            f"An attempt by {found.channel} cannot be closed as {outcome}.",
            f"Say one of {', '.join(allowed)}.",
        )
    await worked_leads.lock(tx, found.lead_id)
    now = await clock.now(tx)
    ended = await attempts.move(
        tx,
        attempt_id,
        {State.UNSURE},
        State.ENDED,
        cause=Cause(at=now, actor=by.name, data={"outcome": outcome.value}),
        outcome=outcome.value,
        outcome_by=by.name,
        ended_at=now,
        lease_until=None,
        undecided=True,
    )
    if ended is None:
        raise Rejected(
            "not_unsure",
            f"The attempt is {found.state}; only an unsure one can be closed by hand.",
            "`outreach attempts unsure` lists those that wait for you.",
        )
    if outcome is Outcome.NOT_PLACED:
        await dispatching.fail_message(tx, attempt_id, None)
    else:
        await inquiries.believe_sent(tx, attempt_id, now)
    await follow_up.apply(ctx, tx, attempt_id)
    return ended
