"""What calls, chats and readings cost is written with the attempt, once, whatever comes back."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.model import Answer, Usage
from orchestrator.engine import call_reading, replies
from orchestrator.engine.counts import Counted, Counts
from orchestrator.engine.intake import Intake
from orchestrator.engine.journal import CallJournal
from outreach.call_delivery import CallDelivery
from outreach.prices import Used
from outreach.reports import CallDelivered, Delivery
from outreach.speech import Speaker, Turn
from tests.orchestrator.engine.returning import World, build, build_again, call, status, written
from tests.outreach.test_prices import PRICES

TALKED = Used(heard_ms=30_000, spoken_characters=800, input_tokens=5_000, output_tokens=500)
TALK_MICROS = 1_500 + 12_000 + 2_000 + 800
UNANSWERED = ("initiated", "ringing", "no-answer")
ANSWERED = ("ringing", "in-progress", "completed")


def priced(world: World) -> World:
    return replace(world, ctx=replace(world.ctx, prices=PRICES, counts=Counts()))


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return priced(await build(engine, tmp_path))


async def cost(world: World) -> tuple[Any, ...]:
    return tuple(await world.one("SELECT cost_micros, cost_currency FROM attempts WHERE n = 1"))


async def test_a_call_costs_the_same_however_often_and_in_whatever_order_it_is_reported(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    found = set()
    for order in permutations((*ANSWERED, "closed")):
        world = priced(await build_again(engine, tmp_path))
        attempt = await world.attempt(await world.lead())
        again = [one for one in reversed(order) if one != "closed"]
        for number, word in enumerate([*order, *again]):
            await tell(world, attempt, word, key=f"{number}")
        found.add(await cost(world))
        assert world.ctx.counts.of(Counted.COST) == {"USD": 28_000 + TALK_MICROS}

    assert found == {(28_000 + TALK_MICROS, "USD")}


async def tell(world: World, attempt: UUID, word: str, key: str | None = None) -> None:
    if word == "closed":
        await world.run(
            "INSERT INTO calls (id, attempt_id, direction, from_phone, to_phone, created_at)"
            " SELECT id, id, 'outbound', '', phone, due_at FROM attempts ON CONFLICT DO NOTHING"
        )
        journal = CallJournal(ctx=world.ctx, call_id=attempt)
        await journal.used(TALKED)
        await journal.closed(ended_by="person", recording=None)
    else:
        seconds = 61 if word == "completed" else None
        await world.receive(call(attempt, word, duration_s=seconds), key=key)


@pytest.mark.parametrize("together", [True, False])
async def test_a_call_that_nobody_answers_is_known_to_cost_nothing(
    world: World, together: bool
) -> None:
    attempt = await world.attempt(await world.lead())
    intake = Intake(world.ctx)
    for word in UNANSWERED:
        if together:
            await intake.receive(Delivery(source="t", key=word, report=call(attempt, word)))
        else:
            await world.receive(call(attempt, word))

    assert await cost(world) == (0, "USD")
    charges = (await world.one("SELECT charges FROM attempts WHERE n = 1")).charges
    assert charges == {"carrier": {"used": {}, "micros": 0, "currency": "USD"}}


async def test_a_late_word_that_it_was_answered_after_all_is_charged(world: World) -> None:
    attempt = await world.attempt(await world.lead())

    await world.receive(call(attempt, "no-answer"))
    await world.receive(call(attempt, "completed", duration_s=20))

    assert await cost(world) == (14_000, "USD")


async def test_without_prices_no_cost_is_known_and_the_usage_is_kept(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    world = await build(engine, tmp_path)
    attempt = await world.attempt(await world.lead())

    await world.receive(call(attempt, "completed", duration_s=20))

    assert await cost(world) == (None, None)
    charges = (await world.one("SELECT charges FROM attempts WHERE n = 1")).charges
    assert charges["carrier"]["used"] == {"call_s": 20}


async def test_a_platform_tells_the_price_of_its_call_and_our_reading_is_added(
    world: World,
) -> None:
    await world.run("UPDATE senders SET provider = 'hosted:acme' WHERE channel = 'voice'")
    attempt = await world.attempt(await world.lead())
    world.model.reading = {"outcome": "talked"}
    world = replace(world, ctx=replace(world.ctx, model=Counting(world.model)))
    said = [
        {"speaker": "agent", "text": "Hello, this is Ada."},
        {"speaker": "person", "text": "Tell me more about it some other time, would you please."},
    ]
    parts: Sequence[dict[str, object]] = (
        {"cost": {"amount": "0.35", "currency": "USD"}},
        {"transcript": said, "status": "completed", "duration_s": 95},
    )
    for number, part in enumerate([*parts, *reversed(parts)]):
        delivery = CallDelivery.model_validate({"attempt_id": attempt, **part})
        await world.receive(CallDelivered(source="acme", call=delivery), key=f"{number}")
    await call_reading.read_call(world.ctx, str(attempt))

    assert await cost(world) == (350_000 + 2_000, "USD"), "and no minute of ours"


class Counting:
    """A model whose answers cost something."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def answer(self, messages: Any, tools: Any = ()) -> Answer:
        found = await self.inner.answer(messages, tools)
        return replace(found, usage=Usage(input_tokens=5_000))

    async def fill(self, messages: Any, schema: Any, name: str) -> Any:
        filled, _ = await self.inner.fill(messages, schema, name)
        return filled, Usage(input_tokens=5_000)

    async def close(self) -> None:
        """Nothing to give back."""


async def test_a_call_is_read_once_and_its_tokens_are_charged_once(world: World) -> None:
    attempt = await world.attempt(await world.lead())
    await tell(world, attempt, "completed")
    journal = CallJournal(ctx=world.ctx, call_id=attempt)
    words = "Tell me more about it some other time, would you please."
    await journal.turn(Turn(number=1, speaker=Speaker.PERSON, text=words))
    await tell(world, attempt, "closed")
    world.model.reading = {"outcome": "talked"}
    ctx = replace(world.ctx, model=Counting(world.model))

    await call_reading.read_call(ctx, str(attempt))
    await call_reading.read_call(ctx, str(attempt))

    assert await cost(world) == (28_000 + TALK_MICROS + 2_000, "USD")


@pytest.mark.parametrize("order", list(permutations(("sent", "delivered", "read"))))
async def test_a_message_is_charged_once_however_its_way_is_reported(
    world: World, order: tuple[str, ...]
) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")

    for number, word in enumerate((*order, *reversed(order))):
        await world.receive(status(attempt, word), key=f"{number}")

    assert await cost(world) == (9_000, "USD")


async def test_a_message_that_never_left_is_known_to_cost_nothing(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")

    await world.receive(status(attempt, "undelivered", "63016"))

    assert await cost(world) == (0, "USD")


async def test_what_the_agent_thinks_in_a_chat_is_charged_to_its_opening(world: World) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("What does it cost?"))
    ctx = replace(world.ctx, model=Counting(world.model))
    await world.move_clock(ctx.limits.settle)

    assert await replies.answer_due(ctx) == 1

    assert await cost(world) == (9_000 + 2_000, "USD")


@pytest.mark.parametrize(("words", "more"), [(("sent", "delivered"), 9_000), (("failed",), 0)])
async def test_a_word_of_the_chat_is_charged_to_its_opening_if_it_was_sent(
    world: World, words: tuple[str, ...], more: int
) -> None:
    attempt = await world.attempt(await world.lead(), "started", "whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written("What does it cost?"))
    await world.move_clock(world.ctx.limits.settle)
    assert await replies.answer_due(world.ctx) == 1
    reply = (await world.one("SELECT id FROM messages WHERE answers_id IS NOT NULL")).id

    for number, word in enumerate([*words, *reversed(words)]):
        told = replace(status(reply, word), provider_ref="SM2")
        await world.receive(told, key=f"reply-{number}")

    assert await cost(world) == (9_000 + more, "USD")
