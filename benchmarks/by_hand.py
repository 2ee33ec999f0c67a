"""What somebody would write by hand instead: one attempt after the other, the same rows.

As few statements as it takes, each prepared, four commits per attempt; no provider and no ringing
is waited for. On eight connections here;
`benchmarks.queued` does it as jobs of a queue.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection
from uuid import UUID, uuid4

import psycopg

from benchmarks.crowd import IDS, TUESDAY, number_id, plain
from benchmarks.outward import WARM_UP_S, Done, Job, go

CONNECTIONS = 8
LEASE = timedelta(seconds=90)

_ROOM = """
SELECT concurrency - (SELECT count(*) FROM attempts f WHERE f.campaign_id = c.id
  AND f.channel = 'voice' AND f.state IN ('claimed', 'starting', 'started', 'live', 'unsure'))
FROM campaigns c WHERE id = %s FOR NO KEY UPDATE
"""
_EVENT = """
INSERT INTO events (at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data)
SELECT %(now)s, {kind}, 'engine', campaign_id, lead_id, contact_id, id, {data} FROM {of}
"""
_TAKE = (
    """
WITH one AS (
  SELECT id, lead_id, contact_id, campaign_id, phone FROM attempts WHERE {which}
  FOR NO KEY UPDATE SKIP LOCKED
), line AS (
  INSERT INTO lines (channel, phone, attempt_id) SELECT 'voice', phone, id FROM one
  ON CONFLICT DO NOTHING RETURNING attempt_id
), moved AS (
  UPDATE attempts SET state = 'claimed', sender_id = %(sender)s, simulated = true,
    claimed_by = %(process)s, claimed_at = %(now)s, lease_until = clock_timestamp() + %(lease)s
  FROM line WHERE attempts.id = line.attempt_id
  RETURNING attempts.id, lead_id, contact_id, campaign_id
), lead AS (
  UPDATE leads SET work = 'in_flight', updated_at = %(now)s FROM moved
  WHERE leads.id = moved.lead_id
)
"""
    + _EVENT.format(
        kind="'attempt.claimed'", data="jsonb_build_object('sender', %(sender)s::uuid)", of="moved"
    )
    + " RETURNING attempt_id"
)
_TAKE_NEXT = _TAKE.format(
    which="campaign_id = %(campaign)s AND channel = 'voice' AND priority = 0"
    " AND state = 'planned' AND due_at <= %(now)s ORDER BY due_at, id LIMIT 1"
).encode()
TAKE_THIS = _TAKE.format(which="id = %(id)s AND state = 'planned'").encode()
_MAY = """
SELECT (SELECT stopped FROM operator_stop),
  (SELECT status FROM campaigns WHERE id = a.campaign_id),
  EXISTS (SELECT FROM suppressions s WHERE s.lifted_at IS NULL AND s.kind = 'phone'
          AND s.value = a.phone),
  EXISTS (SELECT FROM conversations v WHERE v.contact_id = a.contact_id AND v.handler = 'human'),
  (SELECT state FROM consents c WHERE c.contact_id = a.contact_id
   ORDER BY recorded_at DESC, id DESC LIMIT 1),
  (SELECT count(*) FROM attempts b WHERE b.contact_id = a.contact_id
   AND b.starting_at > %(now)s - interval '30 days'),
  l.zones
FROM attempts a JOIN leads l ON l.id = a.lead_id WHERE a.id = %(id)s
"""
_STARTING = """
WITH moved AS (
  UPDATE attempts SET state = 'starting', starting_at = %(now)s, versions = %(versions)s::jsonb,
    gate = %(facts)s::jsonb, lease_until = clock_timestamp() + %(lease)s
  WHERE id = %(id)s AND state = 'claimed' RETURNING id, lead_id, contact_id, campaign_id
)
""" + _EVENT.format(kind="'attempt.starting'", data="%(versions)s::jsonb", of="moved")
_STARTED = """
WITH moved AS (
  UPDATE attempts SET state = 'started', started_at = %(now)s, provider_ref = %(ref)s,
    provider_status = 'queued', lease_until = clock_timestamp() + %(lease)s
  WHERE id = %(id)s AND state = 'starting' RETURNING id, lead_id, contact_id, campaign_id
)
""" + _EVENT.format(kind="'attempt.started'", data="""'{"channel": "voice"}'::jsonb""", of="moved")
ENDED = """
WITH entry AS (
  INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)
  VALUES (%(entry)s, date_trunc('month', %(now)s::timestamptz), 'bench', %(key)s, 'call_reported',
          %(payload)s::jsonb, %(now)s, 'applied')
  ON CONFLICT DO NOTHING RETURNING id
), moved AS (
  UPDATE attempts SET state = 'ended', outcome = 'no_answer', outcome_by = 'provider',
    provider_status = 'no-answer', provider_rank = 9, ended_at = %(now)s, lease_until = NULL
  FROM entry WHERE attempts.id = %(id)s AND state = 'started'
  RETURNING attempts.id, lead_id, contact_id, campaign_id, phone
), call AS (
  INSERT INTO calls (id, attempt_id, contact_id, lead_id, direction, provider_ref, from_phone,
    to_phone, status, created_at, ended_at, simulated)
  SELECT id, id, contact_id, lead_id, 'outbound', %(ref)s, '+12025550100', phone, 'no-answer',
    %(now)s, %(now)s, true FROM moved
  ON CONFLICT (id) DO UPDATE SET status = excluded.status, ended_at = excluded.ended_at
), line AS (
  DELETE FROM lines USING moved WHERE attempt_id = moved.id
), lead AS (
  UPDATE leads SET work = 'ended', work_reason = 'no_answer', status = 'attempting',
    updated_at = %(now)s
  FROM moved WHERE leads.id = moved.lead_id
), told AS (
  SELECT moved.*, kind FROM moved, unnest(ARRAY['call.status', 'attempt.ended', 'attempt.result',
    'lead.status', 'lead.ended']) AS kind
)
""" + _EVENT.format(kind="kind", data="""'{"outcome": "no_answer"}'::jsonb""", of="told")

RINGING = """
WITH entry AS (
  INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)
  VALUES (%(entry)s, date_trunc('month', %(now)s::timestamptz), 'bench', %(key)s, 'call_reported',
          %(payload)s::jsonb, %(now)s, 'applied')
  ON CONFLICT DO NOTHING RETURNING id
), moved AS (
  UPDATE attempts SET provider_ref = %(ref)s, provider_status = 'ringing', provider_rank = 2
  FROM entry WHERE attempts.id = %(id)s AND state = 'started'
  RETURNING attempts.id, lead_id, contact_id, campaign_id, phone
), call AS (
  INSERT INTO calls (id, attempt_id, contact_id, lead_id, direction, provider_ref, from_phone,
    to_phone, status, created_at, ringing_at, simulated)
  SELECT id, id, contact_id, lead_id, 'outbound', %(ref)s, '+12025550100', phone, 'ringing',
    %(now)s, %(now)s, true FROM moved
)
""" + _EVENT.format(kind="'call.status'", data="""'{"status": "ringing"}'::jsonb""", of="moved")


async def carry_out(connection: psycopg.AsyncConnection, id: UUID) -> None:
    """A claimed attempt until it has ended: three commits."""
    now = TUESDAY
    await (await connection.execute(_MAY, {"id": id, "now": now})).fetchone()
    values = {"id": id, "now": now, "lease": LEASE, "ref": f"CA{id.hex}", "entry": uuid4()}
    facts = json.dumps({"campaign": "running", "consent": "given", "zones": ["America/New_York"]})
    versions = json.dumps({"campaign": 1, "agent": 1, "agent_name": "ada"})
    await connection.execute(_STARTING, {**values, "facts": facts, "versions": versions})
    await connection.commit()
    await connection.execute(_STARTED, values)
    await connection.commit()
    said = json.dumps({"ref": values["ref"]})
    await connection.execute(ENDED, {**values, "key": values["ref"], "payload": said})
    await connection.commit()


async def loop(job: Job, wait_for_go: Callable[[], Awaitable[None]]) -> Done:
    """Eight connections, each taking one attempt after the other from campaigns of its own."""
    connections = [
        await psycopg.AsyncConnection.connect(plain(job.url)) for _ in range(CONNECTIONS)
    ]
    for connection in connections:
        connection.prepare_threshold = 0
    cursor = await connections[0].execute("SELECT id FROM campaigns ORDER BY name")
    campaigns = [row[0] for row in await cursor.fetchall()]
    await connections[0].commit()
    ends: list[float] = []
    await wait_for_go()
    began = time.process_time()
    until = time.perf_counter() + WARM_UP_S + job.seconds
    await asyncio.gather(
        *(
            _one_after_the_other(connection, campaigns[index::CONNECTIONS], until, ends)
            for index, connection in enumerate(connections)
        )
    )
    for connection in connections:
        await connection.close()
    used = time.process_time() - began
    inside = sum(until - job.seconds <= end < until for end in ends)
    return Done(ended=inside, started=(), all_ended=len(ends), processor_s=used)


async def _one_after_the_other(
    connection: psycopg.AsyncConnection, campaigns: Sequence[UUID], until: float, ends: list[float]
) -> None:
    turn = 0
    while time.perf_counter() < until:
        campaign = campaigns[turn % len(campaigns)]
        turn += 1
        await (await connection.execute(_ROOM, [campaign])).fetchone()
        taken = await take(connection, _TAKE_NEXT, campaign=campaign)
        if taken is not None:
            await carry_out(connection, taken)
            ends.append(time.perf_counter())


async def take(
    connection: psycopg.AsyncConnection, statement: bytes, **which: object
) -> UUID | None:
    """Claim one attempt; None where it is somebody else's."""
    values = {"now": TUESDAY, "lease": LEASE, "process": IDS, "sender": number_id(0), **which}
    row = await (await connection.execute(statement, values)).fetchone()
    await connection.commit()
    return None if row is None else row[0]


def loop_process(pipe: Connection, job: Job) -> None:
    """Entry of a process: the loop on eight connections."""
    pipe.send(asyncio.run(loop(job, partial(go, pipe))))
