"""A person calls us: it belongs to the lead that we called last, whose plans give way.

A colleague gets the task to call back at once; it is done when an agent speaks with them.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.giving_way import park_for_call
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.phone import BadPhone, parse_phone
from outreach.reports import CallReceived
from storage import calls, clock, conversations, reached_senders, worked_leads
from storage.events import Event, record
from storage.tasks import Task, open_task

CALL_BACK: Final = "call_back"
"""The kind of task that stays where no agent spoke with them."""


async def call_received(ctx: Context, tx: AsyncConnection, report: CallReceived) -> bool:
    """Store a call that came in; False when it reached none of our numbers."""
    sender = await reached_senders.find_at(tx, ChannelName.VOICE, report.to)
    if sender is None:
        return False
    now = await clock.now(tx)
    known = await conversations.who_is(tx, phone=report.from_, channel=ChannelName.VOICE)
    if known.lead_id is not None:
        await worked_leads.lock(tx, known.lead_id)
    contact_id = known.contact_id or await _meet(ctx, tx, report, now)
    is_new = await calls.receive(
        tx,
        id=report.call_id,
        contact_id=contact_id,
        lead_id=known.lead_id,
        provider_ref=report.provider_ref,
        from_phone=report.from_,
        to_phone=report.to,
        now=now,
        simulated=sender.simulated,
    )
    if not is_new:
        return True
    event = Event(
        kind=Kind.CALL_INBOUND,
        at=now,
        actor="person",
        lead_id=known.lead_id,
        contact_id=contact_id,
        data={"call_id": str(report.call_id)},
    )
    await record(tx, [event])
    if known.lead_id is not None:
        await park_for_call(ctx, tx, known.lead_id, now)
    if contact_id is not None:
        task = Task(
            id=ctx.new_id(now),
            kind=CALL_BACK,
            body="They called us.",
            created_by="engine",
            created_at=now,
            lead_id=known.lead_id,
            contact_id=contact_id,
            due_at=now,
        )
        await open_task(tx, task)
    return True


async def _meet(
    ctx: Context, tx: AsyncConnection, report: CallReceived, now: datetime
) -> UUID | None:
    """A stranger who shows a number becomes a contact; None where it is hidden."""
    if isinstance(parse_phone(report.from_), BadPhone):
        return None
    made = await conversations.meet(
        tx,
        contact_id=ctx.new_id(now),
        kind="phone",
        phone=report.from_,
        source="inbound",
        now=now,
    )
    if made is not None:
        return made
    # Somebody else has met the same stranger at the same moment.
    known = await conversations.who_is(tx, phone=report.from_, channel=ChannelName.VOICE)
    return known.contact_id
