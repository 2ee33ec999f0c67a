"""Several processes on one database, a database that goes away, and a door that stays shut."""

from datetime import datetime
from pathlib import Path

import httpx

from storage import rejections
from storage.database import transaction
from tests.crash.conftest import DurableServer
from tests.crash.processes import Launcher, Running
from tests.crash.stage import Stage
from tests.crash.test_strikes import crowd, once_each

ENGAGED, NO_ANSWER, TALKS = (68, 69, 70), (85, 86, 87), 36
FORGED = {"CallSid": "CA" + "0" * 32, "CallStatus": "completed", "AccountSid": "AC" + "0" * 32}


async def test_two_processes_contact_everybody_once_and_keep_cap_and_pace(stage: Stage) -> None:
    called = [stage.person(suffix, area) for suffix in ENGAGED for area in range(4)]
    written = [stage.person(suffix, area) for suffix in NO_ANSWER for area in range(4)]
    await stage.campaign(
        "calls", called, "voice", concurrency=2, pace={"per_second": 4, "burst": 1}
    )
    await stage.campaign("messages", written, "whatsapp")
    await stage.serve(ready=False)
    await stage.serve()
    await stage.until(lambda: _ended(stage, len(called)))
    await stage.until(stage.quiet)

    contacts = await stage.carrier.contacts()
    assert len(contacts) == len(set(contacts)) == len(called) + len(written)
    assert await stage.carrier.wrongs() == []
    calls = await stage.carrier.calls()
    spans = [(at(one["created_at"]), at(one["ended_at"])) for one in calls]
    begins = sorted(begin for begin, _ in spans)
    assert all(sum(b <= begin < e for b, e in spans) <= 2 for begin in begins), "cap of two calls"
    # Four a second: twelve calls take eleven quarters at least, less one for what was delayed.
    assert (begins[-1] - begins[0]).total_seconds() > 10 / 4
    worked = await stage.rows("SELECT DISTINCT claimed_by FROM attempts WHERE state <> 'planned'")
    assert len(worked) == 2, "both have done their part"


async def test_a_process_survives_its_database_and_ends_without_it(
    stage: Stage, durable_server: DurableServer
) -> None:
    before, after = stage.person(NO_ANSWER[0]), stage.person(TALKS)
    await stage.campaign("before", [before], "voice")
    process = await stage.serve()
    await stage.until(lambda: _ended(stage, 1))

    durable_server.halt()
    address = f"http://127.0.0.1:{process.port}"
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        assert (await http.get("/readyz")).status_code == 503
        forged = await http.post("/webhooks/twilio/whatsapp/inbound", data=FORGED)
        assert forged.status_code == 403
        durable_server.start()
        await stage.engine.dispose()
        await stage.campaign("after", [after], "voice")
        await stage.until(lambda: _ended(stage, 2))
        # Its call is read by the worker of side jobs, which lost its connections too.
        await stage.until(stage.quiet)
        assert (await http.get("/readyz")).status_code == 200
    assert (await stage.attempts_of(after))[0].outcome == "not_interested"
    await stage.nobody_is_lost()

    durable_server.halt()
    process.ask_to_stop()
    try:
        assert await process.ended() == 0
    finally:
        durable_server.start()
        await stage.engine.dispose()


async def test_a_database_that_restarts_under_load_loses_and_doubles_nobody(
    stage: Stage, durable_server: DurableServer
) -> None:
    people = await crowd(stage)
    await stage.serve(roles="voice,worker")
    for _ in range(2):
        await stage.serve(roles="webhooks,scheduler")

    for few in (3, 8):
        await stage.until(lambda enough=few: _contacted(stage, enough))  # type: ignore[misc]
        durable_server.halt()
        durable_server.start()
        await stage.engine.dispose()

    await once_each(stage, people)


async def test_a_process_without_a_database_says_so_and_does_not_start(
    launcher: Launcher, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(f"postgresql://nobody@/none?host={tmp_path}")
    (tmp_path / "config.yaml").write_text(f"database: {{url: '${{file:{tmp_path}/url}}'}}\n")
    log = tmp_path / "serve.log"

    pid = launcher.start("serve", "--port", "0", folder=tmp_path, log=log)

    assert await Running(launcher=launcher, pid=pid, port=0, log=log).ended() == 2
    assert "does not answer" in log.read_text()
    assert "Traceback" not in log.read_text()


async def test_a_forged_report_changes_nothing_but_the_count_of_rejections(stage: Stage) -> None:
    person = stage.person(NO_ANSWER[0])
    await stage.campaign("calls", [person], "voice")
    process = await stage.serve()
    await stage.until(lambda: _ended(stage, 1))
    await stage.until(stage.quiet)
    attempt = (await stage.attempts_of(person))[0].id
    before = await _everything(stage)

    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{process.port}/webhooks/twilio", trust_env=False
    ) as http:
        for path in (f"voice/{attempt}/status", f"voice/{attempt}/answer", "whatsapp/inbound"):
            for headers in ({}, {"X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}):
                answer = await http.post(f"/{path}", data=FORGED, headers=headers)
                assert answer.status_code == 403

    assert await _everything(stage) == before
    async with transaction(stage.engine) as tx:
        assert await rejections.count(tx) == 6
        assert len(await rejections.newest(tx)) == 6


async def _contacted(stage: Stage, count: int) -> bool:
    return len(await stage.carrier.contacts()) >= count


async def _ended(stage: Stage, count: int) -> bool:
    ended = await stage.rows("SELECT FROM attempts WHERE state = 'ended' AND channel = 'voice'")
    return len(ended) >= count


async def _everything(stage: Stage) -> list[object]:
    """Each row of each table that is about people."""
    tables = ("attempts", "leads", "calls", "conversations", "messages", "events", "inbox")
    return [
        [tuple(row) for row in await stage.rows(f"SELECT t::text FROM {table} t ORDER BY 1")]
        for table in tables
    ]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
