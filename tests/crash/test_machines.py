"""Many machines: each role in a process of its own, and a transaction pooler between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.crash import pooler
from tests.crash.pooler import MOST, Pooler, pooling
from tests.crash.stage import Stage

INTERESTED, ENGAGED, NO_ANSWER = 21, 68, 84
DIRECT_EACH = 9
"""What one process holds past the pooler: a listener, and the worker's own."""


@pytest.fixture
def pooled(stage: Stage, tmp_path: Path) -> Iterator[Pooler]:
    """The stage's processes reach their database through a pooler."""
    if pooler.PROGRAM is None:
        pytest.skip(
            "PGBOUNCER IS NOT INSTALLED: nothing was tested behind a transaction pooler"
            " (apt-get install pgbouncer)"
        )
    with pooling(stage.url, tmp_path / "pooler") as running:
        file = stage.folder / "config.yaml"
        values = yaml.safe_load(file.read_text())
        direct = values["database"]["url"]
        (stage.folder / "pooled").write_text(running.url)
        (stage.folder / "pooled").chmod(0o600)
        values["database"] |= {"url": f"${{file:{stage.folder}/pooled}}", "direct_url": direct}
        file.write_text(yaml.safe_dump(values))
        yield running


async def test_behind_a_transaction_pooler_everything_works_on_few_connections(
    stage: Stage, pooled: Pooler
) -> None:
    talks, replies = stage.person(INTERESTED), stage.person(NO_ANSWER)
    others = [stage.person(ENGAGED, area) for area in range(4)]
    await stage.campaign("calls", [talks, *others], "voice")
    await stage.campaign("messages", [replies], "whatsapp")
    for _ in range(2):
        await stage.serve()
    await stage.until(lambda: read(stage, talks))
    await stage.until(lambda: reached(stage, 6))
    await stage.carrier.write(replies, stage.whatsapp_number, "What does it cost?")
    await stage.until(lambda: answered(stage))
    await stage.until(stage.quiet)

    contacts = await stage.carrier.contacts()
    assert len(contacts) == len(set(contacts)) == 6
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()
    (stats,) = [one for one in pooled.stats("STATS") if one["database"] != "pgbouncer"]
    assert int(str(stats["total_xact_count"])) > 100, "they went through it"
    servers = [one for one in pooled.stats("SERVERS") if one["database"] != "pgbouncer"]
    assert len(servers) <= MOST
    held = await stage.one(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
    )
    assert held.n <= MOST + 2 * DIRECT_EACH + 10, "and the test's own ten"
    for process in stage.processes:
        process.ask_to_stop()
    assert [await process.ended() for process in stage.processes] == [0, 0]


async def test_each_role_in_a_process_of_its_own_makes_a_whole(stage: Stage) -> None:
    talks, writes = stage.person(INTERESTED), stage.person(NO_ANSWER)
    await stage.campaign("calls", [talks], "voice")
    await stage.campaign("messages", [writes], "whatsapp")
    for roles in ("scheduler", "webhooks", "voice", "worker", "web"):
        await stage.serve(roles=roles)

    await stage.until(lambda: read(stage, talks))
    await stage.until(lambda: reached(stage, 2))
    await stage.carrier.write(writes, stage.whatsapp_number, "What does it cost?")
    await stage.until(lambda: answered(stage))
    await stage.until(stage.quiet)

    contacts = await stage.carrier.contacts()
    assert len(contacts) == len(set(contacts)) == 2
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()
    claimed = await stage.rows(
        "SELECT DISTINCT p.roles FROM attempts a JOIN processes p ON p.id = a.claimed_by"
    )
    assert {tuple(row.roles) for row in claimed} <= {("scheduler",)}
    assert (await stage.attempts_of(talks))[0].answered_by == "human"


async def read(stage: Stage, person: str) -> bool:
    """Their call is over and has been read by the worker."""
    return bool(
        await stage.rows(
            "SELECT FROM readings r JOIN leads l ON l.id = r.lead_id WHERE l.phone = :p", p=person
        )
    )


async def reached(stage: Stage, people: int) -> bool:
    return len(await stage.carrier.contacts()) == people


async def answered(stage: Stage) -> bool:
    return any(not one["content_sid"] for one in await stage.carrier.messages())
