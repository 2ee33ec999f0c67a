"""All that the rules ask about one lead: the person, what was tried and when."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.attempt import CALLED_US, State
from outreach.channel import ChannelName
from outreach.lead import Status, Work
from outreach.outcome import CONVERSATIONS, Outcome
from storage.contacted import MOMENT, PLACED


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedLead:
    id: UUID
    campaign_id: UUID
    contact_id: UUID
    phone: str | None
    whatsapp: str | None
    email: str | None
    first_name: str
    last_name: str
    company: str | None
    title: str | None
    country: str | None
    language: str | None
    stated_zone: str | None
    zones: Sequence[str]
    fields: Mapping[str, object]
    not_before: datetime | None
    owner: str | None
    quality: int | None
    """0 to 100; None where it is not known, or means nothing."""
    status: Status
    work: Work
    closed_reason: str | None
    """A person took it out of its campaign: removed | moved | erased."""
    bad_points: frozenset[tuple[str, str]]
    """Kind and value of what is known not to reach them."""

    @property
    def zone(self) -> str | None:
        """The likeliest of the zones: the one that was stated, else the first by name."""
        return self.stated_zone or next(iter(sorted(self.zones)), None)


_LEAD = text("""
SELECT l.id, l.campaign_id, l.contact_id, l.phone, l.whatsapp, l.email, l.first_name, l.last_name,
       l.company, l.title, l.country, l.language, l.stated_zone, l.zones, l.fields, l.not_before,
       l.owner, l.status, l.work, l.closed_reason,
       (SELECT q.total FROM lead_qualities q WHERE q.lead_id = l.id) AS quality,
       coalesce((SELECT jsonb_agg(jsonb_build_array(p.kind, p.value)) FROM contact_points p
                 WHERE p.contact_id = l.contact_id
                   AND p.status IN ('invalid', 'bounced', 'not_on_whatsapp')), '[]') AS bad_points
FROM leads l WHERE l.id = ANY(cast(:ids AS uuid[]))
""")
# The campaign's key is held before the lead: whoever plans will need it, in this order.
_LOCK = text("""
SELECT l.id FROM leads l JOIN campaigns c ON c.id = l.campaign_id
WHERE l.id = :id FOR KEY SHARE OF c
""")
# An opt-out reaches all campaigns, and who decides on one lead learns only then that it is one.
_LOCK_LEADS = text("""
SELECT id FROM leads WHERE contact_id = (SELECT contact_id FROM leads WHERE id = :id)
ORDER BY id FOR NO KEY UPDATE
""")


async def get(tx: AsyncConnection, lead_id: UUID) -> WorkedLead:
    return (await get_all(tx, [lead_id]))[lead_id]


async def get_all(tx: AsyncConnection, lead_ids: Collection[UUID]) -> dict[UUID, WorkedLead]:
    """Those of these leads that exist."""
    found = {}
    for row in await tx.execute(_LEAD, {"ids": list(lead_ids)}):
        values = dict(row._mapping)
        values["status"], values["work"] = Status(row.status), Work(row.work)
        values["bad_points"] = frozenset((kind, value) for kind, value in row.bad_points)
        found[row.id] = WorkedLead(**values)
    return found


async def lock(tx: AsyncConnection, lead_id: UUID) -> None:
    """Hold the lead, with all others of its person, after its campaign's key.

    So two who decide on leads of one person wait for each other, and neither holds what the other
    asks for next.
    """
    await tx.execute(_LOCK, {"id": lead_id})
    await tx.execute(_LOCK_LEADS, {"id": lead_id})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An attempt that has ended and whose outcome is known."""

    id: UUID
    channel: ChannelName
    outcome: Outcome
    ended_at: datetime
    rule_id: str | None


# A call of theirs in which nothing was said is no try of ours.
_HISTORY = text("""
SELECT id, lead_id, channel, outcome, ended_at, rule_id FROM attempts
WHERE lead_id = ANY(cast(:ids AS uuid[])) AND state = 'ended' AND outcome IS NOT NULL
  AND (reason <> :called_us OR outcome = ANY(:talks))
ORDER BY lead_id, n
""")


async def history_of(tx: AsyncConnection, lead_id: UUID) -> list[Past]:
    """What was tried for this lead and how it ended, oldest first."""
    return (await histories_of(tx, [lead_id]))[lead_id]


async def histories_of(tx: AsyncConnection, lead_ids: Collection[UUID]) -> dict[UUID, list[Past]]:
    """The same of each of these leads."""
    found: dict[UUID, list[Past]] = {id: [] for id in lead_ids}
    talks = [outcome.value for outcome in CONVERSATIONS]
    values = {"ids": list(lead_ids), "called_us": CALLED_US, "talks": talks}
    for row in await tx.execute(_HISTORY, values):
        found[row.lead_id].append(
            Past(
                id=row.id,
                channel=ChannelName(row.channel),
                outcome=Outcome(row.outcome),
                ended_at=row.ended_at,
                rule_id=row.rule_id,
            )
        )
    return found


_CONTACTS = text(f"""
SELECT {MOMENT} FROM attempts a
WHERE a.contact_id = :contact_id AND a.starting_at > cast(:since AS timestamptz) AND {PLACED}
ORDER BY 1
""")


async def contacts_since(tx: AsyncConnection, contact_id: UUID, since: datetime) -> list[datetime]:
    """When this person was contacted, by any campaign and channel, by orders begun `since`."""
    rows = await tx.execute(_CONTACTS, {"contact_id": contact_id, "since": since})
    return list(rows.scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An attempt of a lead that is not over."""

    id: UUID
    lead_id: UUID
    campaign_id: UUID
    state: State
    channel: ChannelName
    reason: str
    rule_id: str | None
    priority: int
    due_at: datetime


_OPEN = text("""
SELECT id, lead_id, campaign_id, state, channel, reason, rule_id, priority, due_at FROM attempts
WHERE lead_id = :id AND state NOT IN ('ended', 'cancelled') ORDER BY n
""")
_PLANNED_OF = text("""
SELECT a.id, a.lead_id, a.campaign_id, a.state, a.channel, a.reason, a.rule_id,
       a.priority, a.due_at
FROM leads l JOIN attempts a ON a.lead_id = l.id
WHERE l.contact_id = ANY(:contacts) AND a.state IN ('planned', 'claimed') ORDER BY a.lead_id, a.n
""")
_LEADS_OF = text("SELECT id FROM leads WHERE contact_id = ANY(:contacts) ORDER BY id")


async def open_attempts(tx: AsyncConnection, lead_id: UUID) -> list[Open]:
    return _open(await tx.execute(_OPEN, {"id": lead_id}))


async def planned_of_contacts(tx: AsyncConnection, contact_ids: list[UUID]) -> list[Open]:
    """What could still be taken back for these people, in every campaign."""
    return _open(await tx.execute(_PLANNED_OF, {"contacts": contact_ids}))


async def leads_of_contacts(tx: AsyncConnection, contact_ids: list[UUID]) -> list[UUID]:
    return list((await tx.execute(_LEADS_OF, {"contacts": contact_ids})).scalars())


def _open(rows: object) -> list[Open]:
    return [
        Open(
            **{
                **row._mapping,
                "state": State(row.state),
                "channel": ChannelName(row.channel),
            }
        )
        for row in rows  # type: ignore[attr-defined]
    ]


_ALONE = text("""
SELECT l.id FROM leads l
WHERE l.work = 'waiting' AND l.recheck_at <= cast(:now AS timestamptz)
  AND NOT EXISTS (SELECT FROM conversations v WHERE v.lead_id = l.id
    AND (v.handler = 'human' OR v.no_reply_due_at IS NOT NULL OR v.read_due_at IS NOT NULL
         OR v.reading_state IN ('due', 'running')))
ORDER BY l.recheck_at, l.id LIMIT :limit
""")


async def list_alone(tx: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Leads whose answer is overdue and that no conversation keeps in mind any more."""
    return list((await tx.execute(_ALONE, {"now": now, "limit": limit})).scalars())


_HAS_PLANNED = text("""
SELECT EXISTS (SELECT FROM attempts WHERE lead_id = :id AND state = 'planned')
""")


async def has_planned(tx: AsyncConnection, lead_id: UUID) -> bool:
    """Whether something is planned for this lead, beside what may be under way."""
    return bool((await tx.execute(_HAS_PLANNED, {"id": lead_id})).scalar_one())


_RESTING = text("""
SELECT l.id FROM leads l WHERE l.id = ANY(:ids) AND NOT EXISTS (
    SELECT FROM attempts a WHERE a.lead_id = l.id
      AND a.state IN ('claimed', 'starting', 'started', 'live', 'unsure'))
ORDER BY l.id
""")


async def not_in_flight(tx: AsyncConnection, lead_ids: list[UUID]) -> list[UUID]:
    """Those of these leads of which no attempt is under way."""
    return list((await tx.execute(_RESTING, {"ids": lead_ids})).scalars())


_EXISTS = text("SELECT EXISTS (SELECT FROM leads WHERE id = :id)")


async def exists(tx: AsyncConnection, lead_id: UUID) -> bool:
    return bool((await tx.execute(_EXISTS, {"id": lead_id})).scalar_one())
