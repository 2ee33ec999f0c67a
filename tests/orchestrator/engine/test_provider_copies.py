"""When our copy of a recording is gone, the carrier is asked for its own until it is gone too."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from channels.twilio_http import TwilioAccount, open_pool
from channels.twilio_recordings import TwilioRecordings
from orchestrator.engine.context import Context
from orchestrator.engine.provider_copies import delete_copies
from simulator.call import Callback
from simulator.faults import Rule
from simulator.recorded import Recording
from simulator.server import RunningSimulator, running_simulator
from tests.orchestrator.engine.world import TUESDAY, World

REF = "RE" + "a" * 32
GONE = "SELECT gone_at IS NOT NULL FROM recordings ORDER BY provider_ref"


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[RunningSimulator]:
    async with running_simulator(media_dir=tmp_path, speed=50, now=TUESDAY) as running:
        yield running


@pytest.fixture
async def ctx(world: World, simulator: RunningSimulator) -> AsyncIterator[Context]:
    account = TwilioAccount(
        account_sid=simulator.account_sid,
        auth_token=simulator.auth_token,
        base_url=simulator.base_url,
        timeout=timedelta(seconds=5),
    )
    carrier = TwilioRecordings(pool=open_pool(account))
    yield replace(world.context(), delete_recording=carrier.delete)
    await carrier.close()


async def recorded(world: World, ref: str, status: str = "deleted") -> None:
    call = uuid4()
    await world.do(
        "INSERT INTO calls (id, direction, from_phone, to_phone, created_at)"
        " VALUES (:id, 'outbound', 'a', 'b', :now)",
        id=call,
        now=TUESDAY,
    )
    await world.do(
        "INSERT INTO recordings (id, call_id, source, provider_ref, status, created_at)"
        " VALUES (:id, :call, 'provider', :ref, :status, :now)",
        id=uuid4(),
        call=call,
        ref=ref,
        status=status,
        now=TUESDAY,
    )


def keep(simulator: RunningSimulator, folder: Path) -> Recording:
    path = folder / "theirs.wav"
    path.write_bytes(b"sound")
    kept = Recording(
        sid=REF,
        call_sid="CA1",
        path=path,
        channels=2,
        source="OutboundAPI",
        callback=Callback(url="", method="POST"),
        events=frozenset(),
        started_at=TUESDAY,
        updated_at=TUESDAY,
        status="completed",
    )
    simulator.world.recordings[REF] = kept
    return kept


async def test_the_carrier_deletes_its_copy_once_ours_is_gone(
    world: World, simulator: RunningSimulator, ctx: Context, tmp_path: Path
) -> None:
    theirs = keep(simulator, tmp_path)
    await recorded(world, REF)

    assert await delete_copies(ctx) == 1
    assert theirs.status == "deleted"
    assert await world.rows(GONE) == [(True,)]
    assert await delete_copies(ctx) == 0


async def test_it_is_asked_again_while_it_fails(
    world: World, simulator: RunningSimulator, ctx: Context, tmp_path: Path
) -> None:
    theirs = keep(simulator, tmp_path)
    await recorded(world, REF)
    simulator.world.faults.replace([Rule(fault="error_before", target="Recordings")], None)

    assert await delete_copies(ctx) == 0
    assert await world.rows(GONE) == [(False,)]
    assert await delete_copies(ctx) == 1
    assert theirs.status == "deleted"


async def test_what_the_carrier_does_not_know_any_more_is_gone(world: World, ctx: Context) -> None:
    await recorded(world, REF)

    assert await delete_copies(ctx) == 1


async def test_what_we_still_have_or_another_platform_made_is_let_be(
    world: World, ctx: Context
) -> None:
    await recorded(world, REF, status="stored")
    await recorded(world, "vapi:recording-1")

    assert await delete_copies(ctx) == 0
    assert await world.rows(GONE) == [(False,), (False,)]
