"""However often and in whatever order reports come, the same becomes of everybody."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx

from tests.crash.carrier import bare
from tests.crash.stage import Stage

PERSONAS = (36, 68, 79, 84)
"""One declines, one is engaged and writes later, one presses stop, one says nothing."""
PLAYED = timedelta(days=4)
RULES = [
    {
        "id": "missed",
        "when": {"outcome": ["no_answer", "busy"]},
        "then": {"else_channel": "whatsapp_template"},
    }
]
DISORDER: Sequence[Mapping[str, object]] = (
    {"fault": "reorder_callback", "times": None, "chance": 0.4, "seconds": 1.5},
    {"fault": "delay_callback", "times": None, "chance": 0.2, "seconds": 1.5},
    {"fault": "duplicate_callback", "times": None},
)


async def test_reports_twice_and_in_any_order_come_to_the_same(stage: Stage) -> None:
    """Two campaigns on twins at once: whoever has the same last two digits behaves the same."""
    twins = {name: [_in_london(n, hundred) for n in PERSONAS] for name, hundred in HUNDREDS.items()}
    stage.carrier.people.update(*twins.values())
    await stage.carrier.plan(
        *({**fault, "number": phone[-4:]} for phone in twins["disorder"] for fault in DISORDER)
    )
    for name, people in twins.items():
        await stage.campaign(name, people, "voice", "whatsapp", rules=RULES)
    process = await stage.serve()
    await stage.conduct(PLAYED)

    in_order = await _final(stage, "order")
    assert await stage.carrier.fired() > 3 * len(PERSONAS)
    assert await _final(stage, "disorder") == in_order
    assert {lead[0] for lead in in_order.values()} >= {"unsubscribed"}

    await _repeat_everything(stage, process.port)
    await stage.until(stage.quiet)
    assert await _final(stage, "order") == in_order
    assert await _final(stage, "disorder") == in_order
    assert await stage.carrier.wrongs() == []


HUNDREDS = {"order": 1, "disorder": 2}


def _in_london(suffix: int, hundred: int) -> str:
    """A number of nobody in which more than the last two digits vary."""
    return f"+442079460{hundred}{suffix:02}"


async def _repeat_everything(stage: Stage, port: int) -> None:
    """Every report that ever came, from the last to the first, twice."""
    told = [
        one
        for one in (await stage.carrier.http.get("/_sim/requests")).json()
        if one["signature"]
        and one["kind"] in ("status", "amd", "message", "inbound_message")
        and f":{stage.balancer.port}/" in one["url"]
    ]
    assert len(told) > 6 * len(PERSONAS)
    async with httpx.AsyncClient(trust_env=False) as http:
        for one in reversed(told):
            for token in (one["idempotency_token"], "another"):
                address = one["url"].partition("#")[0]
                headers = {"X-Twilio-Signature": one["signature"]}
                headers["I-Twilio-Idempotency-Token"] = token
                answer = await http.post(address, data=one["params"], headers=headers)
                assert answer.status_code < 300, one


async def _final(stage: Stage, campaign: str) -> dict[str, list[Any]]:
    """What became of each persona, ids and times aside."""
    rows = await stage.rows(
        "SELECT l.phone, l.status, l.work, l.work_reason,"
        " (SELECT json_agg(json_build_array(a.channel, a.state, a.outcome, a.answered_by,"
        "   a.reason, a.rule_id, a.provider_status) ORDER BY a.n)"
        "  FROM attempts a WHERE a.lead_id = l.id) AS attempts,"
        " (SELECT json_agg(json_build_array(m.direction, m.kind, m.state) ORDER BY m.created_at)"
        "  FROM messages m JOIN conversations v ON v.id = m.conversation_id"
        "  WHERE v.lead_id = l.id) AS messages,"
        " (SELECT count(*) FROM tasks t WHERE t.lead_id = l.id) AS tasks,"
        " (SELECT json_agg(json_build_array(s.scope, s.reason)) FROM suppressions s"
        "  WHERE s.value = l.phone) AS suppressions"
        " FROM leads l JOIN campaigns c ON c.id = l.campaign_id WHERE c.name = :name",
        name=campaign,
    )
    return {bare(row.phone)[-2:]: [*row[1:]] for row in rows}
