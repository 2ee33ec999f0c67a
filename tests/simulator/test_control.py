"""The controls under /_sim: who calls us, what time it is, what was seen."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from twilio.rest import Client

from simulator.server import PortTaken, RunningSimulator, running_simulator
from tests.simulator.application import SILENT_CALL, Application

US = "+12125550100"
PERSON = "+442079460101"


async def post(simulator: RunningSimulator, path: str, **given: object) -> httpx.Response:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        return await http.post(path, json=given)


async def get(simulator: RunningSimulator, path: str) -> object:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        return (await http.get(path)).json()


async def test_a_person_can_call_us_and_is_answered_by_our_document(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    voice_url = application.twiml("/webhooks/twilio/voice/inbound", SILENT_CALL)
    await post(
        simulator,
        "/_sim/numbers",
        number=US,
        voice_url=voice_url,
        status_callback=f"{application.base_url}/ended",
    )

    answer = await post(simulator, "/_sim/calls", **{"from": PERSON, "to": US})
    asked = await application.until("/webhooks/twilio/voice/inbound")
    ended = await application.until("/ended")

    assert answer.status_code == 201
    assert asked.signed
    assert (asked.params["Direction"], asked.params["CallStatus"]) == ("inbound", "ringing")
    assert ended.params["CallStatus"] == "completed"
    shown = await client.calls(answer.json()["sid"]).fetch_async()
    assert (shown.direction, shown._from) == ("inbound", PERSON)
    numbers = await client.incoming_phone_numbers.list_async()
    assert [number.voice_url for number in numbers] == [voice_url]


async def test_a_rejected_call_is_busy(
    simulator: RunningSimulator, application: Application
) -> None:
    reject = "<Response><Reject reason='busy'/></Response>"
    await post(simulator, "/_sim/numbers", number=US, voice_url=application.twiml("/in", reject))
    await post(simulator, "/_sim/calls", **{"from": PERSON, "to": US})
    await application.until("/in")
    await asyncio.sleep(0.05)

    assert [call["status"] for call in await get(simulator, "/_sim/calls")] == ["busy"]  # type: ignore[attr-defined]


async def test_nobody_can_call_a_number_without_an_address(simulator: RunningSimulator) -> None:
    answer = await post(simulator, "/_sim/calls", **{"from": PERSON, "to": US})

    assert answer.status_code == 400
    assert "/_sim/numbers" in answer.json()["error"]


async def test_the_clock_is_told_and_moved_forward_only(simulator: RunningSimulator) -> None:
    clock = await get(simulator, "/_sim/clock")
    assert isinstance(clock, dict)
    now = datetime.fromisoformat(clock["now"])

    moved = await post(simulator, "/_sim/clock", now=(now + timedelta(days=2)).isoformat())
    back = await post(simulator, "/_sim/clock", now=now.isoformat())
    naive = await post(simulator, "/_sim/clock", now="2030-01-01T00:00:00")

    assert (clock["busy"], clock["next_at"]) == (False, None)
    assert datetime.fromisoformat(moved.json()["now"]) >= now + timedelta(days=2)
    assert (back.status_code, naive.status_code) == (400, 400)


async def test_a_call_under_way_is_busy_and_stands_in_the_list(
    simulator: RunningSimulator, client: Client
) -> None:
    await client.calls.create_async(to=US[:-2] + "90", from_=US, twiml=SILENT_CALL, timeout=600)

    clock, calls = await get(simulator, "/_sim/clock"), await get(simulator, "/_sim/calls")

    assert isinstance(clock, dict)
    assert clock["busy"] is True
    assert [call["persona"] for call in calls] == ["no_answer"]  # type: ignore[attr-defined]


async def test_knobs_turn_and_unknown_ones_are_named(simulator: RunningSimulator) -> None:
    turned = await post(simulator, "/_sim/knobs", calls_per_second=30)
    wrong = await post(simulator, "/_sim/knobs", calls_per_minute=1)

    assert turned.json()["calls_per_second"] == 30
    assert wrong.status_code == 400
    assert "calls_per_minute" in wrong.json()["error"]


async def test_the_model_answers_on_the_same_port(simulator: RunningSimulator) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        refused = await http.get("/v1/models")
        listed = await http.get("/v1/models", headers={"Authorization": "Bearer any"})

    assert (refused.status_code, listed.status_code) == (401, 200)


async def test_it_tells_its_account_and_that_it_is_simulated(simulator: RunningSimulator) -> None:
    assert await get(simulator, "/_sim/account") == {
        "simulated": True,
        "base_url": simulator.base_url,
        "account_sid": simulator.account_sid,
        "auth_token": simulator.auth_token,
    }


async def test_two_simulators_of_one_seed_give_the_same_ids(tmp_path: Path) -> None:
    made: list[str] = []
    for _ in range(2):
        async with running_simulator(media_dir=tmp_path, seed=3) as simulator:
            made.append(simulator.world.new_sid("CA"))

    assert made[0] == made[1]


async def test_a_taken_port_is_said_in_words(simulator: RunningSimulator, tmp_path: Path) -> None:
    port = int(simulator.base_url.rpartition(":")[2])

    with pytest.raises(PortTaken, match=str(port)):
        async with running_simulator(port=port, media_dir=tmp_path):
            pass


async def test_it_runs_as_a_process_and_ends_at_a_signal(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", "--speed", "10"),
        *("--now", "2026-11-24T14:00:00Z", "--media-dir", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    ready = (await asyncio.wait_for(process.stdout.readline(), timeout=30)).decode()
    async with httpx.AsyncClient(base_url=ready.split()[-1]) as http:
        clock = (await http.get("/_sim/clock")).json()
    process.terminate()

    assert clock["now"].startswith("2026-11-24T14:00")
    assert await asyncio.wait_for(process.wait(), timeout=10) == 0
