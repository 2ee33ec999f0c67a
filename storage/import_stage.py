"""The stage of an import: rows come in by COPY, leave as people, leads and attempts.

All statements of one chunk work on the two temporary tables of its transaction. `import_stage`
holds what the file says, `import_rows` what this database makes of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.law.consent import enough_bases
from outreach.law.do_not_call import Listing
from outreach.law.rests import Talks
from outreach.marks import Marks
from storage import erased
from storage.consents import Word, words_of
from storage.contacted import MOMENT, PLACED
from storage.import_columns import COLUMNS
from storage.talks import TALKS

IMPORT_LOCK: Final = 0x696D706F7274
"""One chunk of all imports at a time: two lists with the same people cannot cross."""

_SETTINGS: Final = {
    "lock_timeout": "10s",
    # Nobody has counted the rows of a temporary table: a hash over all leads would be tempting.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # Whoever imports merges beside it (storage.words); the loading itself never stops for that.
    "gin_pending_list_limit": "1GB",
    "work_mem": "64MB",
    # Nothing is promised before the import has ended, and that commit waits for all before it.
    "synchronous_commit": "off",
}
_PREPARE: Final = "SELECT " + ", ".join(
    f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items()
)

_TAKE_TURN = (
    "SET LOCAL lock_timeout = '5min'",
    f"SELECT pg_advisory_xact_lock({IMPORT_LOCK})",
    "SET LOCAL lock_timeout = '10s'",
)

_STAGE = (
    "CREATE TEMP TABLE import_stage ("
    + ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
    + ") ON COMMIT DROP"
)

_COPY = "COPY import_stage FROM STDIN (FORMAT text, NULL '', ENCODING 'UTF8')"

_SEEN = "CREATE TEMP TABLE IF NOT EXISTS import_seen (key text PRIMARY KEY) ON COMMIT DROP"
_REMEMBER = text("""
INSERT INTO import_seen SELECT coalesce(phone, whatsapp) FROM import_rows
WHERE duplicate IS NULL ON CONFLICT DO NOTHING
""")

# One person has one number, whichever way they are reached by it. What is suppressed beats what
# was not allowed, and both beat whatever the rules found: the order of the gate. Only who is known
# can be in the campaign or have said anything: a lead's number is among those of its person.
_RESOLVE = text("""
CREATE TEMP TABLE import_rows ON COMMIT DROP AS
SELECT s.*,
       coalesce(known.contact_id, s.new_contact_id) AS contact_id,
       known.contact_id IS NULL AS is_new,
       CASE WHEN s.row_number = ANY(cast(:erased AS int[])) THEN 'erased'
            WHEN past.is_lead AND past.import_id IS DISTINCT FROM cast(:import AS uuid)
              THEN 'already_in_campaign'
            WHEN past.is_lead OR s.repeats OR seen.found THEN 'duplicate_in_file'
       END AS duplicate,
       held.status AS held,
       own.consents,
       CASE WHEN held.status IS NOT NULL THEN 'suppressed'
            WHEN own.consents AND s.is_enough OR past.is_enough THEN s.reason
            WHEN NOT own.consents AND past.is_revoked THEN 'consent_revoked'
            ELSE 'no_consent' END AS refusal
FROM import_stage s
LEFT JOIN LATERAL (
  SELECT p.contact_id FROM contact_points p
  WHERE p.value IN (s.phone, s.whatsapp) AND p.kind IN ('phone', 'whatsapp')
  ORDER BY (p.value = s.phone) IS TRUE DESC, p.kind LIMIT 1) known ON true
LEFT JOIN LATERAL (
  -- The words that count, the newest first: what is taken back ends all that was given before.
  SELECT twin.import_id, twin.found AS is_lead, word.revoked_at,
         word.said LIKE 'revoked%' AS is_revoked,
         coalesce(word.said ~ '^(weak )*enough', false) AS is_enough
  FROM (SELECT max(c.recorded_at) FILTER (WHERE c.state = 'revoked') AS revoked_at,
               string_agg(CASE WHEN c.state = 'revoked' THEN 'revoked'
                               WHEN btrim(regexp_replace(lower(c.basis), '[^a-z0-9]+', '_', 'g'),
                                          '_')
                                 = ANY(CASE WHEN s.written_by IS NULL
                                       THEN cast(:express AS text[])
                                       ELSE cast(:written AS text[]) END) THEN 'enough'
                               ELSE 'weak' END, ' ' ORDER BY c.recorded_at DESC, c.id DESC)
                 FILTER (WHERE c.channel IN ('any', s.channel)
                           AND c.purpose IN ('any', :purpose)) AS said
        FROM consents c WHERE c.contact_id = known.contact_id) word
  LEFT JOIN LATERAL (
    SELECT l.import_id, true AS found FROM leads l
    WHERE l.campaign_id = :campaign AND l.phone = s.phone
    UNION ALL
    SELECT l.import_id, true FROM leads l
    WHERE l.campaign_id = :campaign AND s.phone IS NULL AND l.phone IS NULL
      AND l.whatsapp IS NOT NULL AND l.whatsapp = s.whatsapp
    LIMIT 1) twin ON true
  WHERE known.contact_id IS NOT NULL) past ON true
LEFT JOIN LATERAL (
  SELECT true AS found FROM import_seen
  WHERE :dry_run AND key = coalesce(s.phone, s.whatsapp)) seen ON true
LEFT JOIN LATERAL (
  SELECT CASE WHEN x.scope <> 'all' OR x.campaign_id IS NOT NULL
                OR x.kind IN ('company', 'country') THEN 'new'
              WHEN x.source ~ '^(call|message|conversation):' THEN 'unsubscribed'
              ELSE 'do_not_contact' END AS status
  FROM (VALUES ('phone', s.phone), ('phone', s.whatsapp), ('email', s.email),
               ('country', s.country), ('company', lower(s.company)),
               ('company', (SELECT k.company_id::text FROM contacts k
                            WHERE k.id = known.contact_id))) AS point(kind, value)
  JOIN suppressions x ON x.kind = point.kind AND x.value = point.value
  WHERE x.lifted_at IS NULL AND x.scope IN ('all', s.channel)
    AND (x.campaign_id IS NULL OR x.campaign_id = :campaign)
  ORDER BY x.scope = 'all' AND x.campaign_id IS NULL DESC LIMIT 1) held ON true
CROSS JOIN LATERAL (
  -- A list that was made before somebody took their consent back does not give it anew.
  SELECT s.basis IS NOT NULL
     AND (past.revoked_at IS NULL OR coalesce(s.given_at > past.revoked_at, false)) AS consents
) own
""")

_POINTS = text("SELECT row_number, phone, whatsapp, email FROM import_stage")

_HISTORY = text(f"""
SELECT r.row_number, r.phone, r.whatsapp, r.country, r.zones, r.not_before,
       coalesce(array_agg({MOMENT}) FILTER (WHERE a.starting_at > :since), '{{}}') AS contacts,
       max(coalesce(a.ended_at, a.starting_at)) FILTER (WHERE a.outcome = ANY(:talks)) AS talked_at,
       max(coalesce(a.ended_at, a.starting_at)) FILTER (WHERE a.outcome = ANY(:refusals))
         AS refused_at
FROM import_rows r JOIN attempts a ON a.contact_id = r.contact_id
WHERE NOT r.is_new AND r.duplicate IS NULL AND r.refusal IS NULL
  AND a.starting_at IS NOT NULL AND (a.starting_at > :since OR a.outcome = ANY(:talks))
  AND {PLACED}
GROUP BY r.row_number, r.phone, r.whatsapp, r.country, r.zones, r.not_before
""")

_ANY_LIST = text("SELECT EXISTS (SELECT FROM do_not_call_lists WHERE replaced_at IS NULL)")
# What is suppressed stays that: the order of the gate.
_LISTED = text("""
SELECT r.row_number, l.name, l.country, l.imported_at,
       CASE WHEN r.consents THEN r.basis END AS basis,
       ARRAY(SELECT ARRAY[c.state, c.basis] FROM consents c
             WHERE NOT r.is_new AND c.contact_id = r.contact_id
               AND c.channel IN ('any', r.channel) AND c.purpose IN ('any', :purpose)
             ORDER BY c.recorded_at DESC, c.id DESC) AS words
FROM import_rows r
CROSS JOIN LATERAL (
  SELECT r.phone AS value WHERE r.phone IS NOT NULL
  UNION SELECT r.whatsapp WHERE r.whatsapp IS NOT NULL) one
CROSS JOIN LATERAL (SELECT substr(one.value, 2)::bigint AS number) w
JOIN do_not_call_numbers n
  ON n.block = w.number / 10000 AND cast(w.number % 10000 AS smallint) = ANY(n.ends)
JOIN do_not_call_lists l ON l.id = n.list_id AND l.replaced_at IS NULL
WHERE r.duplicate IS NULL AND r.refusal IS DISTINCT FROM 'suppressed'
ORDER BY r.row_number
""")

_RETIME = text("""
UPDATE import_rows SET due_at = w.due_at, window_end_at = w.window_end_at, moved_by = w.moved_by,
                       refusal = w.refusal, recheck_at = w.recheck_at
FROM unnest(cast(:numbers AS int[]), cast(:dues AS timestamptz[]), cast(:ends AS timestamptz[]),
            cast(:movers AS text[]), cast(:refusals AS text[]), cast(:rechecks AS timestamptz[]))
     AS w(row_number, due_at, window_end_at, moved_by, refusal, recheck_at)
WHERE import_rows.row_number = w.row_number
""")

_LEADS = text("""
INSERT INTO leads (id, campaign_id, contact_id, import_id, row_number, phone, whatsapp, email,
                   first_name, last_name, company, title, country, language, stated_zone, zones,
                   fields, not_before, owner, status, work, work_reason, recheck_at, search,
                   created_at, updated_at)
SELECT lead_id, :campaign, contact_id, :import, row_number, phone, whatsapp, email,
       coalesce(first_name, ''), coalesce(last_name, ''), company, title, country, language,
       stated_zone, zones, fields, not_before, owner, coalesce(held, 'new'),
       CASE WHEN refusal IS NULL THEN 'planned' ELSE 'blocked' END, refusal,
       CASE WHEN refusal IS NOT DISTINCT FROM reason OR refusal IN ('cap_reached', 'resting')
              THEN recheck_at END,
       coalesce(search, ''), :now, :now
FROM import_rows WHERE duplicate IS NULL
""")

_ATTEMPTS = text("""
INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, due_at,
                      window_end_at, reason, created_by, created_at, moved_by)
SELECT attempt_id, :campaign, lead_id, contact_id, 1, channel, address, due_at, window_end_at,
       'first_step', 'engine', :now, moved_by
FROM import_rows WHERE duplicate IS NULL AND refusal IS NULL
""")

# What happened to a lead beyond what its own row says: by which list and row it came.
_SKIPPED = text("""
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, data)
SELECT :now, 'step.skipped', 'engine', :campaign, lead_id, contact_id, one.step
FROM import_rows CROSS JOIN jsonb_array_elements(skipped) WITH ORDINALITY AS one(step, place)
WHERE duplicate IS NULL AND skipped IS NOT NULL ORDER BY row_number, place
""")
_PLACED = text("""
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
SELECT :now, CASE WHEN refusal IS NULL THEN 'attempt.planned' ELSE 'lead.blocked' END, 'engine',
       :campaign, lead_id, contact_id, CASE WHEN refusal IS NULL THEN attempt_id END,
       CASE WHEN refusal = 'missing_variable' THEN jsonb_build_object(
              'reason', refusal, 'missing', missing)
            WHEN refusal = 'no_consent' AND written_by IS NOT NULL THEN jsonb_build_object(
              'reason', refusal, 'written_by', written_by)
            WHEN refusal IS NOT NULL THEN jsonb_build_object('reason', refusal)
            WHEN moved_by IS NOT NULL THEN jsonb_build_object(
              'channel', channel, 'due_at', due_at, 'reason', 'first_step', 'moved_by', moved_by)
            ELSE jsonb_build_object(
              'channel', channel, 'due_at', due_at, 'reason', 'first_step') END
FROM import_rows WHERE duplicate IS NULL
""")

_DUPLICATES = text("""
SELECT row_number, duplicate FROM import_rows WHERE duplicate IS NOT NULL ORDER BY row_number
""")

_BLOCKED = text("""
SELECT refusal, count(*) AS rows FROM import_rows WHERE duplicate IS NULL GROUP BY refusal
""")


_EXAMPLES = text("""
SELECT row_number, refusal FROM (
  SELECT row_number, refusal, row_number() OVER (PARTITION BY refusal ORDER BY row_number) AS place
  FROM import_rows WHERE duplicate IS NULL) one
WHERE place <= :most ORDER BY row_number
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Into:
    """Where a chunk goes. `now` is business time, read in the chunk's transaction."""

    import_id: UUID
    campaign_id: UUID
    purpose: str
    actor: str
    now: datetime
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A staged row of somebody who was contacted before, by whatever campaign."""

    row_number: int
    phone: str | None
    whatsapp: str | None
    country: str | None
    zones: frozenset[str]
    not_before: datetime | None
    contacts: tuple[datetime, ...]
    talks: Talks


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A staged row whose number stands on a do-not-call list; one for each list."""

    row_number: int
    listing: Listing
    words: tuple[Word, ...]
    """What they said, the row's own consent and the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When such a row's first attempt is due, or the reason why there is none."""

    row_number: int
    due_at: datetime | None = None
    window_end_at: datetime | None = None
    moved_by: str | None = None
    refusal: str | None = None
    recheck_at: datetime | None = None


async def begin(tx: AsyncConnection) -> None:
    """Prepare the transaction of one chunk."""
    await tx.exec_driver_sql(_PREPARE)
    await tx.exec_driver_sql(_SEEN)
    await tx.exec_driver_sql("DROP TABLE IF EXISTS import_stage, import_rows")
    await tx.exec_driver_sql(_STAGE)


async def copy(tx: AsyncConnection, rows: bytes) -> None:
    """Bring in lines of COPY's text format, cells in the order of COLUMNS; empty is null."""
    raw = await tx.get_raw_connection()
    driver = raw.driver_connection
    assert driver is not None
    async with driver.cursor() as cursor, cursor.copy(_COPY) as stream:
        await stream.write(rows)


async def take_turn(tx: AsyncConnection) -> None:
    """Wait until no other import writes; what they have committed is seen from now on."""
    for statement in _TAKE_TURN:
        await tx.exec_driver_sql(statement)


async def resolve(tx: AsyncConnection, into: Into, *, dry_run: bool) -> None:
    """Find out who these people are, what they allowed, and who is there already.

    A dry run leaves no leads behind, and asks `remember` for the rows of earlier chunks.
    """
    values: dict[str, object] = {
        "import": into.import_id,
        "campaign": into.campaign_id,
        "purpose": into.purpose,
        "dry_run": dry_run,
        "erased": await _erased_rows(tx, into.marks),
        **{need: bases for need, bases in enough_bases().items()},
    }
    await tx.execute(_RESOLVE, values)


async def _erased_rows(tx: AsyncConnection, marks: Marks) -> list[int]:
    """Staged rows of persons who were erased; it costs next to nothing where nobody was."""
    if not await erased.anybody(tx):
        return []
    rows = {
        row.row_number: frozenset(one for one in (row.phone, row.whatsapp, row.email) if one)
        for row in await tx.execute(_POINTS)
    }
    found = await erased.find(tx, marks, frozenset[str]().union(*rows.values()))
    return [number for number, points in rows.items() if not found.isdisjoint(points)]


async def contacted_before(tx: AsyncConnection, since: datetime) -> list[Known]:
    """Those whom caps and rests may hold back: their plans know nothing of it yet."""
    return [
        Known(
            row_number=row.row_number,
            phone=row.phone,
            whatsapp=row.whatsapp,
            country=row.country,
            zones=frozenset(row.zones or ()),
            not_before=row.not_before,
            contacts=tuple(row.contacts),
            talks=Talks(refused_at=row.refused_at, talked_at=row.talked_at),
        )
        for row in await tx.execute(_HISTORY, {**TALKS, "since": since})
    ]


async def on_lists(tx: AsyncConnection, purpose: str) -> list[Listed]:
    """Rows with a number that somebody asked not to be called; by their numbers."""
    if not (await tx.execute(_ANY_LIST)).scalar_one():
        return []
    return [
        Listed(
            row_number=row.row_number,
            listing=Listing(name=row.name, country=row.country, imported_at=row.imported_at),
            words=(
                *(((True, row.basis),) if row.basis is not None else ()),
                *words_of(row.words),
            ),
        )
        for row in await tx.execute(_LISTED, {"purpose": purpose})
    ]


async def retime(tx: AsyncConnection, timings: Sequence[Timing]) -> None:
    """Give these rows another plan."""
    if not timings:
        return
    values = {
        "numbers": [one.row_number for one in timings],
        "dues": [one.due_at for one in timings],
        "ends": [one.window_end_at for one in timings],
        "movers": [one.moved_by for one in timings],
        "refusals": [one.refusal for one in timings],
        "rechecks": [one.recheck_at for one in timings],
    }
    await tx.execute(_RETIME, values)


async def add_leads(tx: AsyncConnection, into: Into) -> None:
    """Leads with their first attempts and the events of both; the people are there."""
    here = {"campaign": into.campaign_id, "now": into.now}
    await tx.execute(_LEADS, {**here, "import": into.import_id})
    await tx.execute(_ATTEMPTS, here)
    await tx.execute(_SKIPPED, here)
    await tx.execute(_PLACED, here)


async def remember(tx: AsyncConnection) -> None:
    """Keep in mind who is in the file, where nothing else is written."""
    await tx.execute(_REMEMBER)


async def duplicates(tx: AsyncConnection) -> dict[int, str]:
    """The staged rows that are not taken, by number, with their codes."""
    return {row.row_number: row.duplicate for row in await tx.execute(_DUPLICATES)}


async def counts(tx: AsyncConnection) -> dict[str | None, int]:
    """How many rows are taken, by what blocks them; None: nothing does."""
    return {row.refusal: row.rows for row in await tx.execute(_BLOCKED)}


async def examples(tx: AsyncConnection, most: int) -> list[tuple[int, str | None]]:
    """The first rows that are taken, for each reason that blocks them and for none."""
    rows = await tx.execute(_EXAMPLES, {"most": most})
    return [(row.row_number, row.refusal) for row in rows]
