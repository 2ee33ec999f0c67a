"""REST requests fail as planned, and what the account may not do is refused."""

import aiohttp
import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.server import RunningSimulator
from tests.simulator.application import SILENT_CALL
from tests.simulator.sdk import sdk_client

US = "+12125550100"
BUSY = "+12125550168"


async def plan(simulator: RunningSimulator, **rule: object) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        body = {"rules": [{"target": "POST"} | rule]}
        (await http.post("/_sim/faults", json=body)).raise_for_status()


async def create(client: Client) -> None:
    await client.calls.create_async(to=BUSY, from_=US, twiml=SILENT_CALL)


@pytest.mark.parametrize(
    ("fault", "status", "code", "calls"),
    [
        ("error_before", 500, 20500, 0),
        ("error_after", 500, 20500, 1),
        ("too_many", 429, 20429, 0),
        ("html_503", 503, 503, 0),
    ],
)
async def test_an_error_says_nothing_about_whether_it_happened(
    fault: str, status: int, code: int, calls: int, simulator: RunningSimulator, client: Client
) -> None:
    await plan(simulator, fault=fault)

    with pytest.raises(TwilioRestException) as failed:
        await create(client)
    await create(client)

    assert (failed.value.status, failed.value.code) == (status, code)
    assert len(simulator.world.calls) == calls + 1


async def test_an_answer_that_hangs_times_out_though_the_call_was_made(
    simulator: RunningSimulator,
) -> None:
    await plan(simulator, fault="hang_after", seconds=30)

    async with sdk_client(simulator, timeout_s=0.5) as client:
        with pytest.raises(TimeoutError):
            await create(client)

    assert len(simulator.world.calls) == 1


async def test_a_request_that_hangs_before_it_is_worked_on_times_out_and_nothing_happened(
    simulator: RunningSimulator,
) -> None:
    await plan(simulator, fault="hang_before", seconds=30)

    async with sdk_client(simulator, timeout_s=0.5) as client:
        with pytest.raises(TimeoutError):
            await create(client)

    assert len(simulator.world.calls) == 0


async def test_an_answer_that_breaks_off_is_a_client_error_though_the_call_was_made(
    simulator: RunningSimulator, client: Client
) -> None:
    await plan(simulator, fault="reset")

    with pytest.raises(aiohttp.ClientError):
        await create(client)

    assert len(simulator.world.calls) == 1


async def test_a_stale_list_lacks_what_is_young(
    simulator: RunningSimulator, client: Client
) -> None:
    await create(client)
    await plan(simulator, fault="stale_list", target="GET", seconds=60)

    assert await client.calls.list_async() == []
    assert len(await client.calls.list_async()) == 1


async def test_too_many_requests_says_when_to_come_back(simulator: RunningSimulator) -> None:
    await plan(simulator, fault="too_many")

    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        answer = await http.post("/2010-04-01/Accounts/x/Calls.json")

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_a_wrong_token_is_refused(simulator: RunningSimulator) -> None:
    async with sdk_client(simulator, auth_token="wrong") as client:
        with pytest.raises(TwilioRestException) as refused:
            await create(client)

    assert (refused.value.status, refused.value.code) == (401, 20003)


async def test_a_domain_that_is_not_simulated_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await client.messaging.v1.services.create_async(friendly_name="x")

    assert refused.value.status == 404


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "earthquake"},
        {"fault": "reset", "when": "now"},
        {"fault": "reset", "chance": "high"},
        "reset",
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(
    rule: object, simulator: RunningSimulator
) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        answer = await http.post("/_sim/faults", json={"rules": [rule]})

    assert answer.status_code == 400
    assert answer.json()["error"]
