"""A small world for tests of what comes back: senders, campaigns, people, and a scripted model."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agents.model import Answer, Message, ToolCall, ToolSpec, Usage
from channels.fake import FakeChannel
from orchestrator.engine import ingest
from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from outreach.reports import (
    CallReported,
    Delivery,
    MessageReceived,
    MessageReported,
    Report,
)
from storage import clock
from storage.database import transaction
from tests.law import RULEBOOK

TUESDAY = datetime(2031, 3, 4, 14, 0, tzinfo=UTC)
VOICE_SENDER = "+12025550100"
CHAT_SENDER = "+12025550101"

AGENT: dict[str, Any] = {
    "kind": "agent",
    "name": "ada",
    "title": "Ada",
    "persona": "You are Ada, friendly and brief.",
    "goal": "Find out whether a demo is welcome.",
    "opener": "Hello, this is Ada, an AI assistant. This call is recorded.",
    "extraction": [
        {"key": "interested", "type": "boolean", "meaning": "Do they want a demo?"},
        {"key": "callback_at", "type": "datetime", "meaning": "When to call again."},
    ],
}
CAMPAIGN: dict[str, Any] = {
    "kind": "campaign",
    "name": "spring",
    "title": "Spring demo",
    "goal": "Offer a demo.",
    "purpose": "service",
    "agent": "ada",
    "steps": [
        {"channel": "voice"},
        {"channel": "whatsapp", "template": "intro"},
    ],
    "rules": [
        {
            "id": "out",
            "when": {"outcome": "opted_out"},
            "then": {"suppress": "all_channels", "cancel_all": True},
        },
        {
            "id": "cb",
            "when": {"outcome": "callback_requested"},
            "then": {"schedule_at": "callback_at", "priority": "high"},
        },
        {
            "id": "noans",
            "when": {"outcome": ["no_answer", "busy"]},
            "then": {"retry": {"after": ["PT2H"], "max": 3}},
        },
        {
            "id": "norep",
            "when": {"no_reply_for": "P2D", "channel": "whatsapp"},
            "then": {"channel": "voice"},
        },
    ],
}


@dataclass(slots=True)
class Jobs:
    """Side work that is only written down; a test does it when it wants to."""

    deferred: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        self.deferred.append((task, dict(ids)))


@dataclass(slots=True)
class ScriptedModel:
    """Says and reads what the test told it to."""

    answers: list[Answer] = field(default_factory=list)
    reading: Mapping[str, object] = field(default_factory=dict)
    asked: list[Sequence[Message]] = field(default_factory=list)
    meanwhile: Any = None
    """Awaited while the model thinks."""

    async def answer(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Answer:
        self.asked.append(messages)
        if self.meanwhile is not None:
            todo, self.meanwhile = self.meanwhile, None
            await todo()
        return self.answers.pop(0) if self.answers else Answer(text="Happy to help.")

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        self.asked.append(messages)
        return self.reading, Usage(model="scripted")

    async def close(self) -> None:
        """Nothing to give back."""


def tool(name: str, **arguments: str) -> Answer:
    return Answer(text="", tool_calls=(ToolCall(id="1", name=name, arguments=arguments),))


@dataclass(slots=True)
class World:
    engine: AsyncEngine
    ctx: Context
    jobs: Jobs
    model: ScriptedModel
    chat: FakeChannel
    voice: FakeChannel
    campaign_id: UUID
    chat_sender: UUID
    voice_sender: UUID

    async def run(self, statement: str, **values: object) -> list[Any]:
        async with transaction(self.engine) as tx:
            result = await tx.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    async def one(self, statement: str, **values: object) -> Any:
        (row,) = await self.run(statement, **values)
        return row

    async def now(self) -> datetime:
        async with transaction(self.engine) as tx:
            return await clock.now(tx)

    async def move_clock(self, by: timedelta) -> None:
        async with transaction(self.engine) as tx:
            await clock.move(tx, await clock.now(tx) + by)

    async def campaign(self, name: str = "spring", **changes: object) -> UUID:
        """Publish and launch a campaign with these keys changed."""
        body = {**CAMPAIGN, "name": name, **changes}
        id_ = uuid4()
        await self.run(
            "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
            " VALUES ('campaign', :name, 1, cast(:body AS jsonb), :now, 'test')",
            name=name,
            body=json.dumps(body),
            now=TUESDAY,
        )
        await self.run(
            "INSERT INTO campaigns (id, name, title, version, agent_name, status, concurrency,"
            " created_at) VALUES (:id, :name, 'T', 1, 'ada', 'running', 10, :now)",
            id=id_,
            name=name,
            now=TUESDAY,
        )
        return id_

    async def contact(self, phone: str) -> UUID:
        id_ = uuid4()
        await self.run(
            "INSERT INTO contacts (id, source, created_at) VALUES (:id, 'csv', :now)",
            id=id_,
            now=TUESDAY,
        )
        for kind in ("phone", "whatsapp"):
            await self.run(
                "INSERT INTO contact_points (contact_id, kind, value, created_at)"
                " VALUES (:contact, :kind, :value, :now)",
                contact=id_,
                kind=kind,
                value=phone,
                now=TUESDAY,
            )
        return id_

    async def lead(
        self,
        phone: str = "+12025550123",
        *,
        contact: UUID | None = None,
        campaign: UUID | None = None,
    ) -> UUID:
        id_ = uuid4()
        await self.run(
            "INSERT INTO leads (id, campaign_id, contact_id, phone, whatsapp, first_name, zones,"
            " work, created_at, updated_at) VALUES (:id, :campaign, :contact, :phone, :phone,"
            " 'Sam', ARRAY['America/New_York'], 'in_flight', :now, :now)",
            id=id_,
            campaign=campaign or self.campaign_id,
            contact=contact or await self.contact(phone),
            phone=phone,
            now=TUESDAY,
        )
        return id_

    async def attempt(
        self, lead: UUID, state: str = "starting", channel: str = "voice", **columns: object
    ) -> UUID:
        """An attempt in that state; on WhatsApp with its conversation and message."""
        id_ = uuid4()
        values: dict[str, object] = {
            "state": state,
            "channel": channel,
            "due_at": await self.now(),
            "reason": "first_step",
            "sender_id": self.voice_sender if channel == "voice" else self.chat_sender,
            "starting_at": None if state == "planned" else await self.now(),
            "started_at": await self.now() if state == "started" else None,
            **columns,
        }
        names = ", ".join(values)
        await self.run(
            f"INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, phone, created_by,"
            f" created_at, {names}) SELECT :id, campaign_id, id, contact_id,"
            f" 1 + (SELECT count(*) FROM attempts WHERE lead_id = :lead), phone, 'engine',"
            f" :created, {', '.join(f':{name}' for name in values)} FROM leads WHERE id = :lead",
            id=id_,
            lead=lead,
            created=TUESDAY,
            **values,
        )
        if channel == "whatsapp" and state != "planned":
            await self._opening(id_, lead)
        return id_

    async def _opening(self, attempt: UUID, lead: UUID) -> None:
        talk = await self.one(
            "INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, created_at)"
            " SELECT :id, :sender, contact_id, whatsapp, id, :now FROM leads WHERE id = :lead"
            " ON CONFLICT (sender_id, phone) DO UPDATE SET lead_id = excluded.lead_id"
            " RETURNING id",
            id=uuid4(),
            sender=self.chat_sender,
            now=TUESDAY,
            lead=lead,
        )
        await self.run(
            "INSERT INTO messages (id, conversation_id, attempt_id, direction, author, kind, body,"
            " state, created_at) VALUES (:id, :talk, :id, 'out', 'agent', 'template',"
            " 'Hello Sam, may we show you something?', 'sending', :now)",
            id=attempt,
            talk=talk.id,
            now=await self.now(),
        )

    async def receive(self, report: Report, key: str | None = None) -> None:
        await ingest.receive(
            self.ctx, Delivery(source="test", key=key or repr(report), report=report)
        )


async def build(engine: AsyncEngine, recordings: Path) -> World:
    """A launched campaign with two numbers on a Tuesday, 9 o'clock in New York."""
    jobs, model, chat, voice = Jobs(), ScriptedModel(), FakeChannel(), FakeChannel()
    ctx = Context(
        database=engine,
        channels={ChannelName.WHATSAPP: chat, ChannelName.VOICE: voice},
        model=model,
        random_bytes=os.urandom,
        process_id=uuid4(),
        rulebook=RULEBOOK,
        side_work=jobs,
        recordings=recordings,
    )
    ids = {name: uuid4() for name in ("voice", "whatsapp")}
    world = World(engine, ctx, jobs, model, chat, voice, uuid4(), ids["whatsapp"], ids["voice"])
    async with transaction(engine) as tx:
        await clock.simulate(tx)
        await clock.move(tx, TUESDAY)
    for channel, address in (("voice", VOICE_SENDER), ("whatsapp", CHAT_SENDER)):
        await world.run(
            "INSERT INTO senders (id, channel, provider, address, simulated)"
            " VALUES (:id, :channel, 'twilio', :address, true)",
            id=ids[channel],
            channel=channel,
            address=address,
        )
    await world.run(
        "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
        " VALUES ('agent', 'ada', 1, cast(:body AS jsonb), :now, 'test')",
        body=json.dumps(AGENT),
        now=TUESDAY,
    )
    world.campaign_id = await world.campaign()
    return world


async def build_again(engine: AsyncEngine, tmp_path: Path) -> World:
    """A clean world on the same database."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "TRUNCATE campaigns, documents, senders, contacts, contact_points, consents, leads,"
            " attempts, events, inbox, suppressions CASCADE"
        )
        await connection.exec_driver_sql("UPDATE clock SET shift = '0'")
    return await build(engine, tmp_path)


def call(attempt: UUID, status: str, **facts: Any) -> CallReported:
    return CallReported(attempt_id=attempt, provider_ref="CA1", status=status, **facts)


def status(message: UUID, word: str, error_code: str | None = None) -> MessageReported:
    return MessageReported(
        message_id=message, provider_ref="SM1", status=word, error_code=error_code
    )


def written(body: str, ref: str = "SM9", **facts: Any) -> MessageReceived:
    return MessageReceived(
        provider_ref=ref,
        from_=facts.pop("from_", "+12025550123"),
        to=CHAT_SENDER,
        body=body,
        **facts,
    )
