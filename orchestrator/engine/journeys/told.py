"""Our own conversations as touchpoints: what the rows of a call, chat or meeting amount to."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.accounts import touchpoint
from outreach.accounts.engagement import Raw, Signal
from outreach.accounts.sessions import Session, Written, sessions
from outreach.accounts.touchpoint import Act, Origin
from outreach.opt_out import written
from outreach.outcome import CONVERSATIONS, AnsweredBy, Outcome
from storage import own_touchpoints, touchpoints
from storage.own_touchpoints import CallFacts, MeetingFacts, MessageFacts
from storage.touchpoints import Told

EXPECTED_CALL_S: Final = 90
"""Where the campaign does not say how long its calls last."""
SHOWS_NOTHING: Final = frozenset(
    {
        Outcome.NOT_INTERESTED,
        Outcome.OPTED_OUT,
        Outcome.WRONG_PERSON,
        Outcome.LANGUAGE_BARRIER,
    }
)
"""However long they talked: it is no interest."""
HEARD: Final = CONVERSATIONS | {Outcome.HANGUP_EARLY, Outcome.CUT_OFF}
REACHED: Final = frozenset({Outcome.QUALIFIED, Outcome.MEETING_BOOKED})


async def of_calls(ctx: Context, tx: AsyncConnection, call_ids: Sequence[UUID]) -> list[Told]:
    """What these calls say, and what must be corrected of what they said before."""
    facts = await own_touchpoints.calls(tx, call_ids)
    booked = [one for one in facts if one.outcome == Outcome.MEETING_BOOKED]
    found = [_call(ctx, one) for one in facts]
    # A meeting without our calendar: agreed in words. With it, the meeting's own row tells it.
    told_before = await touchpoints.known(tx, [_booked_ref(one) for one in facts])
    for one in facts:
        is_booked = one in booked and not one.has_meeting
        if is_booked or _booked_ref(one) in told_before:
            found.append(_agreed(ctx, one, is_void=not is_booked))
    return found


async def of_meetings(ctx: Context, tx: AsyncConnection, lead_ids: Sequence[UUID]) -> list[Told]:
    """The meetings of these leads; one that was cancelled is taken back."""
    return [_meeting(ctx, one) for one in await own_touchpoints.meetings(tx, lead_ids)]


def of_chat(ctx: Context, talk: UUID, messages: Sequence[MessageFacts]) -> list[Told]:
    """The sessions of one conversation."""
    by_id = {one.id: one for one in messages}
    found = sessions([_written(one) for one in messages])
    return [_session(ctx, talk, one, by_id) for one in found]


def chat_prefix(talk: UUID) -> str:
    return f"chat:{talk}:"


def _call(ctx: Context, facts: CallFacts) -> Told:
    inbound = facts.direction == "inbound"
    act = Act.CALL_INBOUND if inbound else Act.CALL
    outcome = Outcome(facts.outcome) if facts.outcome else None
    by_human = facts.answered_by == AnsweredBy.HUMAN if outcome is None else outcome in HEARD
    expected = facts.expected_s or EXPECTED_CALL_S
    has_goal = not inbound and (bool(facts.fields) or outcome in REACHED)
    raw = Raw(
        id=ctx.new_id(facts.at),
        at=facts.at,
        act=act,
        origin=Origin.INBOUND_CALL if inbound else Origin.REPLY,
        ratio=touchpoint.ratio_of_call(facts.talk_s, expected, by_human=by_human or inbound),
        depth=touchpoint.GOAL_DEPTH if has_goal else touchpoint.DEPTH[act],
        contact_id=facts.contact_id,
        signals=_signals(facts.fields),
        is_void=outcome in SHOWS_NOTHING,
    )
    details: dict[str, object] = {"seconds": round(facts.talk_s), "expected_s": expected}
    return Told(
        source_ref=f"call:{facts.id}",
        raw=raw,
        company_id=facts.company_id,
        lead_id=facts.lead_id,
        details=details,
    )


def _booked_ref(facts: CallFacts) -> str:
    return f"booked:{facts.id}"


def _agreed(ctx: Context, facts: CallFacts, *, is_void: bool) -> Told:
    raw = Raw(
        id=ctx.new_id(facts.at),
        at=facts.at,
        act=Act.MEETING_BOOKED,
        origin=Origin.REPLY,
        ratio=1000,
        depth=touchpoint.DEPTH[Act.MEETING_BOOKED],
        contact_id=facts.contact_id,
        is_void=is_void,
    )
    return Told(
        source_ref=_booked_ref(facts),
        raw=raw,
        company_id=facts.company_id,
        lead_id=facts.lead_id,
    )


def _meeting(ctx: Context, facts: MeetingFacts) -> Told:
    raw = Raw(
        id=ctx.new_id(facts.at),
        at=facts.at,
        act=Act.MEETING_BOOKED,
        origin=Origin.REPLY,
        ratio=1000,
        depth=touchpoint.DEPTH[Act.MEETING_BOOKED],
        contact_id=facts.contact_id,
        is_void=facts.is_cancelled,
    )
    return Told(
        source_ref=f"meeting:{facts.id}",
        raw=raw,
        company_id=facts.company_id,
        lead_id=facts.lead_id,
    )


def _written(facts: MessageFacts) -> Written:
    shows_nothing = facts.outcome is not None and Outcome(facts.outcome) in SHOWS_NOTHING
    return Written(
        id=facts.id,
        at=facts.at,
        words=len(facts.body.split()),
        is_button=facts.kind == "button",
        says_nothing=shows_nothing or written(facts.body, facts.button or "") is not None,
    )


def _session(ctx: Context, talk: UUID, session: Session, facts: dict[UUID, MessageFacts]) -> Told:
    first = facts[session.first.id]
    act = Act.WA_BUTTON if session.is_buttons else Act.WA_REPLY
    fields = tuple(name for one in session.messages for name in facts[one.id].fields)
    raw = Raw(
        id=ctx.new_id(first.at),
        at=first.at,
        act=act,
        origin=Origin.REPLY if first.was_asked else Origin.DIRECT,
        ratio=touchpoint.ratio_of_words(session.words),
        depth=touchpoint.DEPTH[act],
        contact_id=first.contact_id,
        signals=_signals(fields),
        is_void=session.is_void,
    )
    return Told(
        source_ref=f"{chat_prefix(talk)}{first.id}",
        raw=raw,
        company_id=first.company_id,
        lead_id=first.lead_id,
        details={"words": session.words, "messages": len(session.messages)},
    )


def _signals(fields: Sequence[str]) -> frozenset[Signal]:
    """What an agent was told to listen for under these very names."""
    return frozenset(signal for signal in Signal if signal in fields)
