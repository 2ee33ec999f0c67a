"""A person calls us: does an agent take the call, and for which lead do they speak?"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.actor import ENGINE
from orchestrator.engine.actions.add_lead import add_lead
from orchestrator.engine.actions.person_row import Person
from orchestrator.engine.context import Context
from orchestrator.engine.media import Connect, HangUp, answer_call, phone_call
from orchestrator.engine.worked import CLOSED
from outreach.attempt import CALLED_US
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lead import Work
from outreach.phone import BadPhone, parse_phone
from outreach.reports import CallReceived
from storage import (
    attempts,
    campaign_documents,
    claiming,
    clock,
    conversations,
    gating,
    lead_facts,
    leads,
    processes,
    reached_senders,
    reported,
    taken_calls,
    worked_leads,
)
from storage.campaign_documents import Followed
from storage.contention import patiently
from storage.database import transaction
from storage.events import Event, record
from storage.media_tokens import Opened
from storage.taken_calls import Taken

INBOUND_WORDS: Final = "Thank you for calling back. A colleague will ring you shortly. Goodbye."
NOBODY_SPEAKS: Final = CLOSED | {"draft"}

log = structlog.get_logger(__name__)


async def answer_inbound_call(ctx: Context, call: CallReceived) -> Connect | HangUp:
    """Connect them with the agent of their last campaign; else they hear a sentence.

    Asked after the call has been written down, with the task for a colleague to call back. May be
    asked again.
    """
    await patiently(partial(_welcome, ctx, call))
    if not await patiently(partial(_take, ctx, call)):
        return HangUp(words=INBOUND_WORDS)
    return await answer_call(ctx, call.call_id, call.provider_ref)


async def _welcome(ctx: Context, call: CallReceived) -> None:
    """Whom nobody knows becomes a lead of the campaign that answers strangers, if there is one.

    Nothing of ours is planned for them: they called.
    """
    if ctx.strangers is None or isinstance(parse_phone(call.from_), BadPhone):
        return
    try:
        async with transaction(ctx.database) as tx:
            known = await conversations.who_is(tx, phone=call.from_, channel=ChannelName.VOICE)
            if known.lead_id is not None:
                return
            person = Person(values={"phone": call.from_})
            lead_id = await add_lead(ctx, tx, ctx.strangers, person, ENGINE)
            now = await clock.now(tx)
            planned = [one.id for one in await worked_leads.open_attempts(tx, lead_id)]
            await attempts.cancel(tx, planned, by=ENGINE.name, reason=CALLED_US, now=now)
            await leads.set_work(tx, [lead_id], Work.ENDED, CALLED_US, now=now)
    except Rejected as no:
        log.warning("a stranger who calls cannot be answered by an agent", reason=no.code)


async def _take(ctx: Context, call: CallReceived) -> bool:
    """Give the call a slot, a line and an attempt; False where one of them is not to be had."""
    async with transaction(ctx.database) as tx:
        if await reported.lock(tx, call.call_id) is not None:
            return True
        known = await conversations.who_is(tx, phone=call.from_, channel=ChannelName.VOICE)
        sender = await reached_senders.find_at(tx, ChannelName.VOICE, call.to)
        if known.lead_id is None or sender is None or await gating.is_stopped(tx):
            return False
        process_id = await _free_process(ctx, tx)
        if process_id is None:
            return False
        await worked_leads.lock(tx, known.lead_id)
        now = await clock.now(tx)
        lead = await worked_leads.get(tx, known.lead_id)
        followed = await campaign_documents.followed_by(tx, lead.campaign_id)
        taken = Taken(
            call_id=call.call_id,
            lead_id=lead.id,
            phone=call.from_,
            provider_ref=call.provider_ref,
            sender_id=sender.id,
            process_id=process_id,
            versions={**ctx.versions, **_versions(followed)},
            simulated=sender.simulated,
        )
        opened = Opened(
            campaign_id=lead.campaign_id,
            lead_id=lead.id,
            contact_id=lead.contact_id,
            versions=dict(taken.versions),
            reason=CALLED_US,
        )
        if followed.status in NOBODY_SPEAKS or not await _may_speak(ctx, tx, opened, taken, now):
            return False
        if not await taken_calls.take(tx, taken, now, lease=ctx.limits.started_lease):
            return False
        await leads.set_work(tx, [lead.id], Work.IN_FLIGHT, now=now)
        await _tell(tx, opened, taken, now)
    ctx.seam("call taken")
    return True


async def _free_process(ctx: Context, tx: AsyncConnection) -> UUID | None:
    """The living voice process with most room; the others' claims wait until we are done."""
    slots = await processes.lock_slots(tx, ctx.limits.process_silence)
    for one in await claiming.count_calls(tx):
        if one.process_id in slots:
            slots[one.process_id] -= one.count
    # This process needs no second hop for the sound.
    free = max(slots, key=lambda id: (slots[id], id == ctx.process_id), default=None)
    return free if free is not None and slots[free] > 0 else None


def _versions(followed: Followed) -> dict[str, object]:
    agent = followed.agent
    mine: dict[str, object] = {"campaign": followed.campaign.version}
    if agent is not None:
        mine |= {"agent": agent.version, "agent_name": agent.name}
    return mine


async def _may_speak(
    ctx: Context, tx: AsyncConnection, opened: Opened, taken: Taken, now: datetime
) -> bool:
    """Whether the agent has its texts for them, and neither colleague nor call has them already."""
    # What may be said by purpose is no question here: they called.
    (facts,) = await lead_facts.read(tx, [opened.lead_id], "any")
    if facts.human_owns or facts.in_flight:
        return False
    return await phone_call(ctx, tx, taken.call_id, opened, now) is not None


async def _tell(tx: AsyncConnection, opened: Opened, taken: Taken, now: datetime) -> None:
    event = Event(
        kind=Kind.ATTEMPT_LIVE,
        at=now,
        actor="person",
        campaign_id=opened.campaign_id,
        lead_id=opened.lead_id,
        contact_id=opened.contact_id,
        attempt_id=taken.call_id,
        data={"reason": CALLED_US},
    )
    await record(tx, [event])
