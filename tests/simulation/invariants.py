"""What must hold of the stored rows at every moment: each query lists what breaks its promise.

`%(leads)s` are the leads to look at, None for all of them. Each gives rows of (id, detail).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tests.simulation.steering import Steered

FLYING: Final = "('claimed', 'starting', 'started', 'live', 'unsure')"
OURS: Final = "(cast(%(leads)s AS uuid[]) IS NULL OR l.id = ANY(cast(%(leads)s AS uuid[])))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A promise that does not hold, and of what."""

    promise: str
    detail: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.detail}"


AT_EVERY_STEP: Final[Mapping[str, str]] = {
    "at most one planned attempt per lead": f"""
        SELECT l.id, count(*)::text FROM leads l JOIN attempts a ON a.lead_id = l.id
        WHERE {OURS} AND a.state = 'planned' GROUP BY l.id HAVING count(*) > 1""",
    "at most one attempt in flight per lead": f"""
        SELECT l.id, count(*)::text FROM leads l JOIN attempts a ON a.lead_id = l.id
        WHERE {OURS} AND a.state IN {FLYING} GROUP BY l.id HAVING count(*) > 1""",
    "one line per channel and phone": f"""
        SELECT l.id, a.channel || ' ' || a.state || ' without its line' FROM leads l
        JOIN attempts a ON a.lead_id = l.id
        WHERE {OURS}
          AND (a.state IN ('claimed', 'starting', 'unsure')
               OR (a.channel = 'voice' AND a.state IN ('started', 'live')))
          AND NOT EXISTS (SELECT FROM lines i WHERE i.attempt_id = a.id
                          AND i.channel = a.channel AND i.phone = a.phone)
        UNION ALL
        SELECT l.id, a.channel || ' ' || a.state || ' still has a line' FROM leads l
        JOIN attempts a ON a.lead_id = l.id JOIN lines i ON i.attempt_id = a.id
        WHERE {OURS} AND a.state NOT IN {FLYING}
        UNION ALL
        SELECT a.id, a.channel || ' ' || a.phone || ' is reached twice at once' FROM (
          SELECT min(lead_id::text)::uuid AS id, channel, phone FROM attempts
          WHERE state IN {FLYING} AND (channel = 'voice' OR state <> 'started')
          GROUP BY channel, phone HAVING count(*) > 1) a""",
    "leads.work says where a lead stands": f"""
        SELECT l.id, l.work || ' but ' || coalesce(string_agg(a.state, ',' ORDER BY a.n), 'nothing')
        FROM leads l
        LEFT JOIN attempts a ON a.lead_id = l.id AND a.state NOT IN ('ended', 'cancelled')
        WHERE {OURS} GROUP BY l.id
        HAVING l.work <> CASE
          WHEN coalesce(bool_or(a.state IN {FLYING}), false) THEN 'in_flight'
          WHEN coalesce(bool_or(a.state = 'planned'), false) THEN 'planned'
          WHEN l.work IN ('planned', 'in_flight') THEN 'neither' ELSE l.work END""",
    "who is blocked, waits or has ended has a reason": f"""
        SELECT l.id, l.work FROM leads l
        WHERE {OURS} AND l.work IN ('blocked', 'waiting', 'ended') AND l.work_reason IS NULL""",
}

EACH_DAY: Final[Mapping[str, str]] = {
    "nobody who waits is forgotten": f"""
        SELECT l.id, l.work_reason FROM leads l WHERE {OURS} AND l.work = 'waiting'
          AND (l.recheck_at IS NULL OR l.recheck_at < %(now)s - interval '3 hours')
          AND NOT EXISTS (SELECT FROM attempts a WHERE a.lead_id = l.id AND a.undecided)
          AND NOT EXISTS (SELECT FROM conversations v WHERE v.lead_id = l.id
            AND (v.handler = 'human' OR v.no_reply_due_at IS NOT NULL
                 OR v.read_due_at IS NOT NULL OR v.reading_state IN ('due', 'running')))
          AND NOT EXISTS (SELECT FROM calls k JOIN steered.jobs j ON j.ids->>'call_id' = k.id::text
                          WHERE k.lead_id = l.id)
          AND NOT EXISTS (SELECT FROM tasks t WHERE t.lead_id = l.id AND t.done_at IS NULL)""",
    "what is due is looked at": """
        SELECT a.id, 'planned for ' || a.due_at FROM attempts a
        JOIN campaigns c ON c.id = a.campaign_id
        WHERE a.state = 'planned' AND c.status = 'running'
          AND a.due_at < %(now)s - interval '3 hours'
          AND NOT (SELECT stopped FROM operator_stop) AND cast(%(leads)s AS uuid[]) IS NULL
          AND NOT EXISTS (SELECT FROM events e WHERE e.at > %(now)s - interval '3 hours'
            AND (e.campaign_id = c.id AND e.kind IN ('campaign.resumed', 'campaign.launched')
                 OR e.kind = 'operator.resumed'))
        UNION ALL
        SELECT a.id, a.state || ' without a lease' FROM attempts a
        WHERE a.state IN ('claimed', 'starting', 'started', 'live') AND a.lease_until IS NULL
        UNION ALL
        SELECT a.id, a.state || ' since ' || (a.lease_until) FROM attempts a
        WHERE a.lease_until < clock_timestamp() - interval '3 hours'
          AND a.state IN ('claimed', 'starting', 'started', 'live', 'unsure')
        UNION ALL
        SELECT l.id, 'blocked until ' || l.recheck_at FROM leads l
        WHERE l.work = 'blocked' AND l.recheck_at < %(now)s - interval '3 hours'
        UNION ALL
        SELECT v.id, 'a conversation since '
                     || least(v.reply_due_at, v.no_reply_due_at, v.read_due_at)
        FROM conversations v
        WHERE least(v.no_reply_due_at, v.read_due_at) < %(now)s - interval '3 hours'
           OR (v.handler = 'agent' AND v.reply_due_at < %(now)s - interval '3 hours'
               AND NOT (SELECT stopped FROM operator_stop))
        UNION ALL
        SELECT a.id, 'undecided since ' || a.ended_at FROM attempts a
        WHERE a.undecided AND a.state = 'ended' AND a.ended_at < %(now)s - interval '6 hours'
          AND NOT EXISTS (SELECT FROM steered.jobs j WHERE j.ids->>'call_id' = a.id::text)
        UNION ALL
        SELECT m.id, 'a message that is ' || m.state FROM messages m
        WHERE m.state IN ('composed', 'sending') AND m.created_at < %(now)s - interval '3 hours'
          AND NOT (SELECT stopped FROM operator_stop)
          AND NOT EXISTS (SELECT FROM messages o WHERE o.conversation_id = m.conversation_id
                          AND o.state = 'unsure')""",
    "every delivery is applied": """
        SELECT i.id, i.kind || ' ' || i.status || ' ' || coalesce(i.problem, '') FROM inbox i
        WHERE i.status IN ('pending', 'failed') AND cast(%(leads)s AS uuid[]) IS NULL""",
}


async def broken(
    steered: Steered, promises: Mapping[str, str], leads: Sequence[UUID] | None
) -> list[Broken]:
    """What does not hold of these leads (None: of everything), in one round trip."""
    union = "\nUNION ALL\n".join(
        f"SELECT '{name}' AS promise, x.* FROM ({query}) AS x(id, detail)"
        for name, query in promises.items()
    )
    values: dict[str, object] = {"leads": None if leads is None else list(leads)}
    if "%(now)s" in union:
        values["now"] = steered.now
    return [
        Broken(promise=row.promise, detail=f"{row.id} {row.detail}")
        for row in await steered.run(union, **values)
    ]
