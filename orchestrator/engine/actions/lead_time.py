"""Sets when one lead is contacted next: at a time a person names, or now; never outside the law."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.known_lead import OVER, hold_lead
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.persons import Rules, read_persons, rules_of
from orchestrator.engine.plans import Next, Plans, write
from outreach.errors import Rejected
from outreach.lead import Status
from outreach.next_attempt import Asked, Nowhere, Person, Placed, Terms, place, wish
from outreach.planning import Nearest, nearest
from outreach.reason import WORDS, Reason
from outreach.when import parse_when
from storage import clock, gating
from storage.attempts import Priority
from storage.lead_facts import LeadFacts
from storage.replanning import Move
from storage.wake import notify

RESCHEDULED: Final = "rescheduled"
NOW: Final = "now"
NEVER: Final = frozenset({Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT, Status.WRONG_NUMBER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """When the lead is contacted next."""

    due_at: datetime
    zone: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """All that is known when the question is whether."""

    lead: LeadFacts
    person: Person
    rules: Rules
    terms: Terms
    zone: str

    @property
    def now(self) -> datetime:
        return self.terms.now


async def reschedule(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, words: str, actor: Actor
) -> Timed:
    """Contact them at the moment `words` name: ISO 8601, or a time on the person's own clock.

    Raises Rejected where that is not allowed, with the nearest times that are.
    """
    require(actor, Role.REP)
    asking = await _ask(ctx, tx, lead_id)
    if asking.lead.planned is None and asking.lead.in_flight:
        raise _in_flight()
    at = parse_when(words, asking.now, asking.zone)
    if at is None:
        raise Rejected(
            code="unclear_time",
            message=f"{words!r} names no time within the year ahead.",
            fix=f"Write it like {asking.now + timedelta(days=1):%Y-%m-%d}T14:30 ({asking.zone}),"
            " with an offset, or in words: tomorrow at 14:30.",
            where="--at",
        )
    placed = _allowed(asking, at)
    return await _set(ctx, tx, asking, placed, actor, RESCHEDULED)


async def contact_now(ctx: Context, tx: AsyncConnection, lead_id: UUID, actor: Actor) -> Timed:
    """Contact them before everybody else. Raises Rejected where that is not allowed now."""
    require(actor, Role.REP)
    asking = await _ask(ctx, tx, lead_id)
    if asking.lead.in_flight:
        raise _in_flight()
    reason = await _stands_still(tx, asking)
    if reason is not None:
        raise Rejected(
            code=reason,
            message=WORDS[reason],
            fix="`outreach leads why` and the lead say what stands still, and what changes it.",
        )
    placed = _allowed(asking, asking.now)
    timed = await _set(ctx, tx, asking, placed, actor, NOW)
    await notify(tx)
    return timed


async def _ask(ctx: Context, tx: AsyncConnection, lead_id: UUID) -> _Asking:
    known = await hold_lead(tx, lead_id)
    rules = await rules_of(ctx, tx, known.campaign_id)
    assert rules is not None, "a lead is of a campaign"
    if known.closed_reason is not None or known.status in NEVER:
        raise Rejected(
            code=Reason.LEAD_CLOSED,
            message=WORDS[Reason.LEAD_CLOSED],
            fix="`outreach leads why` and the lead say why; `outreach leads add` begins anew.",
            where="lead",
        )
    if rules.row.status in OVER:
        raise Rejected(
            code="campaign_over",
            message=f"The campaign is {rules.row.status}.",
            fix="Move the lead into another one with `outreach leads move`.",
            where="lead",
        )
    now = await clock.now(tx)
    ((lead, person),) = await read_persons(tx, [lead_id], rules, now)
    if lead.zone is None:
        raise Rejected(
            code=Reason.NO_TIMEZONE,
            message=WORDS[Reason.NO_TIMEZONE],
            fix="Give it one: `outreach leads edit LEAD --field time_zone=Europe/London`.",
            where="lead",
        )
    return _Asking(lead=lead, person=person, rules=rules, terms=rules.terms(now), zone=lead.zone)


async def _stands_still(tx: AsyncConnection, asking: _Asking) -> Reason | None:
    """What keeps everybody from being contacted just now, or leaves this one to a colleague."""
    if await gating.is_stopped(tx):
        return Reason.OPERATOR_STOP
    if asking.rules.row.status not in ("running", "completed"):
        return Reason.CAMPAIGN_NOT_RUNNING
    return Reason.HUMAN_OWNS if asking.lead.human_owns else None


def _allowed(asking: _Asking, at: datetime) -> Placed:
    """The attempt at exactly this moment. Raises Rejected with the nearest that are allowed."""
    lead = asking.lead
    last = lead.planned or lead.taken_back
    asked = Asked(
        wanted_at=at,
        channel=last.channel if last else None,
        exempt_from_caps=last.exempt_from_caps if last else False,
    )
    found = place(asking.person, asking.terms, asked)
    if isinstance(found, Placed) and found.planned.due_at == at:
        return found
    reason = found.blocked.reason if isinstance(found, Nowhere) else found.planned.moved_by
    assert reason is not None, "what is moved is moved by something"
    around = nearest(wish(asking.person, asking.terms, asked))
    is_a_matter_of_time = isinstance(found, Placed) or reason is Reason.CAMPAIGN_ENDED
    raise Rejected(
        code=reason,
        message=f"{_both(at, asking.zone)} is not allowed: {WORDS[reason]}",
        fix=_nearest_words(around, asking.zone) if is_a_matter_of_time else "",
        where="time",
    )


def _nearest_words(around: Nearest, zone: str) -> str:
    before = f"before: {_both(around.before, zone)}" if around.before else "none before"
    after = f"after: {_both(around.after, zone)}" if around.after else "none after"
    return f"The nearest allowed times are {before}; {after}."


def _both(at: datetime, zone: str) -> str:
    """A moment on the person's clock and in UTC."""
    here = at.astimezone(ZoneInfo(zone))
    return f"{here:%a %d %b %Y %H:%M} {zone} ({at.astimezone(UTC):%Y-%m-%dT%H:%MZ})"


async def _set(
    ctx: Context,
    tx: AsyncConnection,
    asking: _Asking,
    placed: Placed,
    actor: Actor,
    reason: str,
) -> Timed:
    lead, at = asking.lead, placed.planned.due_at
    first = Priority.HOT if reason == NOW else Priority.NORMAL
    plans = Plans(now=asking.now, actor=actor.name, reason=reason)
    if lead.planned is not None:
        plans.moves.append(
            Move(
                id=lead.planned.id,
                channel=placed.step.channel,
                phone=placed.step.point.address,
                due_at=at,
                window_end_at=placed.planned.window_end_at,
                wanted_at=at,
                moved_by=reason,
                priority=max(first, lead.planned.priority),
            )
        )
    else:
        wanted = Next(
            channel=placed.step.channel,
            wanted_at=at,
            reason=reason,
            created_by=actor.name,
            priority=first,
        )
        plans.plan(ctx, lead, placed, wanted)
    await write(tx, plans)
    return Timed(due_at=at, zone=asking.zone, channel=placed.step.channel.value)


def _in_flight() -> Rejected:
    return Rejected(
        code="in_flight",
        message="This person is being contacted just now.",
        fix="Wait until that is over.",
        where="lead",
    )
