"""One server with both ends of the voice process: the media socket and a model stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.websockets import WebSocket

from agents.tools import (
    BookMeeting,
    DoNotContact,
    EndCall,
    ScheduleCallback,
    SendWhatsApp,
    ToolResult,
    TransferToHuman,
    Wish,
)
from agents.voice.call import (
    Limits,
    PhoneCall,
    ServiceSettings,
    SpeechSettings,
    StreamStart,
)
from agents.voice.switchboard import Switchboard
from outreach.outcome import AnsweredBy
from outreach.prices import Used
from outreach.speech import Turn
from tests.agents.voice.phone import Phone, until
from tests.agents.voice.stand_in import StandIn

OPENER = "Hello, this is Ann, an AI."
GOODBYE = "Good bye then."


@dataclass(slots=True)
class MemoryJournal:
    turns: dict[int, Turn] = field(default_factory=dict)
    answered_by: list[tuple[AnsweredBy, str]] = field(default_factory=list)
    disclosures: list[datetime] = field(default_factory=list)
    messages_left: int = 0
    barriers: int = 0
    uses: list[Used] = field(default_factory=list)
    endings: list[tuple[str, Path | None]] = field(default_factory=list)
    is_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def turn(self, turn: Turn) -> None:
        self.turns[turn.number] = turn

    async def heard(self, answered_by: AnsweredBy, evidence: str) -> None:
        self.answered_by.append((answered_by, evidence))

    async def disclosed(self, at: datetime) -> None:
        self.disclosures.append(at)

    async def left_message(self) -> None:
        self.messages_left += 1

    async def no_common_language(self) -> None:
        self.barriers += 1

    async def used(self, used: Used) -> None:
        self.uses.append(used)

    async def closed(self, *, ended_by: str, recording: Path | None) -> None:
        self.endings.append((ended_by, recording))
        self.is_closed.set()

    def said(self) -> list[tuple[str, str]]:
        return [(turn.speaker.value, turn.text) for _, turn in sorted(self.turns.items())]


@dataclass(slots=True)
class MemoryTools:
    asked: list[tuple[str, str]] = field(default_factory=list)
    delay_s: float = 0.0

    async def use(self, wish: Wish) -> ToolResult:
        match wish:
            case ScheduleCallback(when=when):
                self.asked.append(("schedule_callback", when))
                return ToolResult(done=True, say="Planned for tomorrow at three.")
            case BookMeeting(when=when):
                self.asked.append(("book_meeting", when))
                return ToolResult(done=True, say="Booked for tomorrow at three.")
            case SendWhatsApp(reason=reason):
                self.asked.append(("send_whatsapp", reason))
                return ToolResult(done=True, say="It leaves after the call.")
            case TransferToHuman(reason=reason):
                self.asked.append(("transfer_to_human", reason))
                return ToolResult(done=True, say="Say so.", ends_conversation=True)
            case DoNotContact(words=words):
                await asyncio.sleep(self.delay_s)
                self.asked.append(("do_not_contact", words))
                return ToolResult(done=True, say="Removed everywhere.", ends_conversation=True)
            case EndCall(reason=reason):
                self.asked.append(("end_call", reason))
                return ToolResult(done=True, say="Say good-bye.", ends_conversation=True)


@dataclass(slots=True)
class Bench:
    """A voice process, what it talks to, and a telephone line into it."""

    stand_in: StandIn
    switchboard: Switchboard
    call: PhoneCall
    app: FastAPI
    url: str = ""
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    tools: MemoryTools = field(default_factory=MemoryTools)

    def phone(self) -> Phone:
        return Phone(f"{self.url}/media")

    async def closed(self) -> str:
        """Who ended the call, once the journal knows."""
        async with asyncio.timeout(15):
            await self.journal.is_closed.wait()
        return self.journal.endings[0][0]

    async def answer(self, socket: WebSocket) -> None:
        """What webhooks/twilio_media.py does, without its token."""
        await socket.accept()
        json.loads(await socket.receive_text())
        start = json.loads(await socket.receive_text())["start"]
        await self.switchboard.converse(
            socket,
            StreamStart(stream_sid=start["streamSid"], call_sid=start["callSid"]),
            self.call,
            tools=self.tools,
            journal=self.journal,
        )

    def limit(self, **changes: timedelta) -> None:
        self.switchboard.limits = replace(self.switchboard.limits, **changes)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    stand_in = StandIn()
    app = FastAPI()
    app.include_router(stand_in.router())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    call = PhoneCall(
        attempt_id=UUID(int=1),
        system_prompt="You are Ann.",
        opener=OPENER,
        goodbye=GOODBYE,
        still_there="Are you still there?",
        recording=tmp_path / "call.wav",
        max_duration=timedelta(seconds=30),
    )
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    service = ServiceSettings(base_url=f"http://{host}:{port}/v1", api_key="key", model="m")
    switchboard = Switchboard(
        settings=SpeechSettings(stt=service, llm=service, tts=service),
        limits=Limits(opener_after=timedelta(seconds=0.6)),
    )
    url = f"ws://{host}:{port}"
    bench = Bench(stand_in=stand_in, switchboard=switchboard, call=call, app=app, url=url)
    app.add_api_websocket_route("/media", bench.answer)
    yield bench
    await switchboard.drain(within=timedelta(seconds=0))
    await switchboard.close()
    server.should_exit = server.force_exit = True
    async with asyncio.timeout(20):
        await serving
