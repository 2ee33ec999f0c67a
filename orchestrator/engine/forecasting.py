"""What a campaign would do from now on, by the very functions that plan and dispatch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.library import Library
from orchestrator.engine.persons import Rules, read_persons, read_rules
from outreach.channel import ChannelName
from outreach.forecast import HORIZON, Cost, Forecast, Group, Room, cost_of, forecast, room_of
from outreach.hours import Interval, WindowsMemo, legal_windows
from outreach.law.rulebook import Rulebook
from outreach.marks import Marks
from outreach.next_attempt import Asked, Person, wish
from outreach.outcome import CONVERSATIONS
from outreach.prices import Prices
from storage import clock, coming, reports, standing
from storage.coming import Coming
from storage.standing import Resting

NAMED: Final = 20
"""Attempts that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    at: datetime
    """Business time."""
    planned: int
    """Leads with an attempt to come."""
    forecast: Forecast
    room: Room
    cost: Cost | None
    """None: the deployment names no prices."""
    first: Sequence[Coming]
    resting: Sequence[Resting]
    """Leads without anything planned, by what holds them."""
    elsewhere: int
    """Leads whose person another running campaign works too."""


async def look_ahead(
    tx: AsyncConnection,
    campaign_id: UUID,
    *,
    rulebook: Rulebook,
    marks: Marks,
    prices: Prices | None,
    library: Library,
) -> Outlook:
    """The forecast of a campaign as its documents and leads stand; nothing is changed."""
    rules = await read_rules(rulebook, marks, tx, campaign_id, library)
    assert rules is not None, "asked for a campaign that was found"
    now = await clock.now(tx)
    groups = await _groups(tx, rules, campaign_id, now)
    room = await _room(tx, rules, campaign_id)
    found = forecast(groups, room, now)
    return Outlook(
        at=now,
        planned=sum(group.leads for group in groups),
        forecast=found,
        room=room,
        cost=cost_of(found, groups, room, prices),
        first=await coming.first(tx, campaign_id, NAMED),
        resting=await standing.resting(tx, campaign_id),
        elsewhere=await coming.elsewhere(tx, campaign_id),
    )


async def _room(tx: AsyncConnection, rules: Rules, campaign_id: UUID) -> Room:
    outcomes = (await reports.count_outcomes(tx, campaign_id)).get(ChannelName.VOICE, {})
    answered = sum(number for code, number in outcomes.items() if code in CONVERSATIONS)
    return room_of(rules.campaign, calls=sum(outcomes.values()), answered=answered)


async def _groups(
    tx: AsyncConnection, rules: Rules, campaign_id: UUID, now: datetime
) -> list[Group]:
    planned = await coming.groups(tx, campaign_id)
    persons = {
        lead.id: person
        for lead, person in await read_persons(tx, [one.lead_id for one in planned], rules, now)
    }
    memo: WindowsMemo = {}
    return [
        Group(
            channel=one.channel,
            leads=one.leads,
            due_at=one.due_at,
            open=_open(persons[one.lead_id], rules, max(one.due_at, now), now, memo),
        )
        for one in planned
        if one.lead_id in persons
    ]


def _open(
    person: Person, rules: Rules, start: datetime, now: datetime, memo: WindowsMemo
) -> list[Interval]:
    """When the gate would let an attempt pass, as far as hours and the campaign's dates go."""
    asked = wish(person, rules.terms(now), Asked(wanted_at=start))
    start = max(start, asked.starts_at or start)
    end = now + HORIZON
    if asked.ends_at is not None:
        end = min(end, asked.ends_at)
    return legal_windows(asked.zones, asked.hours, start, end, memo) if start < end else []
