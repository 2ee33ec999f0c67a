"""What a seed begins with: three campaigns, forty leads, their places, and a fortnight with a
change of the clocks in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from orchestrator.engine.actions import campaigns
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.replan import replan_leads
from outreach.agent_document import Agent
from outreach.campaign import Campaign
from outreach.ids import RANDOM_BYTES, new_id
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage.database import transaction
from tests.simulation.steering import Steered

OPERATOR: Final = Actor(name="user:1", role=Role.OWNER)
FORTNIGHT: Final = timedelta(days=14)
PEOPLE: Final = 32
SHARES: Final = {"autumn": 15, "spring": 14, "winter": 11}
"""Leads per campaign; some people are in several."""
VOICE_NUMBERS: Final = ("+12025550100", "+12025550101")
CHAT_NUMBER: Final = "+12025550109"

BEGINS: Final = (
    datetime(2031, 3, 3, 6, tzinfo=UTC),  # New York springs forward on the 9th
    datetime(2031, 3, 24, 6, tzinfo=UTC),  # London and Paris on the 30th, Sydney back on April 6
    datetime(2031, 9, 29, 6, tzinfo=UTC),  # Sydney springs forward on October 5
    datetime(2031, 10, 20, 6, tzinfo=UTC),  # London and Paris fall back on the 26th, New York later
)

PLACES: Final = (
    ("+121255501{:02}", "America/New_York", "US"),
    ("+131255501{:02}", "America/Chicago", "US"),
    ("+121355501{:02}", "America/Los_Angeles", "US"),
    ("+44207946{:04}", "Europe/London", "GB"),
    ("+3319900{:04}", "Europe/Paris", "FR"),
    ("+614915701{:02}", "Australia/Sydney", "AU"),
)

AGENT: Final[dict[str, Any]] = {
    "kind": "agent",
    "name": "ada",
    "title": "Ada",
    "persona": "Friendly and brief.",
    "goal": "Offer a demo.",
    "opener": "Hello {{ first_name | default: 'there' }}, this is Ada, an AI assistant.",
}
TEMPLATE: Final[dict[str, Any]] = {
    "kind": "template",
    "name": "intro",
    "category": "utility",
    "content_sid": "HX" + "0" * 31 + "1",
    "body": "Hello {{1}}, may we write to you?",
    "variables": {"1": "{{ first_name | default: 'there' }}"},
}
CALLS: Final = {"channel": "voice", "from": list(VOICE_NUMBERS)}
WRITES: Final = {"channel": "whatsapp", "template": "intro"}
CAMPAIGNS: Final[Mapping[str, dict[str, Any]]] = {
    "autumn": {
        "steps": [CALLS, WRITES],
        "schedule": {"windows": {"mon-fri": ["09:00-12:00", "13:00-18:00"]}},
        "concurrency": 4,
        "pace": {"per_minute": 30, "burst": 3},
        "rules": [
            {"id": "out", "when": {"outcome": "opted_out"}, "then": {"suppress": "all_channels"}},
            {
                "id": "back",
                "when": {"outcome": "callback_requested"},
                "then": {"schedule_at": "callback_at", "priority": "high"},
            },
            {
                "id": "again",
                "when": {"outcome": ["no_answer", "busy", "failed"]},
                "then": {
                    "retry": {"after": ["PT3H", "P1D"], "spread": "different_daypart", "max": 2}
                },
            },
            {
                "id": "machine",
                "when": {"outcome": "voicemail"},
                "then": {"retry": {"after": ["P1D"], "max": 1}, "else_channel": "whatsapp"},
            },
        ],
    },
    "spring": {
        "steps": [WRITES, CALLS],
        "concurrency": 3,
        "pace": {"per_second": 1, "burst": 5},
        "on_reply": "stop",
        "rules": [
            {
                "id": "silent",
                "when": {"no_reply_for": "P2D", "channel": "whatsapp"},
                "then": {"channel": "voice"},
            },
            {
                "id": "busy",
                "when": {"outcome": "busy"},
                "then": {"retry": {"after": ["PT10M"], "max": 2}},
            },
        ],
    },
    "winter": {
        "steps": [CALLS],
        "concurrency": 2,
        "pace": {"per_minute": 20},
        "caps": {"per_day": 1},
        "weight": 2,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person of the simulation."""

    contact_id: UUID
    phone: str
    zone: str
    agreed: bool
    """Whether they have allowed us to contact them, at the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneLead:
    id: UUID
    campaign: str
    person: Someone


@dataclass(slots=True, kw_only=True)
class Scene:
    begins_at: datetime
    people: list[Someone]
    leads: list[OneLead]
    campaign_ids: dict[str, UUID] = field(default_factory=dict)
    documents: dict[tuple[str, int], Campaign] = field(default_factory=dict)
    """Every version of every campaign that was ever applied."""
    senders: dict[UUID, tuple[timedelta, int]] = field(default_factory=dict)
    """Our numbers, with their pace: the time between two starts, and the burst."""

    @property
    def ends_at(self) -> datetime:
        return self.begins_at + FORTNIGHT


def draw(rng: Random) -> Scene:
    """The scene of a seed, before anything is stored."""
    begins_at = rng.choice(BEGINS) + timedelta(minutes=rng.randrange(600))

    def fresh() -> UUID:
        return new_id(begins_at, rng.randbytes(RANDOM_BYTES))

    people = [_someone(rng, number, fresh()) for number in range(PEOPLE)]
    leads = [
        OneLead(id=fresh(), campaign=name, person=person)
        for name, count in SHARES.items()
        for person in rng.sample(people, count)
    ]
    return Scene(begins_at=begins_at, people=people, leads=leads)


def _someone(rng: Random, number: int, contact_id: UUID) -> Someone:
    pattern, zone, _ = rng.choice(PLACES)
    # The last digits are the person's own, so that no two share a number.
    return Someone(
        contact_id=contact_id,
        phone=pattern.format(number if "{:02}" in pattern else 100 + number),
        zone=zone,
        agreed=rng.random() < 0.85,
    )


async def store(scene: Scene, rng: Random, steered: Steered, ctx: Context) -> None:
    """Store it: people by hand, documents and launches by the operator's own deeds."""
    await _add_senders(scene, rng, steered)
    async with transaction(steered.engine) as tx:
        await apply(ctx, tx, Agent.model_validate(AGENT), OPERATOR)
        await apply(ctx, tx, WhatsAppTemplate.model_validate(TEMPLATE), OPERATOR)
    for name in CAMPAIGNS:
        await publish(scene, steered, ctx, name, document_of(scene, rng, name))
    await _add_people(scene, rng, steered)
    async with transaction(steered.engine) as tx:
        await replan_leads(ctx, tx, [one.id for one in scene.leads])
    for name in CAMPAIGNS:
        async with transaction(steered.engine) as tx:
            await campaigns.launch(ctx, tx, name, OPERATOR)


def document_of(scene: Scene, rng: Random, name: str, **changes: object) -> Campaign:
    """The campaign as it is first published, or with these keys changed."""
    body = {
        "kind": "campaign",
        "name": name,
        "title": name,
        "goal": "Offer a demo.",
        "purpose": "service",
        "agent": "ada",
        **CAMPAIGNS[name],
        **changes,
    }
    if name == "winter" and "schedule" not in changes:
        start, end = rng.randrange(30), rng.randrange(200, 320)
        body["schedule"] = {
            "start_at": (scene.begins_at + timedelta(hours=start)).isoformat(),
            "end_at": (scene.begins_at + timedelta(hours=end)).isoformat(),
        }
    return Campaign.model_validate(body)


async def publish(
    scene: Scene, steered: Steered, ctx: Context, name: str, document: Campaign
) -> None:
    async with transaction(steered.engine) as tx:
        done = await apply(ctx, tx, document, OPERATOR)
    scene.documents[name, done.version] = document
    [[scene.campaign_ids[name]]] = await steered.run(
        "SELECT id FROM campaigns WHERE name = %(name)s", name=name
    )


async def _add_senders(scene: Scene, rng: Random, steered: Steered) -> None:
    numbers = [("voice", one, timedelta(seconds=1), 3) for one in VOICE_NUMBERS]
    numbers.append(("whatsapp", CHAT_NUMBER, timedelta(milliseconds=500), 4))
    for channel, address, emission, burst in numbers:
        id_ = new_id(scene.begins_at, rng.randbytes(RANDOM_BYTES))
        scene.senders[id_] = (emission, burst)
        await steered.run(
            "INSERT INTO senders (id, channel, provider, address, simulated, emission, burst)"
            " VALUES (%(id)s, %(channel)s, 'seeded', %(address)s, true, %(emission)s, %(burst)s)",
            id=id_,
            channel=channel,
            address=address,
            emission=emission,
            burst=burst,
        )


PEOPLE_IN: Final = (
    """
    INSERT INTO contacts (id, source, created_at)
    SELECT (p->>'contact')::uuid, 'seed', cast(%(at)s AS timestamptz)
    FROM jsonb_array_elements(cast(%(people)s AS jsonb)) AS p
    """,
    """
    INSERT INTO contact_points (contact_id, kind, value, created_at)
    SELECT (p->>'contact')::uuid, kind, p->>'phone', cast(%(at)s AS timestamptz)
    FROM jsonb_array_elements(cast(%(people)s AS jsonb)) AS p,
         unnest(ARRAY['phone', 'whatsapp']) kind
    """,
    """
    INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source, recorded_at,
                          recorded_by)
    SELECT (p->>'consent')::uuid, (p->>'contact')::uuid, 'granted', 'any', 'any',
           'express_written', 'seed', cast(%(at)s AS timestamptz), 'seed'
    FROM jsonb_array_elements(cast(%(people)s AS jsonb)) AS p WHERE (p->>'agreed')::boolean
    """,
    """
    INSERT INTO leads (id, campaign_id, contact_id, phone, whatsapp, zones, first_name, work,
                       created_at, updated_at)
    SELECT (l->>'id')::uuid, (l->>'campaign')::uuid, (l->>'contact')::uuid, l->>'phone',
           l->>'phone', ARRAY[l->>'zone'], 'Lee', 'waiting', cast(%(at)s AS timestamptz),
           cast(%(at)s AS timestamptz)
    FROM jsonb_array_elements(cast(%(leads)s AS jsonb)) AS l
    """,
)


async def _add_people(scene: Scene, rng: Random, steered: Steered) -> None:
    people = [
        {
            "contact": str(one.contact_id),
            "phone": one.phone,
            "agreed": one.agreed,
            "consent": str(new_id(scene.begins_at, rng.randbytes(RANDOM_BYTES))),
        }
        for one in scene.people
    ]
    leads = [
        {
            "id": str(one.id),
            "campaign": str(scene.campaign_ids[one.campaign]),
            "contact": str(one.person.contact_id),
            "phone": one.person.phone,
            "zone": one.person.zone,
        }
        for one in scene.leads
    ]
    given = {"at": scene.begins_at, "people": json.dumps(people), "leads": json.dumps(leads)}
    for statement in PEOPLE_IN:
        names = [name for name in given if f"%({name})s" in statement]
        await steered.run(statement, **{name: given[name] for name in names})
