"""WhatsApp as the carrier runs it: window, templates, receipts, answers, and who said stop."""

import json
import uuid
from datetime import timedelta

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.server import RunningSimulator
from tests.simulator.application import Application

US = "whatsapp:+12125550100"
SILENT = "whatsapp:+12125550190"
READS = "whatsapp:+12125550101"
STOPS = "whatsapp:+12125550179"
NOT_THERE = "whatsapp:+12125550147"


def status_path() -> str:
    return f"/webhooks/twilio/whatsapp/status/{uuid.uuid4()}"


async def template(simulator: RunningSimulator, **changes: str) -> str:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        made = await http.post("/_sim/templates", json={"body": "Hello {{1}}"} | changes)
    return str(made.json()["sid"])


async def person_writes(simulator: RunningSimulator, **message: str) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        (await http.post("/_sim/messages", json={"to": US} | message)).raise_for_status()


async def receive_at(simulator: RunningSimulator, application: Application) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        number = {"number": US, "sms_url": f"{application.base_url}/inbound"}
        (await http.post("/_sim/numbers", json=number)).raise_for_status()


async def test_a_template_is_sent_delivered_and_read(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = status_path()

    created = await client.messages.create_async(
        to=READS,
        from_=US,
        content_sid=await template(simulator),
        content_variables=json.dumps({"1": "Ada"}),
        status_callback=application.base_url + path,
    )
    await application.until(path, 1, key="MessageStatus", value="read")

    assert created.status == "queued"
    assert {told.params["MessageStatus"] for told in application.at(path)} == {
        "sent",
        "delivered",
        "read",
    }
    assert all(told.signed for told in application.told)
    fetched = await client.messages(created.sid).fetch_async()
    assert (fetched.body, fetched.status) == ("Hello Ada", "read")
    assert fetched.date_sent is not None


@pytest.mark.parametrize(
    ("to", "order", "code"),
    [
        (SILENT, {"body": "free text"}, "63016"),
        (NOT_THERE, {"approval": "approved"}, "63024"),
        (SILENT, {"approval": "paused"}, "63041"),
        (SILENT, {"approval": "pending"}, "63016"),
        (SILENT, {"approval": "approved", "variables": "{}"}, "63028"),
    ],
)
async def test_what_the_network_refuses_is_accepted_first_and_fails_by_callback(
    to: str,
    order: dict[str, str],
    code: str,
    simulator: RunningSimulator,
    application: Application,
    client: Client,
) -> None:
    path = status_path()
    content = (
        {"body": order["body"]}
        if "body" in order
        else {
            "content_sid": await template(simulator, approval=order["approval"]),
            "content_variables": order.get("variables", '{"1": "Ada"}'),
        }
    )

    created = await client.messages.create_async(
        to=to, from_=US, status_callback=application.base_url + path, **content
    )
    told = await application.until(path)

    assert created.status == "queued"
    assert told.params["ErrorCode"] == code
    assert told.params["MessageStatus"] in ("failed", "undelivered")


async def test_free_text_is_allowed_for_a_day_after_the_person_wrote(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = status_path()
    await person_writes(simulator, **{"from": SILENT, "body": "hello"})

    await client.messages.create_async(
        to=SILENT, from_=US, body="hi", status_callback=application.base_url + path
    )
    await application.until(path, 1, key="MessageStatus", value="delivered")
    await simulator.world.clock.move(simulator.world.now() + timedelta(hours=24))
    await client.messages.create_async(
        to=SILENT, from_=US, body="hi again", status_callback=application.base_url + path
    )

    told = await application.until(path, 1, key="MessageStatus", value="failed")
    assert told.params["ErrorCode"] == "63016"


async def test_a_person_answers_at_their_own_time_and_the_clock_can_jump_there(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = status_path()
    await receive_at(simulator, application)
    await client.messages.create_async(
        to=READS,
        from_=US,
        content_sid=await template(simulator),
        content_variables='{"1": "Ada"}',
        status_callback=application.base_url + path,
    )
    await application.until(path, 1, key="MessageStatus", value="read")
    before = simulator.world.now()

    next_at = simulator.world.clock.next_at
    assert next_at is not None
    await simulator.world.clock.move(next_at)

    told = await application.until("/inbound")
    assert told.signed
    assert told.params["From"] == READS
    assert told.params["WaId"] == "12125550101"
    assert simulator.world.now() - before >= timedelta(seconds=30)


async def test_after_stop_nothing_more_is_accepted_until_start(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    await receive_at(simulator, application)
    await person_writes(simulator, **{"from": SILENT, "body": "Stop", "button": "Stop"})

    with pytest.raises(TwilioRestException) as refused:
        await client.messages.create_async(to=SILENT, from_=US, body="please")
    await person_writes(simulator, **{"from": SILENT, "body": "START"})
    accepted = await client.messages.create_async(to=SILENT, from_=US, body="welcome")

    assert refused.value.code == 21610
    assert accepted.status == "queued"
    told = application.at("/inbound")[0]
    assert (told.params["MessageType"], told.params["ButtonText"]) == ("button", "Stop")


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"content_sid": "HX" + "0" * 32}, 21655),
        ({"body": "x", "from_": "+12125550100"}, 21910),
        ({"body": "x", "to": "whatsapp:12"}, 21211),
    ],
)
async def test_a_bad_message_is_refused_with_the_providers_code(
    order: dict[str, str], code: int, client: Client
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await client.messages.create_async(**({"to": SILENT, "from_": US} | order))

    assert refused.value.code == code


async def test_templates_are_made_and_approved_by_the_content_api(
    simulator: RunningSimulator,
) -> None:
    auth = (simulator.account_sid, simulator.auth_token)
    async with httpx.AsyncClient(base_url=simulator.base_url, auth=auth) as http:
        made = await http.post(
            "/v1/Content",
            json={
                "friendly_name": "hello",
                "language": "en",
                "variables": {"1": "there"},
                "types": {"twilio/quick-reply": {"body": "Hi {{1}}", "actions": []}},
            },
        )
        approval = f"/v1/Content/{made.json()['sid']}/ApprovalRequests"
        before = await http.get(approval)
        await http.post(f"{approval}/whatsapp", json={"name": "hello", "category": "MARKETING"})
        after = await http.get(approval)

    assert made.status_code == 201
    assert before.json()["whatsapp"]["status"] == "unsubmitted"
    assert after.json()["whatsapp"]["status"] == "approved"
