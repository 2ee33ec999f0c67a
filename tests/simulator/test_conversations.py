"""An answered call with a media stream: who hung up, what was recorded, what the carrier heard."""

import asyncio
import base64
import json
import uuid
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from websockets.asyncio.server import ServerConnection, serve

from simulator.server import RunningSimulator
from tests.simulator.application import SILENT_CALL, Application

US = "+12125550100"
INTERESTED = "+12125550101"
VOICEMAIL = "+12125550142"
FAX = "+12125550147"
HANGS_UP = "+12125550127"
OPTS_OUT = "+12125550108"
# A square wave, loud enough to count as speech: 20 ms of mu-law.
LOUD = base64.b64encode(bytes([0x10, 0x10, 0x90, 0x90] * 40)).decode()


@dataclass(slots=True)
class Agent:
    """A media socket of ours: says "mm" every `talk_every_s`, and closes after `close_after_s`."""

    url: str = ""
    talk_every_s: float = 2.0
    close_after_s: float = 1.5
    started: asyncio.Event = field(default_factory=asyncio.Event)
    signed: list[bool] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        signature = socket.request.headers.get("X-Twilio-Signature", "")
        self.signed.append(RequestValidator("70ce" * 8).validate(self.url, {}, signature))
        async with asyncio.TaskGroup() as tasks:
            talking: asyncio.Task[None] | None = None
            try:
                async with asyncio.timeout(self.close_after_s):
                    async for text in socket:
                        event = json.loads(text)
                        if event["event"] != "media":
                            self.events.append(event)
                        if event["event"] == "start":
                            self.started.set()
                            talking = tasks.create_task(self.talk(socket, event["streamSid"]))
            except TimeoutError:
                await socket.close()
            finally:
                if talking is not None:
                    talking.cancel()

    async def talk(self, socket: ServerConnection, stream_sid: str) -> None:
        said = {"event": "media", "streamSid": stream_sid, "media": {"payload": LOUD}}
        while True:
            for _ in range(15):
                await socket.send(json.dumps(said))
            await asyncio.sleep(self.talk_every_s)

    def named(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]


@asynccontextmanager
async def running_agent(agent: Agent) -> AsyncIterator[Agent]:
    async with serve(agent.serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        agent.url = f"ws://127.0.0.1:{port}/media"
        yield agent


def stream(agent: Agent) -> str:
    return (
        f"<Response><Connect><Stream url='{agent.url}'>"
        "<Parameter name='token' value='secret'/></Stream></Connect></Response>"
    )


async def call(
    client: Client, application: Application, twiml: str, to: str, **options: object
) -> tuple[str, str]:
    """Returns the path of the attempt's callbacks and the call's sid."""
    path = f"/webhooks/twilio/voice/{uuid.uuid4()}"
    made = await client.calls.create_async(
        to=to,
        from_=US,
        url=application.twiml(f"{path}/answer", twiml),
        status_callback=f"{application.base_url}{path}/status",
        **options,
    )
    return path, str(made.sid)


async def test_a_conversation_is_streamed_and_recorded_on_two_channels(
    simulator: RunningSimulator, application: Application, client: Client, tmp_path: Path
) -> None:
    async with running_agent(Agent(close_after_s=1.5)) as agent:
        path, sid = await call(
            client,
            application,
            stream(agent),
            INTERESTED,
            record=True,
            recording_channels="dual",
            recording_status_callback=f"{application.base_url}/recording",
            recording_status_callback_event=["in-progress", "completed"],
        )
        completed = await application.until(f"{path}/status")
        told = await application.until("/recording", 1, key="RecordingStatus", value="completed")

    start = agent.named("start")[0]["start"]
    assert start["callSid"] == sid
    assert start["customParameters"] == {"token": "secret"}
    assert agent.signed == [True]
    assert completed.params["RecordingSid"] == told.params["RecordingSid"]
    assert told.params["RecordingSource"] == "OutboundAPI"
    found = await client.recordings.list_async(call_sid=sid)
    assert [(each.status, each.channels) for each in found] == [("completed", 2)]
    auth = (simulator.account_sid, simulator.auth_token)
    async with httpx.AsyncClient(auth=auth) as http:
        sound = await http.get(told.params["RecordingUrl"] + ".wav")
        await client.recordings(found[0].sid).delete_async()
        gone = await http.get(told.params["RecordingUrl"])
    (tmp_path / "heard.wav").write_bytes(sound.content)
    with wave.open(str(tmp_path / "heard.wav")) as heard:
        assert (heard.getnchannels(), heard.getframerate()) == (2, 8000)
        assert heard.getnframes() > 8000
        frames = heard.readframes(heard.getnframes())
    assert max(frames[2::4]) > 0
    assert gone.status_code == 404


async def test_hanging_up_by_rest_sends_stop(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    async with running_agent(Agent(close_after_s=30)) as agent:
        path, sid = await call(client, application, stream(agent), INTERESTED)
        await asyncio.wait_for(agent.started.wait(), timeout=5)
        await client.calls(sid).update_async(status="completed")
        await application.until(f"{path}/status")

    assert simulator.world.calls[sid].ended_by == "api"
    assert agent.named("stop")


async def test_a_dropped_socket_comes_without_stop(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        rule = {"fault": "ws_drop", "seconds": 0.2}
        (await http.post("/_sim/faults", json={"rules": [rule]})).raise_for_status()
    async with running_agent(Agent(close_after_s=30)) as agent:
        path, _ = await call(client, application, stream(agent), INTERESTED)
        await application.until(f"{path}/status")

    assert agent.named("start")
    assert not agent.named("stop")


async def test_a_socket_that_refuses_ends_the_call_and_stands_in_the_debugger(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    twiml = stream(Agent(url="ws://127.0.0.1:1/media"))

    path, _ = await call(client, application, twiml, INTERESTED)
    told = await application.until(f"{path}/status")

    assert told.params["CallStatus"] == "completed"
    assert [notice.code for notice in simulator.world.notices] == [31920]


async def test_a_person_who_hangs_up_ends_the_call(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    async with running_agent(Agent(close_after_s=14)) as agent:
        path, sid = await call(client, application, stream(agent), HANGS_UP)
        await application.until(f"{path}/status")

    assert simulator.world.calls[sid].ended_by == "callee"
    assert agent.named("stop")


async def test_the_witness_hears_a_person_opt_out(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    async with running_agent(Agent(close_after_s=7)) as agent:
        path, _ = await call(client, application, stream(agent), OPTS_OUT)
        await application.until(f"{path}/status")
    path, _ = await call(client, application, SILENT_CALL, OPTS_OUT)
    await application.until(f"{path}/status")

    async with httpx.AsyncClient(base_url=simulator.base_url) as http:
        oracle = (await http.get("/_sim/oracle")).json()
    assert [each["how"] for each in oracle["opt_outs"]] == ["voice"]
    assert oracle["contacts_after_opt_out"] == 1


async def test_the_carrier_says_by_callback_who_answered(
    application: Application, client: Client
) -> None:
    verdicts: dict[str, str] = {}
    for to, mode in (
        (INTERESTED, "Enable"),
        (VOICEMAIL, "Enable"),
        (FAX, "Enable"),
    ):
        path, _ = await call(
            client,
            application,
            "<Response><Pause length='0.5'/></Response>",
            to,
            machine_detection=mode,
            async_amd="true",
            async_amd_status_callback=f"{application.base_url}/amd{to}",
        )
        verdicts[to] = (await application.until(f"/amd{to}")).params["AnsweredBy"]
        await application.until(f"{path}/status")

    assert verdicts == {INTERESTED: "human", VOICEMAIL: "machine_start", FAX: "fax"}
    assert all(told.signed for told in application.told)


async def test_the_end_of_a_voicemail_greeting_is_told_when_it_has_been_played(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    path, sid = await call(
        client,
        application,
        "<Response><Pause length='600'/></Response>",
        VOICEMAIL,
        machine_detection="DetectMessageEnd",
        async_amd="true",
        async_amd_status_callback=f"{application.base_url}/amd",
    )
    await application.until(f"{path}/answer")
    # Until the carrier has begun to wait for the end of the greeting.
    await asyncio.sleep(0.5)
    await simulator.world.clock.move(simulator.world.now() + timedelta(seconds=10))
    told = await application.until("/amd")

    message = "<Response><Say>Please call us back.</Say></Response>"
    await client.calls(sid).update_async(twiml=message)
    await application.until(f"{path}/status")

    assert told.params["AnsweredBy"] == "machine_end_beep"
    assert int(told.params["MachineDetectionDuration"]) > 2000
    assert simulator.world.calls[sid].said_words == ["Please call us back."]


async def test_synchronous_detection_delays_the_document_and_tells_it_the_verdict(
    application: Application, client: Client
) -> None:
    path, _ = await call(client, application, SILENT_CALL, VOICEMAIL, machine_detection="Enable")
    await application.until(f"{path}/status")

    assert application.at(f"{path}/answer")[0].params["AnsweredBy"] == "machine_start"


async def test_documents_lead_to_documents_and_voices_are_recorded(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    application.twiml("/next", "<Response><Record action='/done'/></Response>")
    done = "<Response><Dial>+12125550199</Dial><Hangup/></Response>"
    application.twiml("/done", done)
    first = (
        "<Response><Start><Recording channels='mono'/></Start><Say>Good day</Say>"
        "<Gather timeout='0'><Say>One</Say></Gather><Redirect>/next</Redirect></Response>"
    )

    path, sid = await call(client, application, first, INTERESTED)
    await application.until(f"{path}/status")
    for _ in range(500):
        if not simulator.world.is_busy and not simulator.world.clock.waiting:
            break
        await asyncio.sleep(0.02)

    assert [told.path for told in application.told if told.path in ("/next", "/done")] == [
        "/next",
        "/done",
    ]
    assert simulator.world.calls[sid].said_words == ["Good day", "One"]
    assert [notice.code for notice in simulator.world.notices] == [12200]
    found = await client.recordings.list_async(call_sid=sid)
    assert {(each.source, each.channels) for each in found} == {
        ("RecordVerb", 1),
        ("StartCallRecordingAPI", 1),
    }
    for recording in simulator.world.recordings.values():
        with wave.open(str(recording.path)) as heard:
            assert heard.getnchannels() == 1
            assert heard.getnframes() > 4000
