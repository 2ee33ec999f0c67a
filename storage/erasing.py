"""Takes a person out of every row: what counted still counts, and says nothing of anybody.

Rows by which the history is replayed and counted stay without number, name and words; rows that
are nothing but words go.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.companies import LOCK as COMPANIES
from storage.person import Known

_READINGS: Final = """
  lead_id = ANY(cast(:leads AS uuid[])) OR call_id = ANY(cast(:calls AS uuid[]))
  OR conversation_id = ANY(cast(:conversations AS uuid[]))"""

_STATEMENTS: Final = (
    # What programs were answered within the last day names people by number and by id.
    """DELETE FROM api_answers a WHERE EXISTS (
         SELECT FROM unnest(cast(:points AS text[]) || cast(:contacts AS text[])) AS word
         WHERE position(convert_to(word, 'UTF8') IN a.body) > 0)""",
    # The words.
    "DELETE FROM turns WHERE call_id = ANY(cast(:calls AS uuid[]))",
    f"""DELETE FROM extractions WHERE lead_id = ANY(cast(:leads AS uuid[]))
          OR reading_id IN (SELECT id FROM readings WHERE {_READINGS})""",
    f"""UPDATE readings SET quote = NULL, summary = NULL, next_step = NULL, unsupported = '{{}}'
        WHERE {_READINGS}""",
    """UPDATE messages SET body = '', button = NULL, inquiry = '{}', variables = '{}'
       WHERE conversation_id = ANY(cast(:conversations AS uuid[]))""",
    """DELETE FROM notes WHERE lead_id = ANY(cast(:leads AS uuid[]))
         OR contact_id = ANY(cast(:contacts AS uuid[]))""",
    """DELETE FROM tasks WHERE lead_id = ANY(cast(:leads AS uuid[]))
         OR contact_id = ANY(cast(:contacts AS uuid[]))""",
    # What was done and for how long still counts for their company; where and by whom does not.
    """UPDATE touchpoints SET data = data - '{title,url,who}'::text[]
       WHERE lead_id = ANY(cast(:leads AS uuid[])) OR contact_id = ANY(cast(:contacts AS uuid[]))
         OR (contact_id IS NULL AND (data->'who'->>'email' = ANY(cast(:points AS text[]))
             OR data->'who'->>'phone' = ANY(cast(:points AS text[]))))""",
    """UPDATE recordings SET status = 'deleted', uri = NULL, peaks = NULL, sha256 = NULL,
         problem = NULL WHERE call_id = ANY(cast(:calls AS uuid[]))""",
    # Who they are, and how they are reached.
    """UPDATE meetings SET cancelled_at = :now
       WHERE contact_id = ANY(cast(:contacts AS uuid[])) AND cancelled_at IS NULL
         AND ends_at > :now""",
    """UPDATE conversations SET phone = 'erased ' || id, handler = 'agent', assignee = NULL,
         closed = true, returns_at = NULL, snoozed_until = NULL, window_expires_at = NULL,
         reply_due_at = NULL, no_reply_due_at = NULL,
         read_due_at = NULL, reading_state = CASE WHEN reading_state IN ('due', 'running')
           THEN 'none' ELSE reading_state END
       WHERE id = ANY(cast(:conversations AS uuid[]))""",
    """UPDATE calls SET
         from_phone = CASE direction WHEN 'inbound' THEN 'erased' ELSE from_phone END,
         to_phone = CASE direction WHEN 'inbound' THEN to_phone ELSE 'erased' END,
         reading_state = CASE WHEN reading_state IN ('due', 'running') THEN 'none'
           ELSE reading_state END
       WHERE id = ANY(cast(:calls AS uuid[]))""",
    """UPDATE attempts SET phone = 'erased', inquiry = '{}', gate = gate - 'detail'
       WHERE id = ANY(cast(:attempts AS uuid[]))""",
    """UPDATE leads SET phone = NULL, whatsapp = NULL, email = NULL, first_name = '',
         last_name = '', company = NULL, title = NULL, country = NULL, language = NULL,
         stated_zone = NULL, zones = '{}', fields = '{}', not_before = NULL, search = '',
         recheck_at = NULL,
         updated_at = :now
       WHERE id = ANY(cast(:leads AS uuid[]))""",
    "DELETE FROM lead_qualities WHERE lead_id = ANY(cast(:leads AS uuid[]))",
    # In the order of whoever sorts people into companies.
    """SELECT id FROM contacts WHERE id = ANY(cast(:contacts AS uuid[])) ORDER BY id
       FOR NO KEY UPDATE""",
    f"SELECT pg_advisory_xact_lock({COMPANIES})",
    """SELECT id FROM companies WHERE id IN (
         SELECT company_id FROM contacts WHERE id = ANY(cast(:contacts AS uuid[])))
       ORDER BY id FOR NO KEY UPDATE""",
    # A brief names its company's people and quotes them: it is written anew, without them.
    """INSERT INTO brief_orders (company_id, since, due_at, why)
       SELECT DISTINCT company_id, cast(:now AS timestamptz), cast(:now AS timestamptz), 'person'
       FROM contacts WHERE id = ANY(cast(:contacts AS uuid[])) AND company_id IS NOT NULL
       ON CONFLICT (company_id) DO UPDATE SET due_at = excluded.due_at""",
    """DELETE FROM briefs WHERE company_id IN (
         SELECT company_id FROM contacts WHERE id = ANY(cast(:contacts AS uuid[])))""",
    # A company that is known by this person's lead alone bears their name or their own domain.
    """WITH theirs AS (
         SELECT DISTINCT company_id AS id FROM contacts
         WHERE id = ANY(cast(:contacts AS uuid[])) AND company_id IS NOT NULL
       ), freed AS (
         UPDATE contacts SET company_id = NULL WHERE id = ANY(cast(:contacts AS uuid[]))
       )
       DELETE FROM companies c USING theirs
       WHERE c.id = theirs.id AND NOT c.fit ?| ARRAY['kept', 'override']
         AND NOT jsonb_path_exists(c.profile, '$.*.source ? (@ == "person")')
         AND NOT EXISTS (SELECT FROM contacts k WHERE k.company_id = c.id
                         AND k.id <> ALL(cast(:contacts AS uuid[])))
         AND NOT EXISTS (SELECT FROM notes n WHERE n.company_id = c.id)
         AND NOT EXISTS (SELECT FROM touchpoints t WHERE t.company_id = c.id
                         AND (t.contact_id IS NULL
                              OR t.contact_id <> ALL(cast(:contacts AS uuid[]))))""",
    """UPDATE contacts SET company_id = NULL, first_name = '', last_name = '', title = NULL,
         seniority = NULL, department = NULL, buying_role = 'unknown', language = NULL,
         time_zone = NULL, country = NULL, source = 'erased'
       WHERE id = ANY(cast(:contacts AS uuid[]))""",
    "DELETE FROM pre_dial_answers WHERE phone = ANY(cast(:points AS text[]))",
    "DELETE FROM contact_points WHERE contact_id = ANY(cast(:contacts AS uuid[]))",
    "DELETE FROM consents WHERE contact_id = ANY(cast(:contacts AS uuid[]))",
    """DELETE FROM suppressions WHERE kind IN ('phone', 'email')
         AND value = ANY(cast(:points AS text[]))""",
)

# Applied, so that nobody tries again what cannot be read any more.
_INBOX = text("""
UPDATE inbox SET payload = '{"erased": true}', problem = NULL, retry_at = NULL,
  status = 'applied',
  key = CASE WHEN lower(key) LIKE ANY(cast(:patterns AS text[])) THEN 'erased ' || id ELSE key END
WHERE lower(payload::text) LIKE ANY(cast(:patterns AS text[]))
   OR lower(key) LIKE ANY(cast(:patterns AS text[]))
   OR lower(problem) LIKE ANY(cast(:patterns AS text[]))
""")

# Cells as somebody typed them: numbers by their digits, a name by both of its cells or in one.
_REJECTED = text("""
UPDATE import_rejections r SET cells = '{}', message = 'Erased.', suggestion = NULL
WHERE EXISTS (
    SELECT FROM unnest(r.cells) AS cell, unnest(cast(:numbers AS text[])) AS number
    WHERE regexp_replace(cell, '\\D', '', 'g') LIKE '%' || number)
  OR EXISTS (
    SELECT FROM unnest(r.cells) AS cell, unnest(cast(:addresses AS text[])) AS address
    WHERE strpos(lower(cell), address) > 0)
  OR EXISTS (
    SELECT FROM unnest(cast(:first_names AS text[]), cast(:last_names AS text[])) AS n(first, last)
    WHERE EXISTS (SELECT FROM unnest(r.cells) AS cell WHERE strpos(lower(cell), n.first) > 0)
      AND EXISTS (SELECT FROM unnest(r.cells) AS cell WHERE strpos(lower(cell), n.last) > 0))
""")

_HELD = text("""
SELECT EXISTS (SELECT FROM recordings
               WHERE call_id = ANY(cast(:calls AS uuid[])) AND legal_hold)
    OR EXISTS (SELECT FROM contacts
               WHERE id = ANY(cast(:contacts AS uuid[])) AND held_at IS NOT NULL)
""")
# What has ended is decided on when all has come in that was said: transcript, reading, recording.
# A call of theirs that never told its end stops nobody for longer than any call lasts.
_RUNNING = text("""
SELECT EXISTS (SELECT FROM attempts WHERE id = ANY(cast(:attempts AS uuid[]))
               AND (state NOT IN ('ended', 'cancelled') OR undecided))
    OR EXISTS (SELECT FROM messages WHERE conversation_id = ANY(cast(:conversations AS uuid[]))
               AND state IN ('sending', 'unsure'))
    OR EXISTS (SELECT FROM calls WHERE id = ANY(cast(:calls AS uuid[])) AND direction = 'inbound'
               AND ended_at IS NULL AND created_at > :since)
""")
_FILES = text("""
SELECT uri FROM recordings
WHERE call_id = ANY(cast(:calls AS uuid[])) AND uri IS NOT NULL AND status = 'stored' ORDER BY uri
""")


async def is_running(tx: AsyncConnection, known: Known, since: datetime) -> bool:
    """Whether a call or message is planned or under way; one of theirs, if it began after that."""
    return bool((await tx.execute(_RUNNING, {**known.ids, "since": since})).scalar_one())


async def is_held(tx: AsyncConnection, known: Known) -> bool:
    """Whether the person, or a recording of theirs, must be kept by law."""
    return bool((await tx.execute(_HELD, known.ids)).scalar_one())


async def stored_files(tx: AsyncConnection, known: Known) -> list[str]:
    """Where their recordings lie, below the store's folder."""
    return list((await tx.execute(_FILES, known.ids)).scalars())


async def erase(tx: AsyncConnection, known: Known, now: datetime) -> None:
    """Take the person out of all rows. The caller holds the leads, and nothing is under way.

    Reads the whole inbox and all rows that lists had refused.
    """
    values = {**known.ids, "points": list(known.points), "now": now}
    for statement in _STATEMENTS:
        await tx.execute(text(statement), values)
    said = known.said
    await tx.execute(_INBOX, {"patterns": said["patterns"]})
    await tx.execute(_REJECTED, {name: value for name, value in said.items() if name != "patterns"})
