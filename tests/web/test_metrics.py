"""Monitoring reads sums from outside: right, cheap, in Prometheus's format, and by who may."""

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.counts import Counted, Counts
from orchestrator.engine.recover import return_claimed
from orchestrator.http_server import listen, serving
from outreach.channel import ChannelName
from storage import metrics as queries
from storage.database import transaction
from storage.metrics import Snapshot
from tests.orchestrator.doctor.installation import installed
from tests.orchestrator.engine.world import TUESDAY, World
from web import metrics
from web.exposition import Family, expose

RULES = Path(__file__).parents[2] / "deploy" / "prometheus"
SILENCE = timedelta(seconds=20)
LEADS = 10_000

promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not installed (Debian: apt install prometheus)",
)


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    made = World(engine)
    await made.begin()
    return made


async def look(engine: AsyncEngine) -> Snapshot:
    async with transaction(engine) as tx:
        return await queries.read(tx, SILENCE)


@asynccontextmanager
async def served(
    world: World, counts: Counts, token: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """`/metrics` behind a real socket."""

    async def read() -> Snapshot | None:
        return await look(world.engine)

    app = FastAPI()
    app.include_router(metrics.routes(read, counts, token))
    listener = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with (
        serving(app, listener),
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        yield http


def samples(said: str) -> dict[str, float]:
    lines = [line for line in said.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_what_is_due_in_flight_and_refused_is_told(world: World):
    campaign = await world.campaign("spring")
    ended = await world.campaign("winter", status="paused")
    await world.leads(campaign, 3, due_at=TUESDAY - timedelta(minutes=10))
    await world.leads(campaign, 2, channel=ChannelName.WHATSAPP)
    await world.leads(campaign, 1, due_at=TUESDAY + timedelta(days=1))
    await world.leads(ended, 4, due_at=TUESDAY - timedelta(days=1))

    before = await look(world.engine)
    await world.do("UPDATE leads SET whatsapp = NULL")
    ctx = world.context()
    await world.tick(ctx)
    after = await look(world.engine)

    assert before.due == {("voice",): 3, ("whatsapp",): 2}
    assert before.oldest_due_s is not None
    assert 600 <= before.oldest_due_s < 700
    assert before.in_flight == {}
    assert after.due.get(("voice",), 0) == 0
    assert after.in_flight[("voice", "started")] == 3
    assert ctx.counts.of(Counted.CLAIMED) == {"voice": 3, "whatsapp": 2}
    taken = ctx.counts.of(Counted.STARTED)["taken"]
    refused = sum(ctx.counts.of(Counted.REFUSED).values())
    assert (taken, taken + refused) == (sum(after.in_flight.values()), 5)


async def test_what_needs_somebodys_eye_is_told(world: World):
    campaign = await world.campaign("spring")
    await world.leads(campaign, 2)
    await world.tick()
    await world.do("UPDATE attempts SET lease_until = clock_timestamp() - interval '1 minute'")
    await world.do(
        "UPDATE senders SET status = 'parked', status_reason = 'provider_down'"
        " WHERE channel = 'voice'"
    )
    await world.do(
        "INSERT INTO breakers (scope, name, state, changed_at) VALUES"
        " ('provider', 'fake/voice', 'open', clock_timestamp()),"
        " ('provider', 'fake/whatsapp', 'closed', clock_timestamp())"
    )
    await world.do("UPDATE operator_stop SET stopped = true")
    for number, status in enumerate(("pending", "pending", "failed", "applied")):
        await world.do(
            "INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)"
            " SELECT gen_random_uuid(), date_trunc('month', now), 's', :key, 'k', '{}',"
            "   now - interval '5 minutes', :status"
            " FROM (SELECT clock_timestamp() + shift AS now FROM clock) AS t",
            key=str(number),
            status=status,
        )
    await world.do("INSERT INTO counters (name, value) VALUES ('webhook_rejections', 17)")

    found = await look(world.engine)

    assert found.leases_expired == 2
    assert found.parked == {("provider_down",): 1}
    assert found.senders == {("voice", "parked"): 1, ("whatsapp", "active"): 1}
    assert found.breakers == {("provider", "open"): 1}
    assert (found.webhooks_pending, found.webhooks_failed, found.rejections) == (2, 1, 17)
    assert found.webhook_lag_s is not None
    assert 300 <= found.webhook_lag_s < 400
    assert found.stopped
    assert found.processes == {("voice",): 1}
    assert (found.voice_slots, found.voice_slots_used) == (10_000, 2)


async def test_leases_that_ran_out_are_counted_and_shutdowns_are_not(world: World):
    await world.leads(await world.campaign("spring"), 3)
    ctx = world.context()
    await world.do(
        "UPDATE attempts SET state = 'claimed', claimed_by = :id,"
        " lease_until = clock_timestamp() - interval '1 second'",
        id=ctx.process_id,
    )
    await world.do("UPDATE leads SET work = 'in_flight'")

    await return_claimed(ctx)

    assert ctx.counts.of(Counted.LEASES_EXPIRED) == {"claimed": 3}


async def test_only_this_machine_is_answered_and_no_proxy_on_it(world: World):
    async with served(world, Counts()) as http:
        direct = await http.get("/metrics")
        proxied = [
            await http.get("/metrics", headers=headers)
            for headers in (
                {"X-Forwarded-For": "192.0.2.7"},
                {"Forwarded": "for=192.0.2.7"},
                {"Via": "1.1 proxy"},
            )
        ]

    assert direct.status_code == 200
    assert direct.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert [one.status_code for one in proxied] == [403, 403, 403]
    assert "telemetry.metrics_token" in proxied[0].text


async def test_every_process_that_serves_answers_with_what_it_did(
    tmp_path: Path, database_url: str
):
    async with (
        installed(tmp_path, database_url) as home,
        httpx.AsyncClient(base_url=home.public_url, trust_env=False) as http,
    ):
        await http.post("/webhooks/twilio/voice/inbound", data={"CallSid": "CA1"})
        found = samples((await http.get("/metrics")).text)

    assert found["outreach_database_up"] == 1
    assert found['outreach_processes{role="scheduler"}'] == 1
    assert found["outreach_voice_slots"] == 20
    assert found["outreach_webhook_rejections_total"] == 1


async def test_with_a_token_whoever_shows_it_is_answered_and_nobody_else(world: World):
    async with served(world, Counts(), token="right") as http:
        statuses = [
            (await http.get("/metrics", headers=headers)).status_code
            for headers in (
                {},
                {"Authorization": "Bearer wrong"},
                {"Authorization": "Bearer right", "X-Forwarded-For": "192.0.2.7"},
            )
        ]

    assert statuses == [401, 401, 200]


async def test_many_askers_are_served_by_one_look(world: World):
    looks = 0

    async def read() -> Snapshot | None:
        nonlocal looks
        looks += 1
        return await look(world.engine)

    app = FastAPI()
    app.include_router(metrics.routes(read, Counts(), None))
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for _ in range(5):
            await http.get("/metrics")

    assert looks == 1


async def test_a_database_that_is_away_is_told_and_not_a_failure():
    async def read() -> Snapshot | None:
        return None

    counts = Counts()
    counts.add(Counted.CLAIMED, "voice", 4)
    app = FastAPI()
    app.include_router(metrics.routes(read, counts, None))
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        found = samples((await http.get("/metrics")).text)

    assert found["outreach_database_up"] == 0
    assert found['outreach_attempts_claimed_total{channel="voice"}'] == 4
    assert "outreach_attempts_lease_overdue" not in found


def asked(command: Sequence[str], said: str = "") -> tuple[int, str]:
    """How a program ended that was told this, and what it said."""
    done = subprocess.run(command, input=said, text=True, capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


async def exposition(world: World) -> str:
    """What a busy process says."""
    await world.leads(await world.campaign("spring"), 3)
    await world.do("UPDATE senders SET status = 'parked', status_reason = 'a \"b\\c'")
    counts = Counts()
    for what in Counted:
        counts.add(what, "a_code")
    async with served(world, counts) as http:
        return (await http.get("/metrics")).text


@promtool
async def test_prometheus_reads_it_and_has_nothing_against_its_names(world: World):
    said = await exposition(world)

    assert asked(["promtool", "check", "metrics"], said) == (0, "")


async def test_nothing_of_a_person_or_a_number_is_exported(world: World):
    said = await exposition(world)

    assert "+1" not in re.sub(r"[0-9.]e\+1", "", said)
    assert "spring" not in said


@promtool
def test_each_alert_fires_for_its_fault_and_is_silent_without_it():
    status, said = asked(["promtool", "test", "rules", str(RULES / "outreach.rules.test.yaml")])

    assert status == 0, said


async def test_alerts_ask_for_nothing_that_is_not_exported(world: World):
    told = set(re.findall(r"^# TYPE (\S+)", await exposition(world), re.MULTILINE))
    rules = yaml.safe_load((RULES / "outreach.rules.yaml").read_text())["groups"][0]["rules"]

    used = {name for rule in rules for name in re.findall(r"outreach_\w+", rule["expr"])}

    assert len(rules) >= 16
    assert used <= told
    assert all(rule["annotations"]["fix"] and rule["annotations"]["summary"] for rule in rules)


def test_labels_are_written_so_that_they_read_back():
    family = Family(
        name="x_total", kind="counter", help="X.", labels=("a",), samples={('q"\\\n',): 1e7}
    )

    assert expose([family]).splitlines()[-1] == 'outreach_x_total{a="q\\"\\\\\\n"} 10000000'


async def test_the_numbers_of_a_large_database_are_read_by_index(world: World):
    """With ten thousand planned attempts, none is read that is not due."""
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    await world.leads(campaign, LEADS, due_at=TUESDAY + timedelta(days=7))
    await world.do("ANALYZE")

    plans = await explained(world)

    for name, plan in plans.items():
        for node in nodes(plan):
            if node.get("Relation Name") in ("attempts", "leads"):
                assert node["Node Type"] != "Seq Scan", (name, node)
    read = sum(
        float(str(node["Actual Rows"])) * float(str(node["Actual Loops"]))
        for plan in plans.values()
        for node in nodes(plan)
        if node.get("Relation Name") == "attempts"
    )
    assert read <= 50


async def explained(world: World) -> Mapping[str, dict[str, object]]:
    values = {
        "_DUE": {
            "now": TUESDAY,
            "channels": queries.CHANNELS,
            "priorities": [int(one) for one in queries.PRIORITIES],
            "most": queries.MOST_DUE,
        },
        "_IN_FLIGHT": {"most": queries.MOST_IN_FLIGHT},
        "_REST": {"now": TUESDAY, "most": queries.MOST_WAITING, "silence": SILENCE},
    }
    plans = {}
    async with transaction(world.engine) as tx:
        await tx.execute(queries._BY_INDEX)
        for name, bound in values.items():
            query = text(f"EXPLAIN (ANALYZE, FORMAT json) {getattr(queries, name).text}")
            found = (await tx.execute(query, bound)).scalar_one()
            plans[name] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plans


def nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    inner = plan.get("Plans", [])
    assert isinstance(inner, list)
    return [plan, *(node for one in inner for node in nodes(one))]
