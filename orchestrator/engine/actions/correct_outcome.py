"""A colleague knows better what an attempt came to: the rules run again, now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import lifting, results
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.lead import STATUS_AFTER, Status, status_of
from outreach.lifting import Lifter
from outreach.outcome import CONVERSATIONS, OF_CALLS, OF_MESSAGES, Outcome
from storage import clock, leads, left_alone, people_points, readings, reported, worked_leads
from storage.readings import Reading
from storage.reported import Reported

MAY_BE: Final[Mapping[ChannelName, frozenset[Outcome]]] = {
    ChannelName.VOICE: OF_CALLS - {Outcome.NOT_PLACED},
    ChannelName.WHATSAPP: OF_MESSAGES | CONVERSATIONS,
}
"""What an attempt may be corrected to. That it was never placed is asked of the provider."""
ASKED_FOR_NO_MORE: Final = frozenset({Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    outcome: Outcome
    because: str = ""
    """Why, in the colleague's own words."""
    seen: Outcome | None = None
    """What they saw; another result by now is a conflict. None: it does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    attempt_id: UUID
    lead_id: UUID
    was: Outcome | None
    outcome: Outcome
    changed: bool
    """False: it was known so, and nothing has happened."""
    still_suppressed: bool
    """An opt-out was taken back, and the person is still not to be contacted."""


async def correct_outcome(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, correction: Correction, by: Actor
) -> Corrected:
    """Say what an ended attempt came to; what was planned because of the old result gives way.

    An opt-out suppresses the person everywhere. Taking one back plans nothing: the suppression and
    the withdrawn consent stand until somebody lifts them with a proof. What was read from the
    conversation stays as it was read, beside the colleague's word. Raises Rejected for an unknown
    attempt, one that has not ended, an outcome that cannot be, or a result that changed meanwhile.
    """
    require(by, Role.REP)
    attempt = await reported.lock(tx, attempt_id)
    if attempt is None:
        raise Rejected(
            "unknown_attempt",
            f"There is no attempt {attempt_id}.",
            "`outreach leads show ID` lists those of a lead.",
        )
    _refuse(attempt, correction)
    if attempt.outcome is correction.outcome:
        return await _corrected(ctx, tx, attempt, correction.outcome, changed=False)
    now = await clock.now(tx)
    await readings.store(tx, _reading(ctx, attempt, correction, now))
    if correction.outcome is Outcome.OPTED_OUT:
        reach = Reach(source=f"attempt:{attempt.id}", reason=Outcome.OPTED_OUT, by=by)
        await suppress_contacts(ctx, tx, [attempt.contact_id], reach, now)
    await _take_back(tx, attempt, correction.outcome, by)
    await results.revise(ctx, tx, attempt, correction.outcome, by=by.name)
    await lifting.lift_people(tx, Lifter.RESULT_CORRECTED, [attempt.contact_id])
    return await _corrected(ctx, tx, attempt, correction.outcome, changed=True)


def _refuse(attempt: Reported, correction: Correction) -> None:
    if attempt.state is not State.ENDED:
        unsure = attempt.state is State.UNSURE
        raise Rejected(
            "not_ended",
            f"The attempt is {attempt.state}; only one that has ended can be corrected.",
            "`outreach attempts close` ends an unsure one." if unsure else "",
        )
    allowed = MAY_BE[attempt.channel]
    if correction.outcome not in allowed:
        raise Rejected(
            "outcome_not_possible",
            f"An attempt by {attempt.channel} cannot have come to {correction.outcome}.",
            f"Say one of {', '.join(sorted(allowed))}.",
        )
    if correction.seen is not None and correction.seen is not attempt.outcome:
        raise Rejected(
            "outcome_changed",
            f"Somebody has said {attempt.outcome} since you looked.",
            "Look again, then correct it if it is still wrong.",
        )


def _reading(ctx: Context, attempt: Reported, correction: Correction, now: datetime) -> Reading:
    """The colleague's word, beside what the reader has read and not instead of it."""
    return Reading(
        id=ctx.new_id(now),
        created_at=now,
        made_by="person",
        outcome=correction.outcome,
        attempt_id=attempt.id,
        lead_id=attempt.lead_id,
        summary=correction.because.strip() or None,
    )


async def _take_back(tx: AsyncConnection, attempt: Reported, outcome: Outcome, by: Actor) -> None:
    """Undo what the wrong result alone had done: the lead's status, and a number called bad."""
    if attempt.outcome is Outcome.INVALID_NUMBER:
        await people_points.mend(tx, attempt.contact_id, attempt.channel, attempt.phone)
    lead = await worked_leads.get(tx, attempt.lead_id)
    ours = attempt.outcome is not None and lead.status is STATUS_AFTER.get(attempt.outcome)
    if not ours or lead.status in ASKED_FOR_NO_MORE:
        return
    history = await worked_leads.history_of(tx, lead.id)
    outcomes = [outcome if one.id == attempt.id else one.outcome for one in history]
    await leads.set_status(tx, [lead.id], status_of(outcomes), actor=by.name, by_person=True)


async def _corrected(
    ctx: Context, tx: AsyncConnection, attempt: Reported, outcome: Outcome, *, changed: bool
) -> Corrected:
    taken_back = changed and attempt.outcome is Outcome.OPTED_OUT
    return Corrected(
        attempt_id=attempt.id,
        lead_id=attempt.lead_id,
        was=attempt.outcome,
        outcome=outcome,
        changed=changed,
        still_suppressed=taken_back
        and await left_alone.holds(tx, ctx.marks, phone=attempt.phone, channel=attempt.channel),
    )
