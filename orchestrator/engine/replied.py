"""What a person's answer does to the attempt that it answers."""

from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import State
from outreach.events import Kind
from outreach.lead import STATUS_AFTER, Status
from outreach.outcome import Outcome
from storage import attempts, leads, messages, outcomes
from storage.answered_attempts import Answered
from storage.attempts import Cause
from storage.events import Event, record
from storage.messages import Move

UNDER_WAY: Final = frozenset({State.STARTING, State.STARTED, State.UNSURE})
GIVES_WAY: Final = frozenset({Outcome.DELIVERED, Outcome.READ, Outcome.UNDELIVERED, Outcome.FAILED})
"""What the provider said of a message; that somebody answered it says more."""


async def end_attempt(
    tx: AsyncConnection, attempt: Answered, outcome: Outcome, now: datetime
) -> None:
    """The message that was answered ends as `outcome` (replied, opted_out); the leads are held.

    Nothing is decided yet: the conversation goes on, and its reading decides.
    """
    # Whoever answers a message has got it, whatever the provider has said so far.
    await messages.move(tx, attempt.id, Move(expected=("sending", "unsure"), to="sent"), now)
    if attempt.state in UNDER_WAY:
        await attempts.move(
            tx,
            attempt.id,
            UNDER_WAY,
            State.ENDED,
            Cause(at=now, actor="person"),
            ended_at=now,
            outcome=outcome,
            outcome_by="person",
            undecided=False,
            lease_until=None,
        )
    elif attempt.outcome in GIVES_WAY:
        await outcomes.replace(tx, attempt.id, outcome, by="person")
    else:
        return
    # The history is the same whether the delivery was reported before the answer or never.
    for status in (Status.ATTEMPTING, STATUS_AFTER[outcome]):
        await leads.set_status(tx, [attempt.lead_id], status, actor="provider")
    event = Event(
        kind=Kind.ATTEMPT_RESULT,
        at=now,
        actor="person",
        campaign_id=attempt.campaign_id,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        data={"outcome": outcome},
    )
    await record(tx, [event])
