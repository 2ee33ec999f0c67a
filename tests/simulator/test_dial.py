"""A call is joined with a colleague's: they are rung, briefed, and press a key or do not."""

import pytest
from twilio.rest import Client
from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from simulator.server import RunningSimulator
from tests.simulator.application import Application, Told
from tests.simulator.test_conversations import INTERESTED, call

US = "+12125550100"
COLLEAGUE = "+12125550111"
MAILBOX = "+12125550160"
ENGAGED = "+12125550168"
NOBODY = "+12125550199"


def document(application: Application, to: str) -> str:
    """As the official SDK writes it."""
    gather = Gather(num_digits=1, timeout=5, action=f"{application.base_url}/accepted")
    gather.say("Jo is on the line.")
    briefing = VoiceResponse()
    briefing.append(gather)
    briefing.hangup()
    application.twiml("/briefing", str(briefing))
    application.twiml("/accepted", str(VoiceResponse()))
    after = VoiceResponse()
    after.say("That was all.")
    application.twiml("/joined", str(after))
    dial = Dial(action=f"{application.base_url}/joined", timeout=20, caller_id=US)
    dial.number(to, url=f"{application.base_url}/briefing")
    joining = VoiceResponse()
    joining.append(dial)
    return str(joining)


async def joined(application: Application, client: Client, to: str) -> Told:
    path, _ = await call(client, application, document(application, to), INTERESTED)
    told = await application.until("/joined")
    await application.until(f"{path}/status")
    assert all(each.signed for each in application.told)
    return told


async def test_who_presses_a_key_is_joined_and_the_call_goes_on_afterwards(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    told = await joined(application, client, COLLEAGUE)

    (briefed,) = application.at("/briefing")
    (accepted,) = application.at("/accepted")
    assert (briefed.params["To"], briefed.params["From"]) == (COLLEAGUE, US)
    assert briefed.params["ParentCallSid"] == told.params["CallSid"]
    assert accepted.params["Digits"] == "1"
    assert accepted.params["CallSid"] == told.params["DialCallSid"] != told.params["CallSid"]
    assert told.params["DialCallStatus"] == "completed"
    assert int(told.params["DialCallDuration"]) > 0
    (made,) = simulator.world.calls.values()
    assert made.briefed_words == ["Jo is on the line."]
    assert made.said_words == ["That was all."]


async def test_a_mailbox_that_answers_presses_nothing_and_is_not_joined(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    told = await joined(application, client, MAILBOX)

    assert len(application.at("/briefing")) == 1
    assert application.at("/accepted") == []
    assert "DialCallDuration" not in told.params


@pytest.mark.parametrize(("to", "status"), [(ENGAGED, "busy"), (NOBODY, "no-answer")])
async def test_who_is_not_reached_is_told_to_the_application(
    simulator: RunningSimulator, application: Application, client: Client, to: str, status: str
) -> None:
    told = await joined(application, client, to)

    assert told.params["DialCallStatus"] == status
    assert application.at("/briefing") == []
