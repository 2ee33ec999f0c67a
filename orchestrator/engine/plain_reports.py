"""Many calls that ring or that nobody answers: their reports are applied together, in one commit.

By the same rules as one report alone (`ingest`), which takes whatever is not plain: a call that
was answered, a lead with other plans, a decision with effects beside the next step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.follow_up import for_rules, next_of
from orchestrator.engine.plain_steps import Onward, onward, read_person, write_onward
from orchestrator.engine.report_rows import dump, kind_of
from orchestrator.engine.worked import CLOSED
from outreach.attempt import State
from outreach.call_status import CallEnd, call_rank, end_of_call, rises
from outreach.campaign import Campaign
from outreach.charges import Part, charged
from outreach.events import Kind
from outreach.follow_up import Retry, Stop, SwitchChannel, decide
from outreach.lead import STATUS_AFTER, Status, Work
from outreach.outcome import Outcome
from outreach.prices import Used
from outreach.reports import CallReported, Delivery
from storage import clock, inbox, leads, plain_reports, worked_leads
from storage.database import transaction
from storage.events import Event, record
from storage.inbox import Entry
from storage.leads import WorkChange
from storage.plain_reports import Plain, Told, Working
from storage.worked_leads import Past, WorkedLead

BEFORE_AN_ANSWER: Final = frozenset({"initiated", "ringing"})
UNANSWERED: Final = frozenset({"busy", "no-answer"})
OPEN: Final = frozenset({State.STARTING, State.UNSURE, State.STARTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A report with the attempt it speaks of, and what it means."""

    delivery: Delivery
    report: CallReported
    attempt: Plain
    outcome: Outcome | None
    """None: the call goes on."""
    onward: Onward | None = None
    """What follows from the outcome."""


async def take_plain(ctx: Context, deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Take in what is plain; returns the others, of which nothing is stored.

    At most one delivery of each attempt: what comes later may depend on what comes first.
    """
    wanted = {
        one.report.attempt_id: one for one in deliveries if isinstance(one.report, CallReported)
    }
    async with transaction(ctx.database) as tx:
        found, campaigns = await plain_reports.hold(tx, list(wanted))
        cases = [
            _case(one, one.report, found[id])
            for id, one in wanted.items()
            if isinstance(one.report, CallReported)
            and id in found
            and _is_plain(one.report, found[id])
        ]
        if not cases:
            return list(deliveries)
        now = await clock.now(tx)
        decided = await _decide(ctx, tx, cases, campaigns, now)
        await _write(ctx, tx, decided, now)
    plain = {one.delivery.key for one in decided}
    return [one for one in deliveries if one.key not in plain]


def _is_plain(report: CallReported, attempt: Plain) -> bool:
    """Whether nothing but its status is told, of a call of which nothing else is known."""
    return (
        report.status in BEFORE_AN_ANSWER | UNANSWERED
        and report.answered_by is None
        and report.error_code is None
        and report.provider_ref is not None
        and attempt.provider_ref in (None, report.provider_ref)
        and attempt.state in OPEN
        and attempt.outcome is None
        and attempt.outdated_by is None
    )


def _case(delivery: Delivery, report: CallReported, attempt: Plain) -> Case:
    ends = report.status in UNANSWERED
    outcome = end_of_call(CallEnd(status=report.status, sip_code=report.sip_code)) if ends else None
    return Case(delivery=delivery, report=report, attempt=attempt, outcome=outcome)


async def _decide(
    ctx: Context,
    tx: AsyncConnection,
    cases: Sequence[Case],
    campaigns: Mapping[UUID, Working],
    now: datetime,
) -> list[Case]:
    """Those of these cases that stay plain, with what follows from each."""
    ending = [one.attempt.lead_id for one in cases if one.outcome is not None]
    known = await worked_leads.get_all(tx, ending)
    histories = await worked_leads.histories_of(tx, ending)
    documents = await ctx.library.fetch(tx, {one.version for one in campaigns.values()})
    decided: list[Case] = []
    steps: list[tuple[Case, WorkedLead, Onward]] = []
    for case in cases:
        if case.outcome is None:
            decided.append(case)
            continue
        lead, working = known[case.attempt.lead_id], campaigns[case.attempt.campaign_id]
        document = documents[working.version]
        assert isinstance(document, Campaign), "a campaign's row names a campaign's document"
        if not case.attempt.is_alone or working.status in CLOSED or _is_final(lead):
            continue
        step = _onward(case, lead, histories[lead.id], document, now)
        if step is not None:
            steps.append((case, lead, step))
    persons = await read_person(ctx, tx, [(lead, step) for _, lead, step in steps], now)
    for (case, _, step), person in zip(steps, persons, strict=True):
        decided.append(
            Case(
                delivery=case.delivery,
                report=case.report,
                attempt=case.attempt,
                outcome=case.outcome,
                onward=onward(ctx, step, person, now),
            )
        )
    return decided


def _is_final(lead: WorkedLead) -> bool:
    """A person has spoken: that is looked at alone."""
    return lead.closed_reason is not None or lead.status in (
        Status.UNSUBSCRIBED,
        Status.DO_NOT_CONTACT,
    )


def _onward(
    case: Case, lead: WorkedLead, history: Sequence[Past], campaign: Campaign, now: datetime
) -> Onward | None:
    """What the rules say; None where it is more than a next attempt or an end."""
    assert case.outcome is not None
    past = Past(
        id=case.attempt.id,
        channel=case.attempt.channel,
        outcome=case.outcome,
        ended_at=now,
        rule_id=case.attempt.rule_id,
    )
    decision = decide(for_rules([*history, past]), campaign, {}, lead.quality, lead.zone)
    if not isinstance(decision, Retry | SwitchChannel | Stop) or decision.effects:
        return None
    if isinstance(decision, Stop):
        return Onward(campaign=campaign, lead=lead, wanted=None, status=decision.status)
    return Onward(campaign=campaign, lead=lead, wanted=next_of(decision, case.outcome), status=None)


async def _write(ctx: Context, tx: AsyncConnection, cases: Sequence[Case], now: datetime) -> None:
    month = inbox.month_of(now)
    entries = {ctx.new_id(now): one for one in cases}
    new = await plain_reports.enter(
        tx,
        {
            id: (_entry(id, one.delivery, now), one.delivery.source, one.delivery.key)
            for id, one in entries.items()
        },
        month,
        now,
    )
    fresh = [one for id, one in entries.items() if id in new]
    nothing = charged(None, Part.CARRIER, Used(), ctx.prices, "")
    told = [_told(one) for one in fresh]
    await plain_reports.write(tx, told, now, ctx.limits.started_lease, nothing)
    await record(tx, [event for one in fresh for event in _events(one, now)])
    for status, theirs in _statuses(fresh).items():
        await leads.set_status(tx, theirs, status, now=now)
    rings = [one.attempt.lead_id for one in fresh if one.outcome is None]
    work = [WorkChange(lead_id=id, work=Work.IN_FLIGHT) for id in rings]
    steps = [(one.onward, one.outcome) for one in fresh if one.onward and one.outcome]
    await write_onward(ctx, tx, steps, work, now)


def _statuses(cases: Sequence[Case]) -> dict[Status, list[UUID]]:
    """Leads by the status that the outcome of their call gives them."""
    found: dict[Status, list[UUID]] = {}
    for one in cases:
        status = STATUS_AFTER.get(one.outcome) if one.outcome is not None else None
        if status is not None:
            found.setdefault(status, []).append(one.attempt.lead_id)
    return found


def _entry(id: UUID, delivery: Delivery, now: datetime) -> Entry:
    return Entry(
        id=id,
        month=inbox.month_of(now),
        kind=kind_of(delivery.report),
        payload={"report": dump(delivery.report), "raw": dict(delivery.payload)},
        tries=0,
    )


def _told(case: Case) -> Told:
    rank = call_rank(case.report.status)
    assert rank is not None, "the words of a plain report have a rank"
    known = case.attempt.call_status
    return Told(
        id=case.attempt.id,
        provider_ref=case.report.provider_ref,
        status=case.report.status,
        rank=rank,
        raises=rises(rank, call_rank(known) if known is not None else None),
        rings=case.report.status == "ringing",
        outcome=case.outcome,
    )


def _events(case: Case, now: datetime) -> list[Event]:
    """The history that one report makes, as if it had come alone."""
    attempt, report = case.attempt, case.report

    def event(kind: Kind, actor: str, **data: object) -> Event:
        return Event(
            kind=kind,
            at=now,
            actor=actor,
            campaign_id=attempt.campaign_id,
            lead_id=attempt.lead_id,
            contact_id=attempt.contact_id,
            attempt_id=attempt.id,
            data=data,
        )

    found = [event(Kind.CALL_STATUS, "provider", status=report.status, sip_code=report.sip_code)]
    if attempt.state is not State.STARTED:
        found.append(event(Kind.ATTEMPT_STARTED, "provider"))
    if case.outcome is not None:
        found.append(event(Kind.ATTEMPT_ENDED, "provider", outcome=case.outcome))
        found.append(event(Kind.ATTEMPT_RESULT, "engine", outcome=case.outcome))
    return found
