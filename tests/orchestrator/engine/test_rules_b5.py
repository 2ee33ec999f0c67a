"""The rules of the product's example, each played to its end, with a clock that jumps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.base import CallOrder, MessageOrder
from orchestrator.engine import (
    call_reading,
    chat_reading,
    media,
    replies,
    sending,
    silence,
    way_back,
)
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.journal import CallJournal
from orchestrator.engine.tick import Ticker
from outreach.outcome import AnsweredBy
from outreach.reports import CallReported, MessageReported
from outreach.speech import Speaker, Turn
from storage import clock, processes
from storage.database import transaction
from storage.processes import Process
from tests.orchestrator.engine.returning import TUESDAY, World, build, written
from tests.orchestrator.engine.test_readings import reading
from tests.orchestrator.engine.world import TEMPLATE, document
from tests.outreach.campaigns import RULES_WITHOUT_SCORE

NEW_YORK = ZoneInfo("America/New_York")
VOICE = {"channel": "voice"}
CHAT = {"channel": "whatsapp", "template": "intro"}


@dataclass(slots=True)
class Story:
    """One lead of one campaign, its providers and its clock."""

    world: World
    lead: UUID = field(default_factory=uuid4)

    async def begin(self, *steps: dict[str, str]) -> None:
        """A lead with consent, its first step due at nine in New York."""
        world = self.world
        campaign = await world.campaign("b5", rules=RULES_WITHOUT_SCORE, steps=list(steps))
        self.lead = await world.lead(campaign=campaign)
        await self.consent()
        await world.run("UPDATE leads SET owner = 'ann'")
        await world.attempt(self.lead, "planned", steps[0]["channel"])
        await world.run("UPDATE leads SET work = 'planned'")

    async def consent(self) -> None:
        await self.world.run(
            "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source,"
            " recorded_at, recorded_by) SELECT gen_random_uuid(), id, 'granted', 'any', 'any',"
            " 'express_written', 'test', :now, 'test' FROM contacts",
            now=TUESDAY,
        )

    async def made(self) -> CallOrder | MessageOrder:
        """Jump to the next planned attempt, and the order that its provider gets."""
        world = self.world
        before = len(world.voice.taken) + len(world.chat.taken)
        # Pace counts in real time, which a test does not wait for.
        await world.run("UPDATE campaigns SET tat = NULL")
        await world.run("UPDATE senders SET tat = NULL")
        due = await world.one("SELECT due_at FROM attempts WHERE state = 'planned'")
        async with transaction(world.engine) as tx:
            if due.due_at > await clock.now(tx):
                await clock.move(tx, due.due_at)
        ticker = Ticker(world.ctx, Dispatcher(world.ctx, way_back.AFTERMATH))
        await ticker.tick()
        await ticker.idle()
        taken = [*world.voice.taken, *world.chat.taken]
        assert len(taken) == before + 1
        current = await self.current()
        (order,) = [one.order for one in taken if _attempt_of(one.order) == current]
        return order

    async def current(self) -> UUID:
        row = await self.world.one(
            "SELECT id FROM attempts WHERE lead_id = :lead ORDER BY n DESC LIMIT 1", lead=self.lead
        )
        id: UUID = row.id
        return id

    async def call_ends(self, status: str, **facts: Any) -> None:
        attempt = await self.current()
        ref = await self.world.one("SELECT provider_ref FROM attempts WHERE id = :id", id=attempt)
        await self.world.receive(
            CallReported(attempt_id=attempt, provider_ref=ref.provider_ref, status=status, **facts)
        )

    async def message_is(self, status: str) -> None:
        attempt = await self.current()
        ref = await self.world.one("SELECT provider_ref FROM attempts WHERE id = :id", id=attempt)
        await self.world.receive(
            MessageReported(message_id=attempt, provider_ref=ref.provider_ref, status=status)
        )

    async def talk(
        self, *said: str, heard: AnsweredBy = AnsweredBy.HUMAN, seconds: int = 20
    ) -> None:
        """The call is answered, these words are heard, and it is over; then it is read."""
        attempt, ctx = await self.current(), self.world.ctx
        ref = await self.world.one("SELECT provider_ref FROM attempts WHERE id = :id", id=attempt)
        connect = await media.answer_call(ctx, attempt, ref.provider_ref)
        assert isinstance(connect, media.Connect)
        assert await media.open_media(ctx, connect.token, ref.provider_ref) is not None
        journal = CallJournal(ctx=ctx, call_id=attempt)
        for number, words in enumerate(said):
            await journal.turn(Turn(number=number, speaker=Speaker.PERSON, text=words))
        await journal.heard(heard, "first words")
        await self.call_ends("completed", duration_s=seconds)
        await journal.closed(ended_by="person", recording=None)
        await call_reading.read_call(ctx, str(attempt))

    async def chat(self, words: str) -> None:
        """They answer the message, the agent says something, and the pause is read."""
        world = self.world
        await world.receive(written(words, f"SM{uuid4().hex}"))
        await world.move_clock(timedelta(seconds=9))
        await replies.answer_due(world.ctx)
        await sending.send_composed(world.ctx)
        await world.move_clock(timedelta(minutes=31))
        await chat_reading.start_due(world.ctx)
        for _, ids in world.jobs.deferred:
            if "conversation_id" in ids:
                await chat_reading.read_conversation(world.ctx, ids["conversation_id"])

    async def planned(self) -> tuple[str, str, datetime] | None:
        """Channel, rule and hour (in New York) of what is planned."""
        rows = await self.world.run(
            "SELECT channel, rule_id, due_at FROM attempts"
            " WHERE state = 'planned' AND lead_id = :lead",
            lead=self.lead,
        )
        if not rows:
            return None
        return rows[0].channel, rows[0].rule_id, rows[0].due_at.astimezone(NEW_YORK)

    async def stands(self) -> tuple[str, str]:
        row = await self.world.one("SELECT status, work FROM leads WHERE id = :l", l=self.lead)
        return row.status, row.work

    async def now(self) -> datetime:
        return (await self.world.now()).astimezone(NEW_YORK)


def _attempt_of(order: CallOrder | MessageOrder) -> UUID:
    return order.attempt_id if isinstance(order, CallOrder) else order.message_id


@pytest.fixture
async def story(engine: AsyncEngine, tmp_path: Path) -> Story:
    world = await build(engine, tmp_path)
    async with transaction(engine) as tx:
        await processes.beat(tx, Process(id=uuid4(), roles=["voice"], voice_slots=10))
        await document(tx, "template", "intro", TEMPLATE)

    async def business_time() -> datetime:
        return await world.now()

    world.chat.clock = business_time
    world.model.reading = reading("talked", None, None)
    return Story(world)


async def rings_out(story: Story, words: Sequence[str]) -> list[datetime]:
    """Each call rings out so; returns when they were made, in New York."""
    made = []
    for word in words:
        assert isinstance(await story.made(), CallOrder)
        made.append(await story.now())
        await story.call_ends(word)
    return made


async def test_noans_three_more_calls_at_other_parts_of_the_day_then_unreachable(
    story: Story,
) -> None:
    await story.begin(VOICE, CHAT)

    first, second, third, fourth = await rings_out(
        story, ["no-answer", "busy", "no-answer", "no-answer"]
    )

    assert (first.hour, second.hour >= 12) == (9, True)
    assert third - second >= timedelta(hours=20)
    assert fourth - third >= timedelta(days=1, hours=12)
    assert all(8 <= at.hour < 21 for at in (first, second, third, fourth))
    assert await story.planned() is None
    assert await story.stands() == ("unreachable", "ended")


async def test_noans_does_not_speak_of_messages_and_the_next_step_is_tried(story: Story) -> None:
    await story.begin(CHAT, VOICE)
    assert isinstance(await story.made(), MessageOrder)

    await story.message_is("undelivered")

    assert (await story.planned() or ())[:2] == ("voice", None)
    assert isinstance(await story.made(), CallOrder)


async def test_vm_two_more_calls_then_a_template_on_whatsapp(story: Story) -> None:
    await story.begin(VOICE, CHAT)

    days = []
    for _ in range(3):
        assert isinstance(await story.made(), CallOrder)
        days.append((await story.now()).date())
        await story.talk("Please leave a message.", heard=AnsweredBy.VOICEMAIL)

    assert days[1] - days[0] == days[2] - days[1] == timedelta(days=1)
    assert (await story.planned() or ())[:2] == ("whatsapp", "vm")
    assert isinstance(await story.made(), MessageOrder)


async def test_hang_one_more_call_after_two_days_then_the_next_step(story: Story) -> None:
    await story.begin(VOICE, CHAT)

    assert isinstance(await story.made(), CallOrder)
    first = await story.now()
    await story.talk("Hello?", seconds=2)
    assert isinstance(await story.made(), CallOrder)
    assert await story.now() - first >= timedelta(days=2)
    await story.talk("Hello?", seconds=2)

    assert (await story.planned() or ())[:2] == ("whatsapp", None)


async def test_cb_on_the_phone_rings_at_the_hour_they_named(story: Story) -> None:
    await story.begin(VOICE, CHAT)
    assert isinstance(await story.made(), CallOrder)
    story.world.model.reading = reading(
        "callback_requested", 1, "tomorrow at three", callback_at="2031-03-05T15:00:00"
    )

    await story.talk("Hello?", "Not now, please call me tomorrow at three.")

    channel, rule, at = await story.planned() or ("", "", TUESDAY)
    assert (channel, rule, at.isoformat()) == ("voice", "cb", "2031-03-05T15:00:00-05:00")
    assert await story.stands() == ("callback", "planned")
    assert isinstance(await story.made(), CallOrder)


async def test_cb_in_a_chat_rings_at_the_hour_they_named(story: Story) -> None:
    await story.begin(CHAT, VOICE)
    assert isinstance(await story.made(), MessageOrder)
    await story.message_is("delivered")
    story.world.model.reading = reading(
        "callback_requested", 1, "tomorrow at three", callback_at="2031-03-05T15:00:00"
    )

    await story.chat("Not now, please call me tomorrow at three.")

    channel, rule, at = await story.planned() or ("", "", TUESDAY)
    assert (channel, rule, at.isoformat()) == ("voice", "cb", "2031-03-05T15:00:00-05:00")
    assert isinstance(await story.made(), CallOrder)


async def hot(story: Story) -> None:
    tasks = await story.world.run("SELECT kind, body, assignee FROM tasks ORDER BY kind")
    assert [(task.kind, task.assignee) for task in tasks] == [
        ("follow_up", "ann"),
        ("notify", "ann"),
    ]
    assert tasks[0].body == "call within 1 h"
    assert await story.stands() == ("engaged", "ended")
    assert await story.planned() is None


async def test_hot_on_the_phone_is_given_to_the_owner(story: Story) -> None:
    await story.begin(VOICE, CHAT)
    await story.made()
    story.world.model.reading = reading("interested", 1, "I would love a demo", interested=True)

    await story.talk("Hello?", "Yes, I would love a demo of it.")

    await hot(story)


async def test_hot_in_a_chat_is_given_to_the_owner(story: Story) -> None:
    await story.begin(CHAT, VOICE)
    await story.made()
    await story.message_is("delivered")
    story.world.model.reading = reading("interested", 1, "I would love a demo", interested=True)

    await story.chat("Yes, I would love a demo of it.")

    await hot(story)


async def test_norep_a_message_that_stays_unanswered_is_followed_by_a_call(story: Story) -> None:
    await story.begin(CHAT, VOICE)
    await story.made()
    sent = await story.now()
    await story.message_is("delivered")
    assert await story.stands() == ("attempting", "waiting")

    await story.world.move_clock(timedelta(days=1, hours=23))
    assert await silence.count_silence(story.world.ctx) == 0
    await story.world.move_clock(timedelta(hours=2))
    assert await silence.count_silence(story.world.ctx) == 1

    assert (await story.planned() or ())[:2] == ("voice", "norep")
    assert isinstance(await story.made(), CallOrder)
    assert await story.now() - sent >= timedelta(days=2)


async def test_norep_is_not_asked_of_calls(story: Story) -> None:
    await story.begin(VOICE, CHAT)
    await story.made()
    story.world.model.reading = reading("talked", None, None)
    await story.talk("Hello?", "I am listening, but I cannot say anything yet.")

    await story.world.move_clock(timedelta(days=3))

    assert await silence.count_silence(story.world.ctx) == 0


async def opted_out(story: Story, other: UUID) -> None:
    assert len(await story.world.run("SELECT FROM suppressions WHERE scope = 'all'")) == 1
    assert await story.world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    rows = await story.world.run("SELECT status, work FROM leads")
    assert {tuple(row) for row in rows} == {("unsubscribed", "ended")}
    row = await story.world.one("SELECT state FROM attempts WHERE lead_id = :l", l=other)
    assert row.state == "cancelled"


async def elsewhere(story: Story, channel: str) -> UUID:
    """The same person in another campaign, with something planned there."""
    contact = (await story.world.one("SELECT contact_id FROM leads")).contact_id
    other = await story.world.lead(contact=contact)
    await story.world.attempt(other, "planned", channel, due_at=TUESDAY + timedelta(days=9))
    return other


async def test_out_on_the_phone_cancels_everything_everywhere(story: Story) -> None:
    await story.begin(VOICE, CHAT)
    await story.made()
    other = await elsewhere(story, "whatsapp")

    await story.talk("Hello?", "Please take me off your list and never call again.")

    await opted_out(story, other)


async def test_out_in_a_chat_cancels_everything_everywhere(story: Story) -> None:
    await story.begin(CHAT, VOICE)
    await story.made()
    await story.message_is("delivered")
    other = await elsewhere(story, "voice")

    await story.world.receive(written("STOP", "SM77"))

    await opted_out(story, other)


@pytest.mark.parametrize(
    ("steps", "word", "follows"),
    [((VOICE, CHAT), "busy", "whatsapp"), ((CHAT, VOICE), "undelivered", "voice")],
)
async def test_this_channel_is_closed_and_the_campaign_goes_on_by_the_other(
    story: Story, steps: tuple[dict[str, str], ...], word: str, follows: str
) -> None:
    world, first = story.world, steps[0]["channel"]
    rule = {
        "id": "never-here",
        "when": {"outcome": ["busy", "undelivered"]},
        "then": {"suppress": "this_channel"},
    }
    campaign = await world.campaign("closing", rules=[rule], steps=list(steps))
    story.lead = await world.lead(campaign=campaign)
    await story.consent()
    await world.attempt(story.lead, "planned", first)
    await story.made()

    await (story.call_ends(word) if first == "voice" else story.message_is(word))

    suppressed = await world.one("SELECT scope, kind FROM suppressions")
    assert tuple(suppressed) == (first, "phone")
    assert (await story.planned() or ())[:2] == (follows, None)
    assert isinstance(await story.made(), CallOrder if follows == "voice" else MessageOrder)


@pytest.mark.parametrize(("quality", "rule_id"), [(60, "worth-it"), (59, None), (None, None)])
async def test_a_rule_may_ask_for_the_quality_of_a_lead(
    story: Story, quality: int | None, rule_id: str | None
) -> None:
    world = story.world
    rule = {
        "id": "worth-it",
        "when": {"outcome": ["no_answer"], "min_score": 60},
        "then": {"retry": {"after": ["PT5H"], "max": 2}},
    }
    campaign = await world.campaign("scored", rules=[rule], steps=[VOICE, CHAT])
    story.lead = await world.lead(campaign=campaign)
    await story.consent()
    await world.attempt(story.lead, "planned", "voice")
    await world.run(
        "INSERT INTO lead_qualities SELECT id, :quality, '{}' FROM leads", quality=quality
    )
    await story.made()

    await story.call_ends("no-answer")

    assert (await story.planned() or (None, None))[1] == rule_id
