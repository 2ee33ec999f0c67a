"""The people of the simulation: how they answer a call or a message, drawn from the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Final

from agents.model import Answer as ModelAnswer
from agents.model import Message, ModelUnavailable, ToolSpec, Usage
from channels.base import MessageOrder, Order, TextContent
from outreach.outcome import AnsweredBy, Outcome

Statuses = list[tuple[timedelta, str]]

SAID: Final[Mapping[str, Outcome]] = {
    "Yes, a demo next week sounds good to me.": Outcome.INTERESTED,
    "Thank you, but we have something that works.": Outcome.NOT_INTERESTED,
    "This is a bad moment, could you ring again tomorrow?": Outcome.CALLBACK_REQUESTED,
    "There is nobody of that name at this number.": Outcome.WRONG_PERSON,
    "Well, it depends on many things, who knows.": Outcome.TALKED,
}
"""What somebody may say, and what a reader makes of it."""
OPTS_OUT: Final = "Please do not call me again."
STOP: Final = "STOP"


@dataclass(slots=True, kw_only=True)
class Answer:
    """What becomes of one order, from the moment it was taken."""

    statuses: Statuses
    """The provider's words, oldest first; the last one ends it."""
    answered_after: timedelta = timedelta(0)
    talk: timedelta = timedelta(0)
    amd: AnsweredBy | None = None
    words: str | None = None
    """What the person says to us; None: nothing, or nobody is there."""
    opts_out: bool = False
    asks_for_a_callback: str | None = None
    """In words that the agent's tool understands."""
    written_after: Sequence[timedelta] = field(default_factory=list)
    """When they write to us, after the message."""


def seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)


def answer_to_a_call(rng: Random) -> Answer:
    dialled: Statuses = [(seconds(1), "initiated"), (seconds(2), "ringing")]
    draw = rng.random()
    if draw < 0.40:
        return Answer(statuses=[*dialled, (seconds(27), "no-answer")])
    if draw < 0.48:
        return Answer(statuses=[*dialled, (seconds(5), "busy")])
    if draw < 0.53:
        return Answer(statuses=[*dialled, (seconds(3), "failed")])
    rings = seconds(rng.randint(4, 20))
    if draw < 0.66:
        talk = seconds(rng.randint(5, 40))
        return Answer(
            statuses=[*dialled, (rings, "in-progress"), (rings + talk, "completed")],
            answered_after=rings + seconds(3),
            talk=talk,
            amd=AnsweredBy.VOICEMAIL,
        )
    talk = seconds(rng.choice([3, 25, 70, 200]))
    spoken = rng.random() < 0.9
    opts_out = spoken and rng.random() < 0.1
    words = OPTS_OUT if opts_out else rng.choice(list(SAID))
    asks = rng.choice([None, "tomorrow at 10:00", "in 2 hours"]) if spoken else None
    wanted = SAID.get(words) is Outcome.CALLBACK_REQUESTED
    return Answer(
        statuses=[*dialled, (rings, "in-progress"), (rings + talk, "completed")],
        answered_after=rings,
        talk=talk,
        amd=AnsweredBy.HUMAN if rng.random() < 0.5 else None,
        words=words if spoken else None,
        opts_out=opts_out,
        asks_for_a_callback=asks if wanted else None,
    )


def answer_to_a_message(rng: Random, order: Order) -> Answer:
    sent: Statuses = [(seconds(1), "sent")]
    draw = rng.random()
    is_reply = isinstance(order, MessageOrder) and isinstance(order.content, TextContent)
    if draw < 0.08:
        return Answer(statuses=[*sent, (seconds(4), rng.choice(["undelivered", "failed"]))])
    if draw < 0.14:
        return Answer(statuses=[*sent])
    arrived: Statuses = [*sent, (seconds(3), "delivered")]
    if rng.random() < 0.5:
        arrived.append((seconds(rng.choice([20, 4000, 90000])), "read"))
    writes = rng.random() < (0.3 if is_reply else 0.4)
    if not writes:
        return Answer(statuses=arrived)
    opts_out = rng.random() < 0.12
    first = rng.choice([30, 900, 20000])
    after = [seconds(first)] + ([seconds(first + 6)] if rng.random() < 0.3 else [])
    words = STOP if opts_out else rng.choice(list(SAID))
    return Answer(statuses=arrived, words=words, opts_out=opts_out, written_after=after)


@dataclass(slots=True)
class SeededModel:
    """Answers kindly, reads what was said, and is sometimes not to be had."""

    rng: Random

    async def answer(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()
    ) -> ModelAnswer:
        self._fail_sometimes()
        return ModelAnswer(text="Happy to help.")

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        self._fail_sometimes()
        transcript = messages[1].content
        found = [(transcript.rfind(words), words) for words in SAID if words in transcript]
        usage = Usage(model="seeded")
        if not found:
            return {"outcome": "talked", "summary": "They spoke.", "fields": []}, usage
        at, words = max(found)
        turn = transcript[:at].count("\n")
        return {
            "outcome": SAID[words].value,
            "outcome_turn": turn,
            "outcome_quote": words,
            "summary": "They spoke.",
            "fields": [],
        }, usage

    def _fail_sometimes(self) -> None:
        if self.rng.random() < 0.08:
            raise ModelUnavailable("seeded")

    async def close(self) -> None:
        """Nothing to give back."""
