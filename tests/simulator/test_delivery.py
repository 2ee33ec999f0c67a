"""Webhooks are retried as their address asks, under one token, and misbehave as planned."""

import asyncio
import uuid

import httpx
from starlette.responses import Response
from twilio.rest import Client

from simulator.server import RunningSimulator
from tests.simulator.application import SILENT_CALL, Application, Told

US = "+12125550100"
ANSWERS = "+12125550101"
BUSY = "+12125550168"
ALL = ["initiated", "ringing", "answered", "completed"]


async def plan(simulator: RunningSimulator, *rules: dict[str, object]) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        (await http.post("/_sim/faults", json={"rules": list(rules)})).raise_for_status()


async def idle(simulator: RunningSimulator) -> None:
    for _ in range(1000):
        if not simulator.world.is_busy:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the simulator stayed busy")


async def call(
    client: Client,
    application: Application,
    *,
    to: str = BUSY,
    fragment: str = "",
    events: list[str] | None = None,
) -> str:
    """Returns the path of its status callback."""
    path = f"/webhooks/twilio/voice/{uuid.uuid4()}/status"
    await client.calls.create_async(
        to=to,
        from_=US,
        twiml=SILENT_CALL,
        status_callback=application.base_url + path + fragment,
        status_callback_event=events or ["completed"],
    )
    return path


def failing(application: Application, times: int) -> None:
    """Every path answers 500 so often, then 204."""

    def answer(told: Told) -> Response:
        return Response(status_code=500 if len(application.at(told.path)) <= times else 204)

    application.answers = _Always(answer)  # type: ignore[assignment]


class _Always(dict[str, object]):
    def __init__(self, answer: object) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: str, default: object = None) -> object:
        return self._answer


async def test_a_failed_callback_is_tried_again_under_the_same_token(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    failing(application, times=2)

    path = await call(client, application, fragment="#rc=5&rp=all")
    await application.until(path, 3)
    await idle(simulator)

    told = application.at(path)
    assert len(told) == 3
    assert len({each.headers["i-twilio-idempotency-token"] for each in told}) == 1
    assert simulator.world.witness.unacknowledged == []
    logged = [each.status for each in simulator.world.requests if each.kind == "status"]
    assert logged == [500, 500, 204]


async def test_without_a_fragment_an_error_is_not_retried_and_counts_as_unacknowledged(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    failing(application, times=9)

    path = await call(client, application)
    await application.until(path)
    await idle(simulator)

    assert len(application.at(path)) == 1
    assert [lost.kind for lost in simulator.world.witness.unacknowledged] == ["status"]


async def test_an_address_that_nobody_listens_on_is_tried_twice(
    simulator: RunningSimulator, client: Client
) -> None:
    await client.calls.create_async(
        to=BUSY, from_=US, twiml=SILENT_CALL, status_callback="http://127.0.0.1:1/status"
    )
    await asyncio.sleep(0.05)
    await idle(simulator)

    assert [each.failure for each in simulator.world.requests] == ["ct", "ct"]


async def test_a_duplicated_callback_arrives_twice_with_different_tokens(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    await plan(simulator, {"fault": "duplicate_callback", "kind": "status"})

    path = await call(client, application)
    await application.until(path, 2)

    told = application.at(path)
    assert told[0].params == told[1].params


async def test_a_lost_completed_never_arrives_but_the_list_knows_it(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    await plan(simulator, {"fault": "lost_completed", "times": None})

    path = await call(client, application, to=ANSWERS, events=ALL)
    await application.until(path, 3)
    await idle(simulator)

    assert "completed" not in [told.params["CallStatus"] for told in application.at(path)]
    assert [each.status for each in await client.calls.list_async()] == ["completed"]
    assert simulator.world.witness.unacknowledged == []


async def test_a_reordered_callback_arrives_after_the_next_one(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    await plan(
        simulator,
        {"fault": "reorder_callback", "kind": "status", "event": "initiated", "seconds": 30},
    )

    path = await call(client, application, events=["initiated", "completed"])
    await application.until(path, 2)

    assert [told.params["SequenceNumber"] for told in application.at(path)] == ["1", "0"]


async def test_a_delayed_callback_arrives_later_and_a_ghost_call_is_unknown(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    await plan(
        simulator,
        {"fault": "delay_callback", "kind": "status", "event": "busy", "seconds": 0.2},
        {"fault": "ghost_call", "kind": "status", "event": "initiated"},
    )

    path = await call(client, application, events=["initiated", "ringing", "completed"])
    await application.until(path, 4)

    sids = {told.params["CallSid"] for told in application.at(path)}
    assert len(sids) == 2
    assert len(sids & set(simulator.world.calls)) == 1
    assert application.at(path)[-1].params["CallStatus"] == "busy"


async def test_the_same_seed_breaks_the_same_things(simulator: RunningSimulator) -> None:
    faults = simulator.world.faults
    rule = {"fault": "too_many", "chance": 0.5, "times": None}
    outcomes: list[list[int]] = []
    for _ in range(2):
        async with httpx.AsyncClient(base_url=simulator.base_url) as http:
            await http.post("/_sim/faults", json={"rules": [rule], "seed": 3})
            answers = [await http.get("/2010-04-01/Accounts/AC.json") for _ in range(20)]
        outcomes.append([answer.status_code for answer in answers])

    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {401, 429}
    assert faults.as_json()[0]["fired"] == outcomes[1].count(429)
