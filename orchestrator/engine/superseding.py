"""A new decision about a lead: what was planned before gives way, what has begun is left."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.actor import ENGINE
from orchestrator.engine.plan_next import Next
from outreach.attempt import State
from outreach.events import Kind
from outreach.outcome import Outcome, is_colleagues_word
from storage import attempts, decisions
from storage.attempts import Priority
from storage.decisions import Ended
from storage.events import Event, record
from storage.worked_leads import Open

MOVABLE: Final = frozenset({State.PLANNED, State.CLAIMED})
"""Nobody outside knows of it yet."""
NO_MORE: Final = frozenset(
    {Outcome.OPTED_OUT, Outcome.NOT_INTERESTED, Outcome.WRONG_PERSON, Outcome.MEETING_BOOKED}
)
"""Outcomes after which even a call that was promised is not made."""


def promised(open_now: Sequence[Open], ended: Ended) -> list[Open]:
    """What was promised in a conversation stands beside the rules.

    What a rule had promised because of a result that a colleague has corrected does not.
    """
    if ended.outcome in NO_MORE:
        return []
    corrected = is_colleagues_word(ended.outcome_by)
    return [
        one
        for one in open_now
        if one.priority == Priority.PROMISED and not (corrected and one.rule_id is not None)
    ]


def is_same(planned: Open, wanted: Next | None) -> bool:
    """Whether the new decision asks for just this; a time that somebody named is taken anew."""
    if wanted is None or wanted.priority == Priority.PROMISED:
        return False
    said = (planned.channel, planned.reason, planned.rule_id, planned.priority)
    return said == (wanted.channel, wanted.reason, wanted.rule_id, wanted.priority)


async def supersede(
    tx: AsyncConnection, old: Sequence[Open], ended: Ended, wanted: Next | None, now: datetime
) -> None:
    """Take back what was planned before, each with its old and its new reason."""
    for one in old:
        await attempts.cancel(
            tx,
            [one.id],
            by=ENGINE.name,
            reason=f"superseded_by_{ended.outcome}",
            now=now,
            said=_old_and_new(one, wanted),
        )


async def leave(
    tx: AsyncConnection,
    begun: Sequence[UUID],
    open_now: Sequence[Open],
    ended: Ended,
    wanted: Next | None,
    now: datetime,
) -> None:
    """What has begun goes on; where it reaches nobody, the rules follow the new result."""
    known = {one.id: one for one in open_now}
    old = [id for id in begun if not (id in known and is_same(known[id], wanted))]
    await decisions.outdate(tx, old, by=ended.id)
    events = [
        Event(
            kind=Kind.ATTEMPT_LEFT,
            at=now,
            campaign_id=ended.campaign_id,
            lead_id=ended.lead_id,
            contact_id=ended.contact_id,
            attempt_id=id,
            data={
                "reason": f"begun_before_{ended.outcome}",
                "result_of": str(ended.id),
                **(_old_and_new(known[id], wanted) if id in known else {}),
            },
        )
        for id in old
    ]
    await record(tx, events)


def _old_and_new(old: Open, wanted: Next | None) -> Mapping[str, object]:
    said = {
        "was": old.reason,
        "was_rule": old.rule_id,
        "now": wanted.reason if wanted else "nothing",
        "now_rule": wanted.rule_id if wanted else None,
    }
    return {name: value for name, value in said.items() if value is not None}
