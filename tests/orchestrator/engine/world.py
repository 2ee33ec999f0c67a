"""A small world for the engine's tests: campaigns, people and a provider, at a legal hour."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from channels.base import Channel
from channels.fake import FakeChannel
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.limits import Limits
from orchestrator.engine.tick import Ticker
from outreach.channel import ChannelName
from outreach.ids import new_id
from outreach.reports import Delivery
from storage import attempts, clock, processes
from storage.attempts import NewAttempt, Priority
from storage.database import transaction
from storage.processes import Process
from tests.law import RULEBOOK

TUESDAY = datetime(2031, 3, 4, 15, 0, tzinfo=UTC)
"""Ten in the morning in New York."""
ZONE = "America/New_York"
VOICE_NUMBER = "+12025550100"
WHATSAPP_NUMBER = "+12025550101"


class Crash(BaseException):
    """The process died here: nothing in it runs any further."""


AREAS = (212, *(area for area in range(200, 1000) if area != 212))
"""New York comes first, which has no rule of its own beyond the federal ones."""


def person(index: int) -> str:
    """A number of nobody: NPA 555 01XX, eighty thousand of them."""
    return f"+1{AREAS[index // 100]}55501{index % 100:02}"


@dataclass(slots=True)
class Heard:
    """What the engine handed to the way back."""

    follow_ups: list[UUID] = field(default_factory=list)
    suppressed: list[UUID] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    async def follow_up(self, ctx: Context, tx: AsyncConnection, attempt_id: UUID) -> None:
        self.follow_ups.append(attempt_id)
        await tx.execute(
            text("UPDATE attempts SET undecided = false WHERE id = :id"), {"id": attempt_id}
        )

    async def suppress(
        self, ctx: Context, tx: AsyncConnection, attempt_id: UUID, reason: str
    ) -> None:
        self.suppressed.append(attempt_id)

    async def receive(self, ctx: Context, delivery: Delivery) -> None:
        self.deliveries.append(delivery)


@dataclass(slots=True)
class World:
    """One database with people in it, and the processes that work on it."""

    engine: AsyncEngine
    # The processes of this world beat once, when it begins; a slow machine must not silence them.
    limits: Limits = field(default_factory=partial(Limits, process_silence=timedelta(hours=1)))
    voice: FakeChannel = field(default_factory=FakeChannel)
    whatsapp: FakeChannel = field(default_factory=FakeChannel)
    heard: Heard = field(default_factory=Heard)
    people: int = 0

    @property
    def channels(self) -> dict[ChannelName, Channel]:
        return {ChannelName.VOICE: self.voice, ChannelName.WHATSAPP: self.whatsapp}

    @property
    def after(self) -> Aftermath:
        heard = self.heard
        return Aftermath(follow_up=heard.follow_up, suppress=heard.suppress, receive=heard.receive)

    def context(self, **changes: object) -> Context:
        """What one process works with; each call is another process."""
        ctx = Context(
            database=self.engine,
            channels=self.channels,
            model=None,
            random_bytes=secrets.token_bytes,
            process_id=uuid4(),
            rulebook=RULEBOOK,
            limits=self.limits,
            side_work=NoSideWork(),
            recordings=Path("unused"),
        )
        return replace(ctx, **changes)  # type: ignore[arg-type]

    def ticker(self, ctx: Context | None = None) -> Ticker:
        ctx = ctx or self.context()
        return Ticker(ctx, Dispatcher(ctx, self.after))

    async def tick(self, ctx: Context | None = None) -> int:
        """One tick of one process, until all that it started is durable."""
        ticker = self.ticker(ctx)
        claimed = await ticker.tick()
        await ticker.idle()
        return claimed

    async def begin(self) -> None:
        async with transaction(self.engine) as tx:
            await clock.simulate(tx)
            await clock.move(tx, TUESDAY)
            await processes.beat(tx, Process(id=uuid4(), roles=["voice"], voice_slots=10_000))
            await sender(tx, ChannelName.VOICE, VOICE_NUMBER)
            await sender(tx, ChannelName.WHATSAPP, WHATSAPP_NUMBER)
            await document(tx, "agent", "ada", AGENT)
            await document(tx, "template", "intro", TEMPLATE)

    async def campaign(self, name: str, **changes: object) -> UUID:
        """A running campaign; `changes` are columns of its row, `document` parts of it."""
        async with transaction(self.engine) as tx:
            return await campaign(tx, name, **changes)

    async def leads(
        self,
        campaign_id: UUID,
        count: int,
        *,
        channel: ChannelName = ChannelName.VOICE,
        due_at: datetime = TUESDAY,
        phones: Sequence[str] | None = None,
        priority: Priority = Priority.NORMAL,
    ) -> list[UUID]:
        """People with consent and a planned attempt each; returns the attempts."""
        async with transaction(self.engine) as tx:
            numbers = phones or [person(self.people + index) for index in range(count)]
            self.people += count
            wanted = await people(tx, campaign_id, numbers)
            plans = [
                NewAttempt(
                    id=new_id(TUESDAY, secrets.token_bytes(10)),
                    campaign_id=campaign_id,
                    lead_id=lead_id,
                    contact_id=contact_id,
                    channel=channel,
                    phone=number,
                    due_at=due_at,
                    window_end_at=TUESDAY + timedelta(hours=8),
                    reason="first_step",
                    priority=priority,
                )
                for number, (lead_id, contact_id) in zip(numbers, wanted, strict=True)
            ]
            made = await attempts.plan(tx, plans, TUESDAY)
            assert len(made) == count
            return [plan.id for plan in plans]

    async def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        async with transaction(self.engine) as tx:
            return [tuple(row) for row in await tx.execute(text(query), values)]

    async def do(self, statement: str, **values: object) -> None:
        async with transaction(self.engine) as tx:
            await tx.execute(text(statement), values)

    async def settled(self) -> None:
        """Wait until every event is final: whatever runs in the same server keeps it from that."""
        query = "SELECT EXISTS (SELECT FROM events WHERE tx >= pg_snapshot_xmin("
        while (await self.rows(f"{query}pg_current_snapshot()))"))[0][0]:
            await asyncio.sleep(0.02)

    async def states(self) -> dict[str, int]:
        """How many attempts are in each state."""
        found = await self.rows("SELECT state, count(*) FROM attempts GROUP BY state")
        return {str(state): int(str(count)) for state, count in found}


class NoSideWork:
    async def defer(self, tx: AsyncConnection, task: str, ids: object) -> None:
        return


async def sender(
    tx: AsyncConnection, channel: ChannelName, address: str, per_second: int = 0
) -> UUID:
    emission = timedelta(seconds=1) / per_second if per_second else timedelta(0)
    row = await tx.execute(
        text(
            "INSERT INTO senders (id, channel, provider, address, simulated, emission, burst)"
            " VALUES (:id, :channel, 'fake', :address, true, :emission, 1) RETURNING id"
        ),
        {"id": uuid4(), "channel": channel.value, "address": address, "emission": emission},
    )
    found: UUID = row.scalar_one()
    return found


async def document(tx: AsyncConnection, kind: str, name: str, body: dict[str, object]) -> None:
    await tx.execute(
        text(
            "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
            " VALUES (:kind, :name, 1, cast(:body AS jsonb), :at, 'test')"
        ),
        {"kind": kind, "name": name, "body": json.dumps(body), "at": TUESDAY},
    )


async def campaign(tx: AsyncConnection, name: str, **changes: object) -> UUID:
    body = {**CAMPAIGN, "name": name, **changes.pop("document", {})}  # type: ignore[dict-item]
    await document(tx, "campaign", name, body)
    columns = {
        "id": uuid4(),
        "name": name,
        "title": name,
        "version": 1,
        "agent_name": "ada",
        "status": "running",
        "concurrency": 100,
        "weight": 1,
        "emission": timedelta(0),
        "burst": 1,
        "created_at": TUESDAY,
        **changes,
    }
    names = ", ".join(columns)
    places = ", ".join(f":{column}" for column in columns)
    await tx.execute(text(f"INSERT INTO campaigns ({names}) VALUES ({places})"), columns)
    id = columns["id"]
    assert isinstance(id, UUID)
    return id


async def people(
    tx: AsyncConnection, campaign_id: UUID, numbers: Sequence[str]
) -> list[tuple[UUID, UUID]]:
    """A lead for each number, of the contact whose number it is; returns leads and contacts."""
    known = {
        row.value: row.contact_id
        for row in await tx.execute(
            text("SELECT value, contact_id FROM contact_points WHERE value = ANY(:numbers)"),
            {"numbers": list(numbers)},
        )
    }
    contacts = {number: known.get(number) or uuid4() for number in numbers}
    fresh = [number for number in numbers if number not in known]
    leads = {number: uuid4() for number in numbers}
    values = {
        "at": TUESDAY,
        "campaign": campaign_id,
        "zone": ZONE,
        "fresh": fresh,
        "fresh_contacts": [contacts[number] for number in fresh],
        "numbers": list(numbers),
        "contacts": list(contacts.values()),
        "leads": list(leads.values()),
        "ids": [uuid4() for _ in fresh],
    }
    for statement in _PEOPLE:
        await tx.execute(text(statement), values)
    return [(leads[number], contacts[number]) for number in numbers]


_PEOPLE = (
    "INSERT INTO contacts (id, source, created_at)"
    " SELECT unnest(cast(:fresh_contacts AS uuid[])), 'test', :at",
    "INSERT INTO contact_points (contact_id, kind, value, created_at)"
    " SELECT w.contact, 'phone', w.number, :at"
    " FROM unnest(cast(:fresh_contacts AS uuid[]), cast(:fresh AS text[]))"
    " AS w(contact, number)",
    "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source, recorded_at,"
    " recorded_by) SELECT w.id, w.contact, 'granted', 'any', 'any', 'express_written', 'test',"
    " :at, 'test' FROM unnest(cast(:ids AS uuid[]), cast(:fresh_contacts AS uuid[]))"
    " AS w(id, contact)",
    "INSERT INTO leads (id, campaign_id, contact_id, phone, whatsapp, zones, first_name, work,"
    " created_at, updated_at) SELECT w.id, :campaign, w.contact, w.number, w.number,"
    " ARRAY[:zone], 'Lee', 'waiting', :at, :at"
    " FROM unnest(cast(:leads AS uuid[]), cast(:contacts AS uuid[]),"
    " cast(:numbers AS text[])) AS w(id, contact, number)",
)

AGENT: dict[str, object] = {
    "kind": "agent",
    "name": "ada",
    "title": "Ada",
    "persona": "A friendly assistant.",
    "goal": "Offer a demo.",
    "opener": "Hello {{ first_name | default: 'there' }}, this is Ada, an assistant.",
}
TEMPLATE: dict[str, object] = {
    "kind": "template",
    "name": "intro",
    "category": "utility",
    "content_sid": "HX" + "0" * 31 + "1",
    "body": "Hello {{1}}, may we write to you?",
    "variables": {"1": "{{ first_name | default: 'there' }}"},
}
CAMPAIGN: dict[str, object] = {
    "kind": "campaign",
    "title": "A campaign",
    "goal": "Offer a demo.",
    "purpose": "service",
    "agent": "ada",
    "steps": [{"channel": "voice"}, {"channel": "whatsapp", "template": "intro"}],
}
