"""An agent composes while a colleague writes: five hundred times, the colleague's word is last."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.model import Answer, Message, ToolSpec, Usage
from channels.base import MessageOrder, Order, ProviderRef
from channels.fake import FakeChannel
from orchestrator.engine import replies, sending
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.take_over import write
from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from storage.contention import patiently
from storage.database import transaction
from tests.orchestrator.engine.returning import TUESDAY, World, build

KIM = Actor(name="user:7", role=Role.REP)
AGENT_SAYS, KIM_SAYS = "The agent.", "Kim."
AT_ONCE, ROUNDS = 10, 50
POINTS = ("at once", "thinking", "thought", "leaving", "taken")
"""How far the agent is when Kim begins to write; a moment drawn by the seed comes on top."""
LONGEST_S = 0.02


@dataclass(slots=True)
class Race:
    """What the seed draws, and how far the agent has come with each person."""

    chance: random.Random
    reached: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    had_left: set[str] = field(default_factory=set)
    """Whose answer by the agent was under way, or there, when Kim's word was written down."""

    def at(self, phone: str, point: str) -> asyncio.Event:
        return self.reached.setdefault((phone, point), asyncio.Event())

    async def moment(self) -> None:
        await asyncio.sleep(self.chance.random() * LONGEST_S)


@dataclass(slots=True)
class SlowModel:
    """Thinks for a moment; the person's own words say who they are."""

    race: Race

    async def answer(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Answer:
        phone = messages[-1].content
        self.race.at(phone, "thinking").set()
        await self.race.moment()
        self.race.at(phone, "thought").set()
        return Answer(text=AGENT_SAYS)

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        raise AssertionError("nothing is read here")

    async def close(self) -> None:
        """Nothing to give back."""


@dataclass(slots=True, kw_only=True)
class SlowChannel(FakeChannel):
    """Takes an order after a moment, and answers after another one."""

    race: Race

    async def start(self, order: Order) -> ProviderRef:
        self.race.at(order.to, "leaving").set()
        await self.race.moment()
        ref = await FakeChannel.start(self, order)
        self.race.at(order.to, "taken").set()
        await self.race.moment()
        return ref


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    return await build(engine, tmp_path)


async def people(world: World, round_: int) -> dict[str, UUID]:
    """Ten people who have written, and are to be answered now; their conversations."""
    ids = {f"+1{200 + round_}55501{index:02}": uuid4() for index in range(AT_ONCE)}
    values = {"phones": list(ids), "ids": list(ids.values()), "now": TUESDAY}
    for statement in _PEOPLE:
        await world.run(
            f"WITH w AS (SELECT * FROM unnest(cast(:phones AS text[]), cast(:ids AS uuid[]))"
            f" AS w(phone, id)) {statement}",
            **values,
            sender=world.chat_sender,
            campaign=world.campaign_id,
        )
    return ids


_UNDER_WAY = (
    "SELECT count(*) FROM messages WHERE conversation_id = :id AND author = 'agent'"
    " AND state IN ('sending', 'unsure', 'sent')"
)
_PEOPLE = (
    "INSERT INTO contacts (id, source, created_at) SELECT id, 'csv', :now FROM w",
    "INSERT INTO contact_points (contact_id, kind, value, created_at)"
    " SELECT id, 'whatsapp', phone, :now FROM w",
    "INSERT INTO leads (id, campaign_id, contact_id, phone, whatsapp, first_name, zones, work,"
    " created_at, updated_at) SELECT id, :campaign, id, phone, phone, 'Sam',"
    " ARRAY['America/New_York'], 'waiting', :now, :now FROM w",
    "INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, last_inbound_id,"
    " last_inbound_at, window_expires_at, reply_due_at, created_at) SELECT id, :sender, id, phone,"
    " id, id, :now, :now + interval '1 day', :now, :now FROM w",
    "INSERT INTO messages (id, conversation_id, direction, author, kind, body, state, created_at)"
    " SELECT id, id, 'in', 'person', 'text', phone, 'received', :now FROM w",
)


async def play(world: World, talks: Mapping[str, UUID], race: Race) -> list[MessageOrder]:
    """Two processes answer and send while Kim writes to each; returns what the provider took."""
    channel = SlowChannel(race=race)
    ctx = replace(
        world.ctx,
        model=SlowModel(race),
        channels={**world.ctx.channels, ChannelName.WHATSAPP: channel},
    )
    other = replace(ctx, process_id=uuid4())
    done = asyncio.Event()

    async def keeps_sending(process: Context) -> None:
        while not done.is_set():
            await sending.send_composed(process)
            await race.moment()

    async def kim(phone: str, point: str) -> None:
        if point != POINTS[0]:
            await race.at(phone, point).wait()
        await race.moment()
        if await patiently(partial(kim_writes, talks[phone])):
            race.had_left.add(phone)

    async def kim_writes(talk: UUID) -> int:
        async with transaction(world.engine) as tx:
            await write(ctx, tx, talk, KIM_SAYS, KIM)
            # Kim holds the conversation: what is not under way by now must never be.
            return int((await tx.execute(text(_UNDER_WAY), {"id": talk})).scalar_one())

    senders = [asyncio.create_task(keeps_sending(one)) for one in (ctx, other)]
    await asyncio.gather(
        replies.answer_due(ctx),
        replies.answer_due(other),
        *(
            kim(phone, race.chance.choice(POINTS[1:] if index else POINTS[:1]))
            for index, phone in enumerate(talks)
        ),
    )
    done.set()
    await asyncio.gather(*senders)
    while await sending.send_composed(ctx):
        pass
    return [one.order for one in channel.taken if isinstance(one.order, MessageOrder)]


@pytest.mark.timeout(240)
async def test_the_agent_never_speaks_after_the_colleague_who_has_written(world: World) -> None:
    came_first = 0
    for seed in range(ROUNDS):
        talks, race = await people(world, seed), Race(random.Random(seed))

        taken = await play(world, talks, race)

        for phone in talks:
            said = [order.content.body for order in taken if order.to == phone]
            wanted = [AGENT_SAYS, KIM_SAYS] if phone in race.had_left else [KIM_SAYS]
            assert said == wanted, (seed, phone)
        came_first += len(race.had_left)
    # Both orders of events were really played.
    assert 0 < came_first < ROUNDS * AT_ONCE
    late = await world.run("SELECT state FROM messages WHERE state IN ('composed', 'sending')")
    assert late == []
