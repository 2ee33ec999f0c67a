"""What a person's answer does to the attempt it answers and to what was planned for them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.plan_next import Next, read_where, when
from orchestrator.engine.worked import worked_by
from outreach.attempt import State
from outreach.events import Kind
from outreach.lead import STATUS_AFTER, Status, Work
from outreach.outcome import Outcome
from outreach.planning import Blocked
from storage import attempts, leads, messages, outcomes, worked_leads
from storage.answered_attempts import Answered
from storage.attempts import Cause, Priority
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


async def park_planned(ctx: Context, tx: AsyncConnection, lead_id: UUID, now: datetime) -> None:
    """Let what is planned give way to the conversation, as the campaign's `on_reply` says."""
    lead = await worked_leads.get(tx, lead_id)
    worked = await worked_by(ctx, tx, lead.campaign_id)
    open_now = await worked_leads.open_attempts(tx, lead_id)
    promised = any(one.priority == Priority.PROMISED for one in open_now)
    planned = [
        one for one in open_now if one.state is State.PLANNED and one.priority != Priority.PROMISED
    ]
    policy = worked.campaign.on_reply
    if policy.action == "stop":
        ids = [one.id for one in planned]
        await attempts.cancel(tx, ids, by="engine", reason="replied", now=now)
        planned = []
    elif policy.action == "pause":
        where = await read_where(tx, lead_id, worked, now)
        for one in planned:
            wanted = Next(
                channel=one.channel,
                wanted_at=max(one.due_at, now + policy.pause),
                reason=one.reason,
            )
            found = await when(ctx, tx, where, wanted)
            if isinstance(found, Blocked):
                await attempts.cancel(tx, [one.id], by="engine", reason=found.reason, now=now)
                planned = []
                continue
            await attempts.move(
                tx,
                one.id,
                {State.PLANNED},
                State.PLANNED,
                Cause(at=now, data={"reason": "replied", "due_at": found.due_at.isoformat()}),
                due_at=found.due_at,
                window_end_at=found.window_end_at,
                moved_by="replied",
            )
    busy = any(one.state is not State.PLANNED for one in open_now)
    if not busy and not promised and not planned:
        await leads.set_work(tx, [lead_id], Work.WAITING, "conversation")
