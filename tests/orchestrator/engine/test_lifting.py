"""Blocked leads come back: every reason there is, brought about and lifted, one by one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.pre_dial import PreDial, Unanswered, Verdict
from orchestrator.engine import follow_up, lifting
from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions import stop as stop_deeds
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.consent import Allowance, grant_consent
from orchestrator.engine.actions.correct_outcome import Correction, correct_outcome
from orchestrator.engine.actions.do_not_call import NewList, drop_list, import_list
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.suppress import Reach, suppress_point
from orchestrator.engine.actions.take_over import give_back
from orchestrator.engine.actions.unsuppress import unsuppress_point
from orchestrator.engine.calendar import keep_calendar
from orchestrator.engine.claim import claim_due
from orchestrator.engine.context import Context
from orchestrator.engine.edit_jobs import work_off_edits
from orchestrator.engine.gate import pass_gate
from orchestrator.engine.replan import unblock
from outreach.channel import ChannelName
from outreach.documents import KINDS
from outreach.errors import Rejected
from outreach.lifting import Lifter
from outreach.outcome import Outcome
from outreach.pace import Pace
from outreach.reason import Reason
from storage import clock, people_points, senders
from storage.database import transaction
from storage.senders import Sender
from tests.orchestrator.engine.returning import Jobs
from tests.orchestrator.engine.world import AGENT, CAMPAIGN, TEMPLATE, TUESDAY, World, sender

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)
PHONE = "+12125550100"


@dataclass(slots=True)
class Play:
    """One lead that is to be contacted and cannot be."""

    world: World
    ctx: Context
    jobs: Jobs
    campaign: UUID = field(default_factory=uuid4)
    lead: UUID = field(default_factory=uuid4)
    contact: UUID = field(default_factory=uuid4)

    async def begin(self, channel: ChannelName = ChannelName.VOICE, **changes: Any) -> None:
        self.campaign = await self.world.campaign("spring", **changes)
        await self.world.leads(self.campaign, 1, channel=channel, phones=[PHONE])
        ((self.lead, self.contact),) = await self.world.rows("SELECT id, contact_id FROM leads")  # type: ignore[assignment]

    async def within(self, deed: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        async with transaction(self.world.engine) as tx:
            await deed(tx)

    async def edit(self, kind: str = "campaign", **changes: object) -> None:
        base = {"campaign": {**CAMPAIGN, "name": "spring"}, "agent": AGENT, "template": TEMPLATE}
        document = KINDS[kind].model_validate({**base[kind], **changes})
        await self.within(lambda tx: apply(self.ctx, tx, document, OPERATOR))

    async def wait(self, by: timedelta) -> None:
        async def move(tx: AsyncConnection) -> None:
            await clock.move(tx, await clock.now(tx) + by)

        await self.within(move)

    async def wait_until_due(self) -> None:
        """Jump to the moment at which the planned attempt is due."""
        ((due,),) = await self.world.rows("SELECT due_at FROM attempts WHERE state = 'planned'")

        async def move(tx: AsyncConnection) -> None:
            await clock.move(tx, due)  # type: ignore[arg-type]

        await self.within(move)

    async def do(self, statement: str, **values: object) -> None:
        await self.world.do(statement, **values)

    async def claim(self) -> frozenset[UUID]:
        return (await claim_due(self.ctx, 10)).claimed

    async def reason(self) -> object:
        """Why the lead is not contacted now."""
        ((work, why, moved),) = await self.world.rows(
            "SELECT l.work, l.work_reason, coalesce(a.moved_by, a.reason) FROM leads l"
            " LEFT JOIN attempts a ON a.lead_id = l.id AND a.state = 'planned'"
            " WHERE l.id = :id",
            id=self.lead,
        )
        return why if work in ("blocked", "ended") else moved

    @property
    def contacts(self) -> int:
        return len(self.world.voice.taken) + len(self.world.whatsapp.taken)

    async def go_on(self) -> None:
        """What the duties do by themselves."""
        for task, ids in self.jobs.deferred:
            if task == lifting.TASK:
                await lifting.lift_in_batches(self.ctx, **ids)
        self.jobs.deferred.clear()
        await work_off_edits(self.ctx)
        await unblock(self.ctx)
        await self.world.tick(self.ctx)


@pytest.fixture
async def play(world: World) -> Play:
    jobs = Jobs()
    return Play(world, world.context(side_work=jobs), jobs)


Deed = Callable[[Play], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Case:
    happens: Deed
    """Brings the reason about, by what the engine does itself."""
    lifted: Deed
    """What somebody does, or what time brings."""


async def _operator_stop(play: Play) -> None:
    await play.begin()
    claimed = await play.claim()
    await play.within(lambda tx: stop_deeds.stop(tx, OPERATOR))
    await pass_gate(play.ctx, claimed)


async def _resume_all(play: Play) -> None:
    await play.within(lambda tx: stop_deeds.resume_all(tx, OPERATOR))


async def _paused(play: Play) -> None:
    await play.begin()
    claimed = await play.claim()
    await play.within(lambda tx: deeds.pause(play.ctx, tx, "spring", OPERATOR))
    await pass_gate(play.ctx, claimed)


async def _resume(play: Play) -> None:
    await play.within(lambda tx: deeds.resume(play.ctx, tx, "spring", OPERATOR))


async def _campaign_ended(play: Play) -> None:
    async with transaction(play.world.engine) as tx:
        end = await clock.now(tx) + timedelta(hours=1)
    await play.begin(end_at=end, document={"schedule": {"end_at": end.isoformat()}})
    await play.wait(timedelta(hours=2))
    await keep_calendar(play.ctx)


async def _edit(play: Play) -> None:
    await play.edit()


async def _not_started(play: Play) -> None:
    async with transaction(play.world.engine) as tx:
        start = await clock.now(tx) + timedelta(hours=2)
    await play.begin(start_at=start, document={"schedule": {"start_at": start.isoformat()}})
    await play.world.tick(play.ctx)


async def _wait_until_due(play: Play) -> None:
    await play.wait_until_due()


async def _human_owns(play: Play) -> None:
    await play.begin()
    await play.do(
        "INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, handler, created_at)"
        " SELECT gen_random_uuid(), s.id, l.contact_id, l.phone, l.id, 'human', l.created_at"
        " FROM leads l, senders s WHERE s.channel = 'whatsapp'"
    )
    await play.world.tick(play.ctx)


async def _give_back(play: Play) -> None:
    ((talk,),) = await play.world.rows("SELECT id FROM conversations")
    await play.within(lambda tx: give_back(play.ctx, tx, talk, OPERATOR))  # type: ignore[arg-type]


async def _suppressed(play: Play) -> None:
    await play.begin()
    await play.do(
        "INSERT INTO suppressions (id, kind, value, reason, source, created_at, created_by)"
        " SELECT gen_random_uuid(), 'phone', phone, 'bad_list', 'test', created_at, 'test'"
        " FROM leads"
    )
    await play.world.tick(play.ctx)


async def _suppressed_by_hand(play: Play) -> None:
    await play.begin()
    reach = Reach(source="cli", reason="do_not_contact", by=OPERATOR)

    async def suppress(tx: AsyncConnection) -> None:
        await suppress_point(play.ctx, tx, "phone", PHONE, reach, await clock.now(tx))

    await play.within(suppress)


async def _lift_suppression(play: Play) -> None:
    await play.within(lambda tx: unsuppress_point(play.ctx, tx, "phone", PHONE, OPERATOR))
    await _grant(play)


async def _no_consent(play: Play) -> None:
    await play.begin()
    await play.do("DELETE FROM consents")
    await play.world.tick(play.ctx)


async def _consent_revoked(play: Play) -> None:
    await play.begin()
    await play.do("UPDATE consents SET state = 'revoked'")
    await play.world.tick(play.ctx)


async def _grant(play: Play) -> None:
    allowed = Allowance(basis="web form", source="user:1")
    await play.within(lambda tx: grant_consent(play.ctx, tx, play.contact, allowed, OPERATOR))


async def _unplanned(play: Play) -> None:
    """Let the lead be looked at with nothing planned."""
    await play.do("DELETE FROM attempts")
    await play.do("UPDATE leads SET work = 'blocked', work_reason = NULL, recheck_at = created_at")
    await unblock(play.ctx)


async def _no_point(play: Play) -> None:
    await play.begin()
    await play.do("UPDATE leads SET phone = NULL, whatsapp = NULL, email = 'lee@example.com'")
    await _unplanned(play)


async def _give_number(play: Play) -> None:
    await play.do("UPDATE leads SET phone = :phone", phone=PHONE)
    await play.within(lambda tx: lifting.lift_people(tx, Lifter.POINT_MENDED, [play.contact]))


async def _bad_number(play: Play) -> None:
    await play.begin()
    await play.do("UPDATE leads SET whatsapp = NULL")
    await play.do("UPDATE contact_points SET status = 'invalid'")
    await _unplanned(play)


async def _mend(play: Play) -> None:
    async def mend(tx: AsyncConnection) -> None:
        await people_points.mend(tx, play.contact, ChannelName.VOICE, PHONE)
        await lifting.lift_people(tx, Lifter.POINT_MENDED, [play.contact])

    await play.within(mend)


async def _no_zone(play: Play) -> None:
    await play.begin()
    await play.do("UPDATE leads SET zones = '{}'")
    await play.world.tick(play.ctx)


async def _give_zone(play: Play) -> None:
    await play.do("UPDATE leads SET zones = ARRAY['America/New_York']")
    await play.within(lambda tx: lifting.lift_people(tx, Lifter.VALUE_SUPPLIED, [play.contact]))


async def _no_window(play: Play) -> None:
    await play.begin(document={"schedule": {"windows": {"mon": ["03:00-04:00"]}}})
    await play.world.tick(play.ctx)


async def _at_night(play: Play) -> None:
    await play.begin()
    await play.wait(timedelta(hours=14))
    await play.world.tick(play.ctx)


async def _not_before(play: Play) -> None:
    await play.begin()
    await play.do("UPDATE leads SET not_before = created_at + interval '1 day'")
    await play.world.tick(play.ctx)


async def _cap_reached(play: Play) -> None:
    await play.begin(document={"caps": {"per_day": 1}})
    await _earlier(play, "no_answer")
    await play.world.tick(play.ctx)


async def _earlier(play: Play, outcome: str) -> None:
    """An attempt that was made before the planned one."""
    await play.do("UPDATE attempts SET n = 2")
    await play.do(
        "INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, state,"
        " outcome, outcome_by, due_at, starting_at, ended_at, reason, created_by, created_at)"
        " SELECT gen_random_uuid(), campaign_id, id, contact_id, 1, 'voice', phone, 'ended',"
        " :outcome, 'reader', created_at, created_at, created_at, 'first_step', 'engine',"
        " created_at FROM leads",
        outcome=outcome,
    )


async def _resting(play: Play) -> None:
    await play.begin(document={"purpose": "debt_collection"})
    await _earlier(play, "talked")
    await play.do("UPDATE attempts SET exempt_from_caps = true")
    await play.world.tick(play.ctx)


async def _budget(play: Play) -> None:
    await play.begin(document={"budget": {"attempts": 1}})
    await _earlier(play, "no_answer")
    await play.world.tick(play.ctx)


async def _raise_budget(play: Play) -> None:
    await play.edit(budget={"attempts": 5})


async def _daily_budget(play: Play) -> None:
    await play.begin(document={"budget": {"attempts_per_day": 1}})
    await _earlier(play, "no_answer")
    await play.world.tick(play.ctx)


async def _sender_busy(play: Play) -> None:
    """The number that this person knows is at its pace, and another is free."""
    await play.begin()
    await _earlier(play, "no_answer")
    async with transaction(play.world.engine) as tx:
        await sender(tx, ChannelName.VOICE, "+12025550102")
    await play.do(
        "UPDATE attempts SET sender_id = s.id FROM senders s"
        " WHERE attempts.state = 'ended' AND s.address = '+12025550100'"
    )
    await play.do(
        "UPDATE senders SET emission = interval '1 second',"
        " tat = clock_timestamp() + interval '1 hour' WHERE address = '+12025550100'"
    )
    await play.world.tick(play.ctx)


async def _sender_free(play: Play) -> None:
    await play.do("UPDATE senders SET tat = NULL")
    await play.wait_until_due()


async def _sender_daily_cap(play: Play) -> None:
    await play.begin()
    limits = replace(play.ctx.limits, contacts_per_number_a_day=1)
    play.ctx = replace(play.ctx, limits=limits)
    await play.do("UPDATE senders SET used_today = 1, used_on = :day", day=TUESDAY.date())
    await play.world.tick(play.ctx)


async def _sender_parked(play: Play) -> None:
    await play.begin()
    async with transaction(play.world.engine) as tx:
        until = await clock.now(tx) + timedelta(minutes=2)
    await play.do(
        "UPDATE senders SET status = 'parked', recheck_at = :until WHERE channel = 'voice'",
        until=until,
    )
    await play.world.tick(play.ctx)


async def _sender_back(play: Play) -> None:
    await play.wait(timedelta(minutes=3))
    await keep_calendar(play.ctx)


async def _no_sender(play: Play) -> None:
    steps = [{"channel": "voice", "from": ["+12025550199"]}]
    await play.begin(document={"steps": steps})
    await play.world.tick(play.ctx)


async def _new_sender(play: Play) -> None:
    async def register(tx: AsyncConnection) -> None:
        pace = Pace(emission=timedelta(0), burst=1, spent_until=None)
        new = Sender(
            id=uuid4(),
            channel=ChannelName.VOICE,
            provider="fake",
            address="+12025550199",
            simulated=True,
            pace=pace,
        )
        await senders.register(tx, new)
        await lifting.lift_everywhere(play.ctx, tx, Lifter.SENDER_BACK)

    await play.within(register)


async def _provider_down(play: Play) -> None:
    """As the gate leaves an attempt whose provider's breaker is open."""
    await play.begin()
    async with transaction(play.world.engine) as tx:
        later = await clock.now(tx) + timedelta(minutes=5)
    await play.do("UPDATE attempts SET moved_by = 'provider_down', due_at = :later", later=later)


async def _breaker_closed(play: Play) -> None:
    await play.within(lambda tx: lifting.lift_everywhere(play.ctx, tx, Lifter.BREAKER_CLOSED))


async def _template_missing(play: Play) -> None:
    await play.do("UPDATE documents SET body = body - 'content_sid' WHERE kind = 'template'")
    await play.begin(ChannelName.WHATSAPP)
    await play.world.tick(play.ctx)


async def _publish_template(play: Play) -> None:
    await play.edit("template", category="marketing")


async def _american_marketing(play: Play) -> None:
    await play.begin(ChannelName.WHATSAPP, document={"purpose": "marketing"})
    await play.world.tick(play.ctx)


async def _variable_missing(play: Play) -> None:
    await play.do(
        "UPDATE documents SET body = jsonb_set(body, '{variables,1}', '\"{{ first_name }}\"')"
        " WHERE kind = 'template'"
    )
    await play.begin(ChannelName.WHATSAPP)
    await play.do("UPDATE leads SET first_name = ''")
    await play.world.tick(play.ctx)


async def _line_busy(play: Play) -> None:
    await play.begin()
    other = await play.world.campaign("autumn")
    (attempt,) = await play.world.leads(other, 1, phones=[PHONE])
    await play.do("UPDATE attempts SET state = 'started' WHERE id = :id", id=attempt)
    await play.do("INSERT INTO lines VALUES ('voice', :phone, :id)", phone=PHONE, id=attempt)
    await play.world.tick(play.ctx)


async def _line_free(play: Play) -> None:
    await play.do("UPDATE attempts SET state = 'ended' WHERE state = 'started'")
    await play.do("DELETE FROM lines")
    await play.wait_until_due()


async def _lead_closed(play: Play) -> None:
    await play.begin()
    await _earlier(play, "wrong_person")
    await play.do("UPDATE leads SET status = 'wrong_number'")
    await play.world.tick(play.ctx)


async def _correct(play: Play) -> None:
    ((attempt,),) = await play.world.rows("SELECT id FROM attempts WHERE n = 1")
    correction = Correction(outcome=Outcome.NO_ANSWER)
    await play.within(
        lambda tx: correct_outcome(play.ctx, tx, attempt, correction, OPERATOR)  # type: ignore[arg-type]
    )
    await play.wait_until_due()


async def _not_placed(play: Play) -> None:
    await play.begin()
    await play.do("DELETE FROM attempts")
    await _earlier(play, "not_placed")
    await play.do("UPDATE attempts SET undecided = true")
    await follow_up.decide_left_over(play.ctx)


async def _daypart(play: Play) -> None:
    rule = {
        "id": "again",
        "when": {"outcome": "no_answer"},
        "then": {"retry": {"after": ["PT10M"], "spread": "different_daypart"}},
    }
    await play.begin(document={"rules": [rule]})
    await play.do("DELETE FROM attempts")
    await _earlier(play, "no_answer")
    await play.do("UPDATE attempts SET undecided = true")
    await follow_up.decide_left_over(play.ctx)


async def _digits() -> AsyncIterator[bytes]:
    yield f"{PHONE[1:]}\n".encode()


async def _listed(play: Play) -> None:
    await play.begin(document={"purpose": "survey"})
    await play.do("UPDATE consents SET basis = 'express'")
    new = NewList(name="national", country="US", source="list.csv", replace=False)
    await play.within(lambda tx: import_list(play.ctx, tx, new, _digits(), OPERATOR))
    await play.world.tick(play.ctx)


async def _drop_list(play: Play) -> None:
    await play.within(lambda tx: drop_list(play.ctx, tx, "national", OPERATOR))


async def _worked_elsewhere(play: Play) -> None:
    """Another campaign has called them once and goes on with them."""
    await play.begin(document={"overlap": "one_at_a_time"})
    autumn = await play.world.campaign("autumn")
    (made,) = await play.world.leads(autumn, 1, phones=[PHONE])
    await play.do(
        "UPDATE attempts SET state = 'ended', outcome = 'no_answer', starting_at = created_at,"
        " ended_at = created_at WHERE id = :id",
        id=made,
    )
    await play.do("UPDATE leads SET work = 'waiting' WHERE campaign_id = :id", id=autumn)
    await play.world.tick(play.ctx)


async def _done_elsewhere(play: Play) -> None:
    await play.do("UPDATE leads SET work = 'ended' WHERE campaign_id <> :id", id=play.campaign)
    await play.wait_until_due()


@dataclass(slots=True)
class Oracle:
    """Answers about numbers as it is told to."""

    verdict: Verdict | None

    async def ask(self, phone: str) -> Verdict:
        if self.verdict is None:
            raise Unanswered("away")
        return self.verdict

    async def close(self) -> None: ...


async def _asked(play: Play, verdict: Verdict | None) -> None:
    holds, within = timedelta(minutes=30), timedelta(seconds=2)
    asker = Oracle(verdict)
    play.ctx = replace(play.ctx, pre_dial=PreDial(asker=asker, valid_for=holds, within=within))
    await play.begin()
    await play.world.tick(play.ctx)


async def _unanswered(play: Play) -> None:
    await _asked(play, None)


async def _refused(play: Play) -> None:
    await _asked(play, Verdict(allowed=False, reason="line_premium"))


async def _says_yes(play: Play) -> None:
    assert play.ctx.pre_dial is not None
    yes = Oracle(Verdict(allowed=True, reason="line_mobile"))
    play.ctx = replace(play.ctx, pre_dial=replace(play.ctx.pre_dial, asker=yes))


async def _answers_at_last(play: Play) -> None:
    await _says_yes(play)
    await play.wait_until_due()


async def _is_asked_the_next_day(play: Play) -> None:
    await _says_yes(play)
    await play.wait(timedelta(days=1, minutes=5))


CASES: Mapping[Reason, Case] = {
    Reason.OPERATOR_STOP: Case(_operator_stop, _resume_all),
    Reason.CAMPAIGN_NOT_RUNNING: Case(_paused, _resume),
    Reason.CAMPAIGN_ENDED: Case(_campaign_ended, _edit),
    Reason.NOT_STARTED_YET: Case(_not_started, _wait_until_due),
    Reason.HUMAN_OWNS: Case(_human_owns, _give_back),
    Reason.SUPPRESSED: Case(_suppressed, _lift_suppression),
    Reason.DO_NOT_CONTACT: Case(_suppressed_by_hand, _lift_suppression),
    Reason.NO_CONSENT: Case(_no_consent, _grant),
    Reason.CONSENT_REVOKED: Case(_consent_revoked, _grant),
    Reason.NO_CONTACT_POINT: Case(_no_point, _give_number),
    Reason.INVALID_NUMBER: Case(_bad_number, _mend),
    Reason.NO_TIMEZONE: Case(_no_zone, _give_zone),
    Reason.NO_WINDOW: Case(_no_window, _edit),
    Reason.OUTSIDE_WINDOW: Case(_at_night, _wait_until_due),
    Reason.NOT_BEFORE: Case(_not_before, _wait_until_due),
    Reason.CAP_REACHED: Case(_cap_reached, _wait_until_due),
    Reason.RESTING: Case(_resting, _wait_until_due),
    Reason.BUDGET: Case(_budget, _raise_budget),
    Reason.DAILY_BUDGET: Case(_daily_budget, _wait_until_due),
    Reason.SENDER_BUSY: Case(_sender_busy, _sender_free),
    Reason.SENDER_DAILY_CAP: Case(_sender_daily_cap, _wait_until_due),
    Reason.SENDER_PAUSED: Case(_sender_parked, _sender_back),
    Reason.NO_SENDER: Case(_no_sender, _new_sender),
    Reason.PROVIDER_DOWN: Case(_provider_down, _breaker_closed),
    Reason.TEMPLATE_NOT_APPROVED: Case(_template_missing, _publish_template),
    Reason.US_WHATSAPP_MARKETING: Case(_american_marketing, _edit),
    Reason.MISSING_VARIABLE: Case(_variable_missing, _publish_template),
    Reason.LINE_BUSY: Case(_line_busy, _line_free),
    Reason.LEAD_CLOSED: Case(_lead_closed, _correct),
    Reason.NOT_PLACED: Case(_not_placed, _wait_until_due),
    Reason.DAYPART: Case(_daypart, _wait_until_due),
    Reason.DO_NOT_CALL_LIST: Case(_listed, _drop_list),
    Reason.WORKED_ELSEWHERE: Case(_worked_elsewhere, _done_elsewhere),
    Reason.PRE_DIAL_UNANSWERED: Case(_unanswered, _answers_at_last),
    Reason.PRE_DIAL_REFUSED: Case(_refused, _is_asked_the_next_day),
}


def test_each_reason_is_lifted_in_a_case_of_its_own() -> None:
    assert set(CASES) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
async def test_who_was_kept_waiting_is_contacted_when_it_is_lifted(
    play: Play, reason: Reason
) -> None:
    case = CASES[reason]
    await case.happens(play)
    assert await play.reason() == reason
    await play.go_on()
    before = play.contacts

    await case.lifted(play)
    await play.go_on()

    assert play.contacts == before + 1


async def test_who_opted_out_themselves_is_not_taken_off_the_list_without_a_consent(
    play: Play,
) -> None:
    await play.begin()
    reach = Reach(source="cli", reason=Outcome.OPTED_OUT, by=OPERATOR)

    async def suppress(tx: AsyncConnection) -> None:
        await suppress_point(play.ctx, tx, "phone", PHONE, reach, await clock.now(tx))

    await play.within(suppress)
    with pytest.raises(Rejected, match="no consent since"):
        await play.within(lambda tx: unsuppress_point(play.ctx, tx, "phone", PHONE, OPERATOR))

    await _grant(play)
    await _lift_suppression(play)
    await play.go_on()
    assert play.contacts == 1


async def test_lifting_what_is_on_no_list_changes_nothing(play: Play) -> None:
    await play.begin()

    async with transaction(play.world.engine) as tx:
        assert not await unsuppress_point(play.ctx, tx, "phone", PHONE, OPERATOR)

    assert await play.world.rows("SELECT 1 FROM events WHERE kind = 'person.unsuppressed'") == []


async def test_a_completed_campaign_goes_on_when_its_last_block_is_lifted(play: Play) -> None:
    await _no_consent(play)
    await keep_calendar(play.ctx)
    assert await play.world.rows("SELECT status FROM campaigns") == [("completed",)]

    await _grant(play)
    await play.go_on()

    assert play.contacts == 1


async def test_a_job_that_lifts_goes_through_all_batches_and_may_run_twice(play: Play) -> None:
    campaign = await play.world.campaign("spring")
    await play.world.leads(campaign, 25)
    await play.do("DELETE FROM attempts")
    await play.do("UPDATE leads SET work = 'blocked', work_reason = 'budget'")
    ctx = play.world.context(limits=replace(play.world.limits, unblock_batch=10))

    ids = {"campaign_id": str(campaign), "lifter": Lifter.CAMPAIGN_EDITED.value}
    assert await lifting.lift_in_batches(ctx, **ids) == 25
    assert await lifting.lift_in_batches(ctx, **ids) == 0
