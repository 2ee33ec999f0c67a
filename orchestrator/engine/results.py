"""An attempt came to something else than was known: it is written down and the rules run again."""

from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import follow_up
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.events import Kind
from outreach.outcome import Outcome, is_colleagues_word
from storage import clock, decisions
from storage.events import ENGINE, Event, record
from storage.reported import Reported

DELIVERY: Final = frozenset({Outcome.DELIVERED, Outcome.READ, Outcome.UNDELIVERED})
"""What a message's status says; `message.status` tells of it."""


class Revised(StrEnum):
    CHANGED = "changed"
    SAME = "same"
    """It was known so: nothing happens."""
    KEPT = "kept"
    """What is known weighs more."""


async def revise(
    ctx: Context, tx: AsyncConnection, attempt: Reported, outcome: Outcome, *, by: str
) -> Revised:
    """Say what an ended attempt came to after all, and decide anew, in this transaction.

    For late reports of a provider, late readings, and colleagues who correct a result (`by` is
    reader, provider, engine, or the colleague's name). A planned follow-up that has not begun is
    superseded; one that has begun is left. The caller holds the attempt and its lead.
    """
    if attempt.state is not State.ENDED or not _may_say(attempt, outcome, by):
        return Revised.KEPT
    if not await decisions.set_outcome(tx, attempt.id, outcome, by=by):
        return Revised.SAME
    if not DELIVERY.issuperset({attempt.outcome, outcome}):
        await _tell(tx, attempt, outcome, by)
    await follow_up.apply(ctx, tx, attempt.id)
    return Revised.CHANGED


def _may_say(attempt: Reported, outcome: Outcome, by: str) -> bool:
    """No machine takes back an opt-out or a colleague's word; an opt-out is always heard."""
    if is_colleagues_word(by) or outcome in (attempt.outcome, Outcome.OPTED_OUT):
        return True
    return attempt.outcome is not Outcome.OPTED_OUT and not is_colleagues_word(attempt.outcome_by)


async def _tell(tx: AsyncConnection, attempt: Reported, outcome: Outcome, by: str) -> None:
    data = {"outcome": outcome.value, "by": by}
    if attempt.outcome is not None:
        data["was"] = attempt.outcome.value
    event = Event(
        kind=Kind.ATTEMPT_RESULT,
        at=await clock.now(tx),
        actor=by if is_colleagues_word(by) else ENGINE,
        campaign_id=attempt.campaign_id,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        data=data,
    )
    await record(tx, [event])
