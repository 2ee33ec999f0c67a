"""The simulated platform tells what it is asked to tell, and nothing without an address."""

import httpx
import pytest

from simulator.hosted import STORY
from simulator.server import RunningSimulator
from tests.simulator.application import Application


async def told(simulator: RunningSimulator, **given: object) -> httpx.Response:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        return await http.post("/_sim/hosted", json=given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"url": "http://127.0.0.1:9"},
        {"url": "http://127.0.0.1:9", "secret": "s", "parts": "none"},
        {"url": "http://127.0.0.1:9", "secret": "s", "times": 0},
        {"url": "http://127.0.0.1:9", "secret": "s", "call_id": 1},
    ],
)
async def test_what_makes_no_sense_is_refused(
    simulator: RunningSimulator, given: dict[str, object]
) -> None:
    assert (await told(simulator, **given)).status_code == 400


async def test_nobody_listening_is_said_for_each_part(simulator: RunningSimulator) -> None:
    answer = await told(simulator, url="http://127.0.0.1:9", secret="s", call_id="a", times=2)

    assert [one["status"] for one in answer.json()] == [None] * 2 * len(STORY)
    assert [one["fault"] for one in answer.json()[:2]] == ["", "again"]


async def test_a_story_goes_to_the_address_in_order_or_reversed(
    simulator: RunningSimulator, application: Application
) -> None:
    url = f"{application.base_url}/calls"
    forward = (await told(simulator, url=url, secret="s", call_id="a")).json()
    back = (await told(simulator, url=url, secret="s", call_id="a", reversed=True)).json()

    assert [one["parts"] for one in forward] == [one["parts"] for one in reversed(back)]
    assert len(forward) == len(STORY)
