"""All that planning asks of many leads at once: the person, the permissions, what is planned."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName
from outreach.reason import Reason
from storage.consents import Word, words_of

SAID: Final = (
    "first_name",
    "last_name",
    "email",
    "company",
    "title",
    "country",
    "language",
    "phone",
    "owner",
)
"""Columns of a lead that are variables of texts under the same name."""
BLOCKS: Final = [reason.value for reason in Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """The lead's planned attempt."""

    id: UUID
    channel: ChannelName
    due_at: datetime
    window_end_at: datetime | None
    wanted_at: datetime
    avoid: str | None
    moved_by: str | None
    reason: str
    priority: int
    exempt_from_caps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The lead's last attempt, where a block took it back: the same is planned again."""

    channel: ChannelName
    reason: str
    rule_id: str | None
    priority: int
    exempt_from_caps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """A lead with all that planning asks of it."""

    id: UUID
    campaign_id: UUID
    contact_id: UUID
    phone: str | None
    whatsapp: str | None
    country: str | None
    bad_points: frozenset[str]
    """Numbers of this person that are known not to work, as `kind:value`."""
    email: str | None
    zones: frozenset[str]
    zone: str | None
    """The likeliest of them, for words."""
    not_before: datetime | None
    work: str
    work_reason: str | None
    priority: int
    is_closed: bool
    """A person took it out of its campaign."""
    suppressed: frozenset[str]
    """`all` or the names of channels."""
    consents: Mapping[ChannelName, tuple[Word, ...]]
    """What they said for the campaign's purpose, the newest first."""
    human_owns: bool
    said: frozenset[str]
    """Names of the variables that have a value."""
    in_flight: bool
    planned: PlannedRow | None
    taken_back: TakenBack | None

    @property
    def phones(self) -> frozenset[str]:
        return frozenset(one for one in (self.phone, self.whatsapp) if one)

    @property
    def addresses(self) -> frozenset[str]:
        """Every number and address of theirs."""
        return frozenset(one for one in (self.phone, self.whatsapp, self.email) if one)


_FACTS = text(f"""
SELECT l.id, l.campaign_id, l.contact_id, l.phone, l.whatsapp, lower(l.email) AS email, l.country,
       l.zones, l.stated_zone,
       l.not_before, l.work, l.work_reason, l.priority, l.closed_reason,
       {", ".join(f"coalesce(l.{name}, '') <> '' AS has_{name}" for name in SAID)},
       ARRAY(SELECT key FROM jsonb_each(l.fields) AS f(key, value)
             WHERE f.value NOT IN ('null', '""')) AS field_keys,
       ARRAY(SELECT p.kind || ':' || p.value FROM contact_points p
             WHERE p.contact_id = l.contact_id
               AND p.status IN ('invalid', 'not_on_whatsapp')) AS bad_points,
       ARRAY(SELECT DISTINCT s.scope FROM suppressions s
             WHERE s.lifted_at IS NULL
               AND (s.campaign_id IS NULL OR s.campaign_id = l.campaign_id)
               AND (s.kind, s.value) IN (
                 ('phone', l.phone), ('phone', l.whatsapp), ('email', lower(l.email)),
                 ('country', l.country), ('company', k.company_id::text),
                 ('company', lower(l.company)))) AS suppressed,
       {
    ", ".join(
        f'''ARRAY(SELECT ARRAY[c.state, c.basis] FROM consents c
        WHERE c.contact_id = l.contact_id AND c.channel IN ('any', '{channel}')
          AND c.purpose IN ('any', :purpose)
        ORDER BY c.recorded_at DESC, c.id DESC) AS consent_{channel}'''
        for channel in ChannelName
    )
},
       EXISTS (SELECT FROM conversations v WHERE v.contact_id = l.contact_id
               AND v.handler = 'human' AND NOT v.closed) AS human_owns,
       EXISTS (SELECT FROM attempts f WHERE f.lead_id = l.id
               AND f.state IN ('claimed', 'starting', 'started', 'live', 'unsure')) AS in_flight,
       a.id AS planned_id, a.channel AS planned_channel, a.due_at, a.window_end_at,
       coalesce(a.wanted_at,
                CASE a.reason WHEN 'first_step' THEN a.created_at ELSE a.due_at END) AS wanted_at,
       a.avoid, a.moved_by, a.reason AS planned_reason, a.priority AS planned_priority,
       a.exempt_from_caps AS planned_exempt,
       last.channel AS last_channel, last.reason AS last_reason, last.rule_id AS last_rule,
       last.priority AS last_priority, last.exempt_from_caps AS last_exempt
FROM leads l
JOIN contacts k ON k.id = l.contact_id
LEFT JOIN attempts a ON a.lead_id = l.id AND a.state = 'planned'
LEFT JOIN LATERAL (
  SELECT newest.* FROM (
    SELECT b.state, b.channel, b.reason, b.rule_id, b.priority, b.exempt_from_caps,
           b.cancel_reason
    FROM attempts b WHERE b.lead_id = l.id ORDER BY b.n DESC LIMIT 1) AS newest
  WHERE newest.state = 'cancelled' AND newest.cancel_reason = ANY(:blocks)) AS last ON true
WHERE l.id = ANY(cast(:ids AS uuid[]))
ORDER BY l.id
""")


async def read(tx: AsyncConnection, ids: Collection[UUID], purpose: str) -> list[LeadFacts]:
    """What planning asks of these leads of one campaign, in the order of their ids."""
    if not ids:
        return []
    values = {"ids": list(ids), "purpose": purpose, "blocks": BLOCKS}
    return [_facts(row) for row in await tx.execute(_FACTS, values)]


def _facts(row: Row[tuple[object, ...]]) -> LeadFacts:
    said = {name for name in SAID if getattr(row, f"has_{name}")}
    if row.stated_zone:
        said.add("time_zone")
    return LeadFacts(
        id=row.id,
        campaign_id=row.campaign_id,
        contact_id=row.contact_id,
        phone=row.phone,
        whatsapp=row.whatsapp,
        email=row.email,
        country=row.country,
        bad_points=frozenset(row.bad_points),
        zones=frozenset(row.zones),
        zone=row.stated_zone or next(iter(sorted(row.zones)), None),
        not_before=row.not_before,
        work=row.work,
        work_reason=row.work_reason,
        priority=row.priority,
        is_closed=row.closed_reason is not None,
        suppressed=frozenset(row.suppressed),
        consents={
            channel: words_of(getattr(row, f"consent_{channel.value}")) for channel in ChannelName
        },
        human_owns=row.human_owns,
        said=frozenset(said | set(row.field_keys)),
        in_flight=row.in_flight,
        planned=_planned(row),
        taken_back=_taken_back(row),
    )


def _planned(row: Row[tuple[object, ...]]) -> PlannedRow | None:
    if row.planned_id is None:
        return None
    return PlannedRow(
        id=row.planned_id,
        channel=ChannelName(row.planned_channel),
        due_at=row.due_at,
        window_end_at=row.window_end_at,
        wanted_at=row.wanted_at,
        avoid=row.avoid,
        moved_by=row.moved_by,
        reason=row.planned_reason,
        priority=row.planned_priority,
        exempt_from_caps=row.planned_exempt,
    )


def _taken_back(row: Row[tuple[object, ...]]) -> TakenBack | None:
    if row.last_channel is None:
        return None
    return TakenBack(
        channel=ChannelName(row.last_channel),
        reason=row.last_reason,
        rule_id=row.last_rule,
        priority=row.last_priority,
        exempt_from_caps=row.last_exempt,
    )
