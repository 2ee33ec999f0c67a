"""The life of a call as the official SDK and our webhooks see it."""

import uuid
from datetime import timedelta
from itertools import pairwise

import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.server import RunningSimulator
from tests.simulator.application import SILENT_CALL, Application

US = "+12125550100"
ANSWERS = "+12125550101"
NO_ANSWER = "+12125550190"
BUSY = "+12125550168"
UNREACHABLE = "+12125550171"
EVENTS = ["initiated", "ringing", "answered", "completed"]


def attempt_path() -> str:
    return f"/webhooks/twilio/voice/{uuid.uuid4()}"


async def test_an_answered_call_is_told_in_order_signed_and_completed(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = attempt_path()
    url = application.twiml(f"{path}/answer", SILENT_CALL)

    created = await client.calls.create_async(
        to=ANSWERS,
        from_=US,
        url=url,
        status_callback=f"{application.base_url}{path}/status#rc=5&rp=all",
        status_callback_event=EVENTS,
    )
    last = await application.until(f"{path}/status", 4)

    assert created.status == "queued"
    assert created.direction == "outbound-api"
    told = sorted(application.at(f"{path}/status"), key=lambda t: t.params["SequenceNumber"])
    assert [each.params["CallStatus"] for each in told] == [
        "initiated",
        "ringing",
        "in-progress",
        "completed",
    ]
    assert [each.params["SequenceNumber"] for each in told] == ["0", "1", "2", "3"]
    assert all(each.signed for each in application.told)
    assert all(each.params["CallSid"] == created.sid for each in told)
    assert told[-1].params["Duration"] == "1"
    assert "CallDuration" not in told[1].params
    assert last.headers["i-twilio-idempotency-token"]
    fetched = await client.calls(created.sid).fetch_async()
    assert fetched.status == "completed"
    assert fetched.end_time.tzinfo is not None


@pytest.mark.parametrize(
    ("to", "status", "sip_code"),
    [
        (NO_ANSWER, "no-answer", "487"),
        (BUSY, "busy", "486"),
        (UNREACHABLE, "failed", "404"),
    ],
)
async def test_a_call_that_nobody_takes_ends_with_its_reason(
    to: str, status: str, sip_code: str, application: Application, client: Client
) -> None:
    path = attempt_path()

    await client.calls.create_async(
        to=to,
        from_=US,
        url=application.twiml(f"{path}/answer", SILENT_CALL),
        status_callback=f"{application.base_url}{path}/status",
        timeout=5,
    )
    told = await application.until(f"{path}/status")

    assert told.params["CallStatus"] == status
    assert told.params["SipResponseCode"] == sip_code
    assert told.params["CallDuration"] == "0"
    assert application.at(f"{path}/answer") == []


async def test_only_the_completed_event_is_told_unless_more_are_asked_for(
    application: Application, client: Client
) -> None:
    path = attempt_path()

    await client.calls.create_async(
        to=ANSWERS,
        from_=US,
        twiml=SILENT_CALL,
        status_callback=f"{application.base_url}{path}/status",
    )
    await application.until(f"{path}/status")

    assert [told.params["SequenceNumber"] for told in application.told] == ["0"]


async def test_a_ringing_call_can_be_canceled_and_is_never_answered(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = attempt_path()
    call = await client.calls.create_async(
        to=NO_ANSWER,
        from_=US,
        url=application.twiml(f"{path}/answer", SILENT_CALL),
        status_callback=f"{application.base_url}{path}/status",
        status_callback_event=EVENTS,
        timeout=600,
    )
    await application.until(f"{path}/status", 1, key="CallStatus", value="ringing")

    updated = await client.calls(call.sid).update_async(status="canceled")

    assert updated.status == "canceled"
    await application.until(f"{path}/status", 1, key="CallStatus", value="canceled")


async def test_a_live_call_can_be_hung_up_once_and_redirected_before(
    application: Application, client: Client
) -> None:
    path = attempt_path()
    call = await client.calls.create_async(
        to=ANSWERS,
        from_=US,
        twiml="<Response><Pause length='60'/></Response>",
        status_callback=f"{application.base_url}{path}/status",
        status_callback_event=EVENTS,
    )
    await application.until(f"{path}/status", 1, key="CallStatus", value="in-progress")
    next_url = application.twiml(f"{path}/next", "<Response><Pause length='60'/></Response>")

    await client.calls(call.sid).update_async(url=next_url)
    await application.until(f"{path}/next")
    with pytest.raises(TwilioRestException) as too_late:
        await client.calls(call.sid).update_async(status="canceled")
    ended = await client.calls(call.sid).update_async(status="completed")
    with pytest.raises(TwilioRestException) as again:
        await client.calls(call.sid).update_async(status="completed")

    assert ended.status == "completed"
    assert (too_late.value.status, too_late.value.code) == (400, 21220)
    assert again.value.code == 21220


async def test_a_call_longer_than_its_limit_is_ended(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = attempt_path()

    await client.calls.create_async(
        to=ANSWERS,
        from_=US,
        twiml="<Response><Pause length='60'/></Response>",
        status_callback=f"{application.base_url}{path}/status",
        time_limit=1,
    )
    told = await application.until(f"{path}/status")

    assert told.params["CallStatus"] == "completed"
    assert next(iter(simulator.world.calls.values())).ended_by == "limit"


async def test_calls_leave_the_queue_at_the_pace_of_the_account(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = attempt_path()
    simulator.world.knobs = simulator.world.knobs.with_changes({"calls_per_second": 0.1})
    for _ in range(3):
        await client.calls.create_async(
            to=BUSY,
            from_=US,
            twiml=SILENT_CALL,
            status_callback=f"{application.base_url}{path}/status",
        )
    await application.until(f"{path}/status", 3)

    calls = list(simulator.world.calls.values())
    slots = [call.created_at + timedelta(milliseconds=call.queue_ms) for call in calls]
    # One in ten seconds, fifty times as fast; the wait in the queue is told in milliseconds.
    assert all((later - slot).total_seconds() >= 10 / 50 - 0.001 for slot, later in pairwise(slots))
    # A timer may be a millisecond early, and on a busy machine later than that.
    assert all(
        call.dialed_at is not None and (call.dialed_at - slot).total_seconds() >= -0.002
        for call, slot in zip(calls, slots, strict=True)
    )
    assert int((await client.calls.list_async())[0].queue_time) > 0


async def test_a_call_does_not_wait_behind_a_pace_that_is_no_longer_set(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = attempt_path()
    for pace in (1 / 3600, 1 / 3600, 0):
        simulator.world.knobs = simulator.world.knobs.with_changes({"calls_per_second": pace})
        await client.calls.create_async(
            to=BUSY,
            from_=US,
            twiml=SILENT_CALL,
            status_callback=f"{application.base_url}{path}/{pace}",
        )

    await application.until(f"{path}/0")

    dialed = [call.dialed_at is not None for call in simulator.world.calls.values()]
    assert dialed == [True, False, True]


async def test_the_list_finds_by_number_and_pages(client: Client) -> None:
    for _ in range(5):
        await client.calls.create_async(to=BUSY, from_=US, twiml=SILENT_CALL)
    await client.calls.create_async(to=NO_ANSWER, from_=US, twiml=SILENT_CALL)

    found = await client.calls.list_async(to=BUSY, from_=US, page_size=2)

    assert len(found) == 5
    assert len({call.sid for call in found}) == 5


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"to": "12"}, 400, 21211),
        ({"to": "+15005550001"}, 400, 21217),
        ({"from_": "+15005550001"}, 400, 21212),
        ({"url": "not an address"}, 400, 21205),
        ({"url": "http://under_score.example.com/"}, 400, 21205),
        ({"status_callback": "/relative"}, 400, 21609),
    ],
)
async def test_a_bad_order_is_refused_with_the_providers_code(
    changes: dict[str, str], status: int, code: int, client: Client
) -> None:
    order = {"to": BUSY, "from_": US, "url": "http://127.0.0.1:9/x"} | changes

    with pytest.raises(TwilioRestException) as refused:
        await client.calls.create_async(**order)

    assert (refused.value.status, refused.value.code) == (status, code)


async def test_an_unknown_call_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as missing:
        await client.calls("CA" + "0" * 32).fetch_async()

    assert (missing.value.status, missing.value.code) == (404, 20404)


async def test_too_many_calls_at_once_are_refused(
    simulator: RunningSimulator, client: Client
) -> None:
    simulator.world.knobs = simulator.world.knobs.with_changes({"concurrent_calls": 1})
    await client.calls.create_async(to=NO_ANSWER, from_=US, twiml=SILENT_CALL, timeout=600)

    with pytest.raises(TwilioRestException) as refused:
        await client.calls.create_async(to=BUSY, from_=US, twiml=SILENT_CALL)

    assert (refused.value.status, refused.value.code) == (429, 10004)


async def test_the_fallback_address_answers_when_the_first_fails(
    application: Application, client: Client
) -> None:
    path = attempt_path()
    application.answers[f"{path}/broken"] = lambda told: Response("no", status_code=500)

    await client.calls.create_async(
        to=ANSWERS,
        from_=US,
        url=f"{application.base_url}{path}/broken",
        fallback_url=application.twiml(f"{path}/fallback", SILENT_CALL),
        status_callback=f"{application.base_url}{path}/status",
    )
    told = await application.until(f"{path}/status")

    assert told.params["CallStatus"] == "completed"
    assert len(application.at(f"{path}/broken")) == 1
    assert application.at(f"{path}/fallback")[0].params["ErrorCode"] == "11200"


async def test_a_bad_document_ends_the_call_and_stands_in_the_debugger(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path = attempt_path()

    await client.calls.create_async(
        to=ANSWERS,
        from_=US,
        url=application.twiml(f"{path}/answer", "<Response><Say>"),
        status_callback=f"{application.base_url}{path}/status",
    )
    told = await application.until(f"{path}/status")

    assert told.params["CallStatus"] == "completed"
    assert [notice.code for notice in simulator.world.notices] == [12100]
