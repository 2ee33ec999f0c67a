"""One seed: a virtual fortnight, one actor at a time, and everything that must hold looked at."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from structlog.testing import capture_logs

from agents.model import ModelUnavailable
from agents.tools import DoNotContact, ScheduleCallback
from channels.base import Channel
from orchestrator.engine import call_reading, chat_reading, lifting, media
from orchestrator.engine.ingest import receive
from orchestrator.engine.limits import Limits
from outreach.channel import ChannelName
from outreach.outcome import AnsweredBy
from outreach.reports import Delivery, MessageReceived
from outreach.speech import Speaker, Turn
from storage import processes, tallies
from storage.database import transaction
from tests.simulation.agenda import Act, Agenda
from tests.simulation.duties import Due, look
from tests.simulation.invariants import AT_EVERY_STEP, EACH_DAY, Broken, broken
from tests.simulation.operators import Operators
from tests.simulation.people import SeededModel
from tests.simulation.processes import Died, Life, Machines, Process
from tests.simulation.provider import Door, Provider, Taken
from tests.simulation.scene import CHAT_NUMBER, Scene, draw, store
from tests.simulation.steering import Steered
from tests.simulation.witness import Witness

PROCESSES: Final = 2
MOST_TRIES: Final = 5
SHORTEST: Final = timedelta(seconds=1)
MEANWHILE: Final = timedelta(seconds=20)
"""How long a process may take between two commits."""
LIMITS: Final = Limits(
    voice_slots=3,
    most_unavailable=4,
    # Nobody renews leases here: as long as a call may take.
    started_lease=timedelta(minutes=6),
    inquiry_wait=timedelta(seconds=45),
)
WORKS: Final[Mapping[str, Callable[..., Awaitable[None]]]] = {
    call_reading.TASK: call_reading.read_call,
    chat_reading.TASK: chat_reading.read_conversation,
    lifting.TASK: lifting.lift_in_batches,
}
SELDOM: Final = ("breakers", "withdraw", "numbers", "tallies")
GIVES_UP: Final[Mapping[str, Callable[..., Awaitable[None]]]] = {
    call_reading.TASK: call_reading.give_up,
    chat_reading.TASK: chat_reading.give_up,
}


class Broke(AssertionError):
    """A promise did not hold; says which, when, and how to see it again."""

    def __init__(self, words: str, problems: Sequence[Broken]) -> None:
        super().__init__(words)
        self.promises = {one.promise for one in problems}


@dataclass(slots=True, eq=False)
class Play:
    """Everybody in it, and what they have done."""

    seed: int
    steered: Steered
    recordings: Path
    days: int = 14
    sabotage: Callable[["Play"], Awaitable[None]] | None = None
    """Done once, after the first day: by tests that show that a broken promise is seen."""
    rng: Random = field(init=False)
    scene: Scene = field(init=False)
    provider: Provider = field(init=False)
    witness: Witness = field(init=False)
    agenda: Agenda = field(default_factory=Agenda)
    living: list[Process] = field(default_factory=list)
    machines: Machines = field(init=False)
    done: Counter[str] = field(default_factory=Counter)
    """What was done how often, and `died`."""
    trace: list[str] = field(default_factory=list)
    logs: list[Any] = field(default_factory=list)
    """What the engine has logged in this step."""
    _held: dict[str, tuple[datetime, timedelta]] = field(default_factory=dict)
    """Duties that found nothing to do: until when they rest, and how long that was."""
    _aside: bool = False
    """Somebody else's turn, between two commits of a process."""

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.scene = draw(self.rng)
        self.provider = Provider(
            steered=self.steered,
            rng=self.rng,
            agenda=self.agenda,
            at_once=self._at_once,
            converse=self._converse,
            hears=self._writes_back,
        )
        self.witness = Witness(self.steered, self.scene, self.provider)
        self.machines = Machines(
            steered=self.steered,
            rng=self.rng,
            limits=LIMITS,
            model=SeededModel(self.rng),
            recordings=self.recordings,
        )

    async def begin(self) -> None:
        await self.steered.empty(self.scene.begins_at)
        for _ in range(PROCESSES):
            await self._start_process()
        await store(self.scene, self.rng, self.steered, self.living[0].ctx)
        self.witness.begin()
        Operators(self.steered, self.rng, self.scene, self.agenda, self.witness).plan()

    async def fortnight(self) -> None:
        """Play to the end; raises Broke as soon as something does not hold."""
        asyncio.get_running_loop().set_exception_handler(_unless_it_died)
        with capture_logs() as self.logs:
            await self.begin()
            day = self.scene.begins_at
            ends_at = day + timedelta(days=self.days)
            while self.steered.now < ends_at:
                if self.steered.now >= day + timedelta(days=1):
                    day += timedelta(days=1)
                    await self._end_of_day(day)
                await self._next()
                await self._check()
            self.provider.calm = True
            await self._do_everything()
            await self._end_of_day(ends_at)
            await self._check()

    # Who is next.

    async def _next(self) -> None:
        """Let time pass until something is to be done, and let one actor do it."""
        due = await look(self.steered)
        soonest = self._soonest(due)
        comes = self.agenda.next_at
        now = self.steered.now
        if comes is not None and (soonest is None or comes <= soonest.at):
            if soonest is not None and soonest.at <= now and self.rng.random() < 0.5:
                await self._do(soonest.name)
                return
            await self._advance(comes)
            await self._do_entry()
            return
        if soonest is None:
            await self._advance(min(comes or self.scene.ends_at, self.scene.ends_at))
            return
        # Nobody looks in the very moment in which something becomes due.
        late = soonest.at + timedelta(seconds=self.rng.choice([1, 30, 120, 600]))
        late = min(late, comes or late)
        if late > now:
            await self._advance(late)
        await self._do(soonest.name)

    def _soonest(self, due: list[Due]) -> Due | None:
        found = [Due(name=one.name, at=max(one.at, self._rests_until(one.name))) for one in due]
        return min(found, key=lambda one: (one.at, one.name), default=None)

    def _rests_until(self, name: str) -> datetime:
        return self._held[name][0] if name in self._held else self.scene.begins_at

    async def _advance(self, to: datetime) -> None:
        await self.steered.turn(max(to, self.steered.now + SHORTEST))

    # What they do.

    async def _do(self, name: str) -> None:
        """One process does one duty; what brings nothing is left alone for a while."""
        if name == "job":
            await self._job()
            return
        if name == "tick":
            await self._beat()
            if self.rng.random() < 0.2:
                # What has no moment of its own, and is done every few seconds in life.
                seldom = self.rng.choice(SELDOM)
                await self._step(seldom, self.living[0].duties()[seldom], mortal=True)
        brought = await self._step(name, self.living[0].duties()[name], mortal=True)
        if brought:
            self._held.pop(name, None)
            return
        _, rested = self._held.get(name, (None, timedelta(minutes=1)))
        rest = min(rested * 2, timedelta(minutes=40))
        self._held[name] = (self.steered.now + rest, rest)

    async def _do_entry(self) -> None:
        entry = self.agenda.pop()
        if not entry.mortal:
            await self.witness.catch_up()
            self._held.clear()
        await self._step(entry.name, entry.act, mortal=entry.mortal, again=entry.again)

    async def _step(self, name: str, act: Act, *, mortal: bool, again: int = 0) -> object:
        """Let a process do it, which may die of it; then a new one takes its place."""
        process = self.rng.choice(self.living)
        if mortal and not self.provider.calm and self.rng.random() < 0.04:
            process.life.dies_in = self.rng.randrange(10)
        self.done[name] += 1
        self.trace.append(f"{self.steered.now:%d %H:%M:%S} {name}")
        result = await process.step(act)
        if process.life.dead:
            await self._bury(process)
            if again:
                at = self.steered.now + timedelta(seconds=10)
                self.agenda.add(at, name, act, again=again - 1)
        return result

    async def _bury(self, process: Process) -> None:
        self.trace[-1] += " (died)"
        self.done["died"] += 1
        self._aside = False
        self.logs.clear()
        self.living.remove(process)
        await self._start_process()

    async def _start_process(self) -> None:
        self.living.append(self.machines.start(self._doors, self._between))
        await self._beat()

    def _doors(self, life: Life) -> Mapping[ChannelName, Channel]:
        return {one: Door(self.provider, life, one) for one in ChannelName}

    async def _beat(self) -> None:
        async with self.steered.engine.begin() as tx:
            for one in self.living:
                beat = processes.Process(id=one.id, roles=["voice"], voice_slots=LIMITS.voice_slots)
                await processes.beat(tx, beat)

    async def _between(self) -> None:
        """Between two commits of one process it may be another actor's turn."""
        if self._aside or self.provider.calm or self.rng.random() > 0.05:
            return
        now = self.steered.now
        entry = self.agenda.pull(now + MEANWHILE, now + timedelta(hours=3))
        if entry is None:
            return
        self._aside = True
        if not entry.early and entry.at > now:
            await self.steered.turn(entry.at)
        await self.witness.catch_up()
        self.trace.append(f"{self.steered.now:%d %H:%M:%S} meanwhile {entry.name}")
        self.done["meanwhile"] += 1
        await entry.act(self.rng.choice(self.living))
        self._aside = False

    async def _at_once(self, delivery: Delivery) -> None:
        aside, self._aside = self._aside, True
        await receive(self.rng.choice(self.living).ctx, delivery)
        self._aside = aside

    # Side work.

    async def _job(self) -> None:
        [row] = await self.steered.run(
            "UPDATE steered.jobs SET tries = tries + 1, due_at = due_at + interval '3 minutes'"
            " WHERE id = (SELECT id FROM steered.jobs ORDER BY due_at, id LIMIT 1)"
            " RETURNING id, task, ids, tries"
        )
        await self._step("job", self._work(row), mortal=True)

    def _work(self, job: Any) -> Act:
        async def work(process: Process) -> None:
            if job.tries > MOST_TRIES and job.task in GIVES_UP:
                async with transaction(process.ctx.database) as tx:
                    await GIVES_UP[job.task](process.ctx, tx, **job.ids)
            else:
                try:
                    await WORKS[job.task](process.ctx, **job.ids)
                except ModelUnavailable:
                    return
            await self.steered.run("DELETE FROM steered.jobs WHERE id = %(id)s", id=job.id)

        return work

    # Conversations.

    async def _converse(self, process: Process, call: Taken) -> None:
        """Somebody or something answers: what the provider is told to do with the call."""
        told = await media.answer_call(process.ctx, call.id, call.ref)
        opened = None
        if isinstance(told, media.Connect):
            opened = await media.open_media(process.ctx, told.token, call.ref)
        if opened is None:
            self.provider.hang_up(call)
            return
        hears_at = self.steered.now + min(call.answer.talk / 2, timedelta(seconds=8))
        self.agenda.add(hears_at, "talk", self._talking(process, opened, call), mortal=False)
        ends_at = self.steered.now + call.answer.talk
        self.agenda.add(ends_at, "talk ends", self._closing(process, opened, call), mortal=False)

    def _talking(self, holder: Process, opened: media.OpenedCall, call: Taken) -> Act:
        async def talk(_: Process) -> None:
            if holder.life.dead:
                return
            journal = opened.journal
            await journal.turn(_turn(0, Speaker.AGENT, "Hello, this is Ada."))
            if call.answer.words is None:
                return
            await journal.turn(_turn(1, Speaker.PERSON, call.answer.words))
            await journal.heard(AnsweredBy.HUMAN, "first words")
            if call.answer.opts_out and self.rng.random() < 0.7:
                await opened.tools.use(DoNotContact(words=call.answer.words))
                self._has_opted_out(call.order.to)
            if call.answer.asks_for_a_callback is not None:
                await opened.tools.use(ScheduleCallback(when=call.answer.asks_for_a_callback))

        return talk

    def _closing(self, holder: Process, opened: media.OpenedCall, call: Taken) -> Act:
        async def close(_: Process) -> None:
            if holder.life.dead:
                self.provider.hang_up(call)
                return
            by = "agent" if call.answer.amd is AnsweredBy.VOICEMAIL else "person"
            await opened.journal.closed(ended_by=by, recording=None)

        return close

    def _writes_back(self, message: Taken) -> None:
        """The person of a message that arrived writes, as was drawn for them."""
        for number, after in enumerate(message.answer.written_after):
            words = str(message.answer.words) if number == 0 else "One more thing."
            report = MessageReceived(
                provider_ref=f"{message.ref}-{number}",
                from_=message.order.to,
                to=CHAT_NUMBER,
                body=words,
                answered_ref=message.ref if self.rng.random() < 0.5 else None,
            )
            at = message.at + after
            self.agenda.add(at, "a person writes", self._written(report), again=4)

    def _written(self, report: MessageReceived) -> Act:
        delivery = Delivery(source="twilio", key=report.provider_ref, report=report)

        async def write(process: Process) -> None:
            await receive(process.ctx, delivery)
            await self.witness.catch_up()
            if report.body == "STOP":
                self._has_opted_out(report.from_)

        return write

    def _has_opted_out(self, phone: str) -> None:
        for one in self.scene.people:
            if one.phone == phone:
                self.witness.opted_out.add((one.contact_id, "all"))
                self.witness.agreed[one.contact_id] = False

    # What must hold.

    async def _check(self) -> None:
        """Of what this step has touched."""
        touched = await self.witness.catch_up()
        problems = self.witness.problems
        if touched:
            problems += await broken(self.steered, AT_EVERY_STEP, sorted(touched))
            await self.witness.compare(touched)
        problems += [
            _logged(one)
            for one in self.logs
            if one["log_level"] == "error" and one["event"] not in EXPECTED
        ]
        self.logs.clear()
        self._raise(problems)

    async def _end_of_day(self, day: datetime) -> None:
        """Everything, whether it was touched or not."""
        if self.sabotage is not None:
            sabotage, self.sabotage = self.sabotage, None
            await sabotage(self)
        await self.witness.catch_up()
        await self.witness.compare(None)
        await self._compare_tallies()
        found = await broken(self.steered, {**AT_EVERY_STEP, **EACH_DAY}, None)
        self._raise([*self.witness.problems, *found])

    async def _compare_tallies(self) -> None:
        """The counts that people see are those of what happened."""
        ids = list(self.scene.campaign_ids.values())
        async with transaction(self.steered.engine) as tx:
            counted = await tallies.counts(tx, ids)
        self.witness.count(counted)

    async def _do_everything(self) -> None:
        """Every duty, whether `look` knows of something for it or not."""
        await self._beat()
        for name, act in self.living[0].duties().items():
            await self._step(name, act, mortal=False)

    def _raise(self, problems: list[Broken]) -> None:
        if problems:
            lately = "\n  ".join(self.trace[-25:])
            said = "\n".join(str(one) for one in problems[:6])
            raise Broke(
                f"seed {self.seed} at {self.steered.now}:\n{said}\nlately:\n  {lately}\n"
                f"replay: OUTREACH_SEED={self.seed} python -m pytest tests/simulation -k one_seed",
                problems,
            )

    def history(self) -> list[str]:
        """Every event of the play, in order, as text."""
        return [json.dumps(one, default=str, sort_keys=True) for one in self.witness.history]


EXPECTED: Final = frozenset(
    {
        "nobody knows whether the provider has this",
        "the provider refuses a number of ours: it is parked",
        "the provider refuses what a campaign orders: it is paused",
    }
)
"""Errors of the provider's making, which an operator is to hear of."""


def _logged(entry: Mapping[str, Any]) -> Broken:
    return Broken(promise="nothing goes wrong unseen", detail=str(dict(entry)))


def _unless_it_died(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a dead process leaves unfinished is nobody's to hear of."""
    if not isinstance(context.get("exception"), Died):
        loop.default_exception_handler(context)


def _turn(number: int, speaker: Speaker, text: str) -> Turn:
    return Turn(number=number, speaker=speaker, text=text)
