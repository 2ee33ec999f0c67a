"""The duty that reads the history and makes touchpoints of it: nothing waits for it.

The ways in (a call's end, a reply) write their events as ever and do no more. Here each event only
says where to look: what a call or chat amounts to is read from its rows as they stand now. So the
order of reports does not matter, a correction corrects, and looking twice changes nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.journeys import told
from orchestrator.engine.journeys.recompute import order_briefs, recompute, rescore_contacts
from orchestrator.engine.journeys.triggers import set_off
from outreach.events import Kind
from storage import clock, duties, journeys, news, own_touchpoints, touchpoint_people, touchpoints
from storage.database import transaction
from storage.news import News
from storage.touchpoints import Written

READER: Final = "journeys"
BATCH: Final = 2_000
"""Events in one transaction."""
COMPANIES: Final = 200
"""Companies in one transaction of the daily look."""
FIRST: Final = UUID(int=0)
RECOGNIZED_WITHIN: Final = timedelta(days=90)
"""How far back somebody who becomes known is looked for among strangers."""
OF_ATTEMPTS: Final = frozenset({Kind.ATTEMPT_RESULT, Kind.CALL_STATUS, Kind.READING_STORED})
OF_COMPANIES: Final = frozenset({Kind.TOUCHPOINTS_RECEIVED, Kind.COMPANY_MERGED})
KINDS: Final = (
    OF_ATTEMPTS
    | OF_COMPANIES
    | {
        Kind.CALL_INBOUND,
        Kind.MESSAGE_RECEIVED,
        Kind.MEETING_BOOKED,
    }
)


async def follow_news(ctx: Context) -> int:
    """Go on from where the last one stopped; returns how many events were looked at. A duty."""
    total, looked_at = 0, BATCH
    while looked_at == BATCH:
        async with transaction(ctx.database) as tx:
            batch = await news.read(tx, READER, KINDS, BATCH)
            written = await _write(ctx, tx, batch.news)
            await _compute(ctx, tx, written)
        ctx.seam("journeys followed")
        looked_at = batch.looked_at
        total += looked_at
    return total


async def look_daily(ctx: Context) -> int:
    """Let time pass for every company that has a journey; returns how many. A duty, once a day."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if await duties.is_done(tx, "decay", today):
            return 0
        known = await touchpoint_people.recognize(tx, now - RECOGNIZED_WITHIN)
        joined = await touchpoints.follow_contacts(tx)
        await _compute(ctx, tx, touchpoints.merged([known, joined]))
    total, after = 0, FIRST
    while True:
        async with transaction(ctx.database) as tx:
            found = await journeys.list_fading(tx, after, COMPANIES)
            await _compute(ctx, tx, Written(companies=frozenset(found)))
        ctx.seam("companies faded")
        if not found:
            break
        total, after = total + len(found), found[-1]
    # Said at the end: whoever dies on the way begins again, and that changes nothing.
    async with transaction(ctx.database) as tx:
        await duties.claim_period(tx, "decay", today)
    return total


async def _write(ctx: Context, tx: AsyncConnection, batch: Sequence[News]) -> Written:
    """Look where the events point, and write down what stands there."""
    of_attempts = [one for one in batch if _is_over(one)]
    attempts = list({one.attempt_id for one in of_attempts if one.attempt_id})
    inbound = _ids(batch, Kind.CALL_INBOUND, "call_id")
    found = await told.of_calls(ctx, tx, [*attempts, *inbound])
    met = [one.lead_id for one in batch if one.kind is Kind.MEETING_BOOKED and one.lead_id]
    found += await told.of_meetings(ctx, tx, met)
    talks = await own_touchpoints.conversations(
        tx,
        messages=_ids(batch, Kind.MESSAGE_RECEIVED, "message_id"),
        attempts=attempts,
        readings=_ids(batch, Kind.READING_STORED, "reading_id"),
    )
    dropped: list[Written] = []
    for talk, messages in (await own_touchpoints.messages(tx, talks)).items():
        own = told.of_chat(ctx, talk, messages)
        # A message that came late may lie before the one that had begun a session.
        refs = [one.source_ref for one in own]
        dropped.append(await touchpoints.drop_others(tx, told.chat_prefix(talk), refs))
        found += own
    # Two that are one have done together what each did alone.
    received = [one for one in batch if one.kind in OF_COMPANIES]
    return touchpoints.merged(
        [await touchpoints.put(tx, found), *dropped, *map(_received, received)]
    )


async def _compute(ctx: Context, tx: AsyncConnection, written: Written) -> None:
    now = await clock.now(tx)
    await rescore_contacts(tx, written.contacts)
    moved = await recompute(tx, written.companies, now)
    await order_briefs(tx, moved, now)
    await set_off(ctx, tx, moved, now)


def _is_over(event: News) -> bool:
    """Whether it may say something of an attempt that has ended; a call that rings does not."""
    rings = event.kind is Kind.CALL_STATUS and event.data.get("status") != "completed"
    return event.kind in OF_ATTEMPTS and not rings


def _received(event: News) -> Written:
    own = [event.company_id] if event.company_id else []
    return Written(
        companies=frozenset([*own, *_uuids(event.data.get("companies"))]),
        contacts=frozenset(_uuids(event.data.get("contacts"))),
    )


def _ids(batch: Sequence[News], kind: Kind, key: str) -> list[UUID]:
    values = [one.data.get(key) for one in batch if one.kind is kind]
    return list(set(_uuids(values)))


def _uuids(values: object) -> list[UUID]:
    return [UUID(str(one)) for one in values if one] if isinstance(values, list) else []
