"""The same provider six times: a fake, Twilio, and two platforms that run calls themselves."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Literal, Protocol
from uuid import UUID, uuid4

from channels.base import (
    CallOrder,
    Channel,
    Inquiry,
    MessageOrder,
    Order,
    Refused,
    TemplateContent,
    TextContent,
    Unavailable,
)
from channels.boottime import boottime
from channels.fake import Accept, Fail, FakeChannel, Lose, order_id
from channels.hosted import HostedCalls
from channels.hosted_routes import ByNumber
from channels.twilio_http import TwilioAccount, open_pool
from channels.twilio_voice import TwilioVoice
from channels.twilio_whatsapp import TwilioWhatsApp
from orchestrator.hosted_providers import with_platforms
from orchestrator.sections.hosted import Hosted
from simulator.faults import Rule
from simulator.message import Template
from simulator.server import RunningSimulator, running_simulator
from tests.channels.platform import KEY, Dialect, StandIn, stand_in

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OURS = "+12025550100"
PERSON = "+12025550109"
TEMPLATE = "HX" + "1" * 32
# Nobody listens there; what the carrier wants to report goes nowhere.
NOWHERE = "http://127.0.0.1:9/ours"

Kind = Literal["voice", "whatsapp"]
Happening = Literal["refuse", "unavailable", "lost", "taken_but_lost", "silent", "late_list"]


class Provider(Protocol):
    """What a contract needs to arrange, and to see with other eyes than the channel's."""

    kind: Kind
    channel: Channel

    def next(self, *happenings: Happening) -> None:
        """What the next requests run into, in order."""
        ...

    def times_taken(self, id_: UUID) -> int: ...

    def requests(self) -> int:
        """How many orders have reached the provider."""
        ...

    def now(self) -> datetime: ...


@dataclass(slots=True, kw_only=True)
class Faked:
    kind: Kind
    channel: FakeChannel
    tried: Iterator[int] = field(default_factory=count)

    def next(self, *happenings: Happening) -> None:
        for happening in happenings:
            match happening:
                case "refuse":
                    self.channel.script.append(Fail(Refused("invalid_number", "lead", "21211")))
                case "unavailable":
                    self.channel.script.append(
                        Fail(Unavailable("too_many_requests", timedelta(seconds=1)))
                    )
                case "lost":
                    self.channel.script.append(Lose(taken=False))
                case "taken_but_lost" | "silent":
                    self.channel.script.append(Lose(taken=True))
                case "late_list":
                    self.channel.script.append(Accept())
                    self.channel.lag = 1

    def times_taken(self, id_: UUID) -> int:
        return self.channel.times_taken(id_)

    def requests(self) -> int:
        return len(self.channel.tried)

    def now(self) -> datetime:
        return NOW


@dataclass(slots=True, kw_only=True)
class Simulated:
    kind: Kind
    channel: Channel
    simulator: RunningSimulator

    def next(self, *happenings: Happening) -> None:
        self.simulator.world.faults.replace([_rule(one) for one in happenings], None)

    def times_taken(self, id_: UUID) -> int:
        world = self.simulator.world
        urls = [call.order.status.url for call in world.calls.values()]
        urls += [message.status_callback for message in world.messages.values()]
        return sum(str(id_) in url for url in urls)

    def requests(self) -> int:
        return len(self.simulator.world.calls) + len(self.simulator.world.messages)

    def now(self) -> datetime:
        return self.simulator.world.now()


def _rule(happening: Happening) -> Rule:
    match happening:
        case "refuse":
            raise AssertionError("a refusal is asked for by the number that is called")
        case "unavailable":
            return Rule(fault="too_many", target="POST")
        case "lost":
            return Rule(fault="error_before", target="POST")
        case "taken_but_lost":
            return Rule(fault="reset", target="POST")
        case "silent":
            return Rule(fault="hang_after", target="POST", seconds=30)
        case "late_list":
            return Rule(fault="stale_list", target="GET", seconds=60)


async def _clock() -> datetime:
    return NOW


@dataclass(slots=True, kw_only=True)
class Elsewhere:
    """A platform that runs calls itself."""

    channel: Channel
    platform: StandIn
    kind: Kind = "voice"

    def next(self, *happenings: Happening) -> None:
        for happening in happenings:
            assert happening != "refuse", "a refusal is asked for by the number that is called"
            self.platform.faults.append(happening)

    def times_taken(self, id_: UUID) -> int:
        return sum(call.attempt_id == str(id_) for call in self.platform.calls)

    def requests(self) -> int:
        return self.platform.orders

    def now(self) -> datetime:
        return NOW


@asynccontextmanager
async def hosted(dialect: Dialect) -> AsyncIterator["Elsewhere"]:
    """The adapter with that platform's preset, against its stand-in."""
    async with stand_in(dialect, NOW) as platform:
        channel = hosted_channel(dialect, platform.base_url)
        yield Elsewhere(channel=channel, platform=platform)
        await channel.close()


def hosted_channel(dialect: Dialect, base_url: str, key: str = KEY) -> HostedCalls:
    """As the wiring makes it from a configuration."""
    configured = Hosted.model_validate(
        {
            "preset": dialect,
            "secret": "a-secret",
            "calls": {
                "api_key": key,
                "base_url": base_url,
                "numbers": [OURS],
                "values": {"agent": "agent_1", "phone_number": "phnum_1"},
            },
        }
    )
    made = with_platforms(None, {dialect: configured}, timedelta(seconds=1))
    assert isinstance(made, ByNumber)
    channel = made.hosted[OURS]
    assert isinstance(channel, HostedCalls)
    return channel


@asynccontextmanager
async def faked(kind: Kind) -> AsyncIterator[Provider]:
    channel = FakeChannel(clock=_clock)
    yield Faked(kind=kind, channel=channel)
    await channel.close()


@asynccontextmanager
async def simulated(kind: Kind, media_dir: Path) -> AsyncIterator[Provider]:
    async with running_simulator(media_dir=media_dir, now=NOW) as simulator:
        _approve_template(simulator)
        account = TwilioAccount(
            account_sid=simulator.account_sid,
            auth_token=simulator.auth_token,
            base_url=simulator.base_url,
            timeout=timedelta(seconds=1),
        )
        pool = open_pool(account)
        channel: Channel = (
            TwilioVoice(pool=pool, public_url=NOWHERE)
            if kind == "voice"
            else TwilioWhatsApp(pool=pool, public_url=NOWHERE, clock=_clock)
        )
        yield Simulated(kind=kind, channel=channel, simulator=simulator)
        await channel.close()


def _approve_template(simulator: RunningSimulator) -> None:
    simulator.world.templates[TEMPLATE] = Template(
        sid=TEMPLATE,
        friendly_name="hello",
        language="en",
        variables={},
        types={"twilio/text": {"body": "Hello {{1}}, may I ask you something?"}},
        created_at=NOW,
        updated_at=NOW,
        approval="approved",
    )


def an_order(kind: Kind, *, to: str = PERSON, in_s: float = 5) -> Order:
    """A new one, to be given within `in_s` seconds."""
    deadline = boottime() + in_s
    if kind == "whatsapp":
        content = TemplateContent(
            content_sid=TEMPLATE, variables={"1": "Ann"}, body="Hello Ann, may I ask you something?"
        )
        return MessageOrder(
            message_id=uuid4(), to=to, from_=OURS, content=content, deadline=deadline
        )
    return CallOrder(
        attempt_id=uuid4(),
        to=to,
        from_=OURS,
        ring=timedelta(seconds=20),
        longest=timedelta(minutes=5),
        deadline=deadline,
    )


def a_text(window_expires_at: datetime, body: str = "With pleasure.") -> MessageOrder:
    content = TextContent(body=body, window_expires_at=window_expires_at)
    return MessageOrder(
        message_id=uuid4(), to=PERSON, from_=OURS, content=content, deadline=boottime() + 5
    )


def inquiry(order: Order, asked_after: datetime, ref: str | None = None) -> Inquiry:
    return Inquiry(
        id=order_id(order), to=order.to, from_=order.from_, asked_after=asked_after, ref=ref
    )
