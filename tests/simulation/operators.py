"""What people at the console do meanwhile; each deed tells the witness, who trusts nobody else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from orchestrator.engine.actions import campaigns
from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up
from orchestrator.engine.actions.close_unsure import ANSWERS, close_unsure
from orchestrator.engine.actions.consent import Allowance, grant_consent, revoke_consent
from orchestrator.engine.actions.stop import resume_all, stop
from orchestrator.engine.actions.suppress import Reach, suppress_point
from orchestrator.engine.actions.take_over import give_back, take_over, write
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.outcome import Outcome
from storage import clock
from storage.database import transaction
from tests.simulation.agenda import Agenda
from tests.simulation.processes import Process
from tests.simulation.scene import CAMPAIGNS, OPERATOR, Scene, document_of, publish
from tests.simulation.steering import Steered
from tests.simulation.witness import Witness

Deed = Callable[[Process], Awaitable[None]]
SAID = Allowance(basis="express_written", source="console")


@dataclass(slots=True, eq=False)
class Operators:
    steered: Steered
    rng: Random
    scene: Scene
    agenda: Agenda
    witness: Witness

    def plan(self) -> None:
        """Spread a fortnight's deeds; what is begun is also ended, days later at most."""
        for name in CAMPAIGNS:
            for _ in range(self.rng.randint(1, 3)):
                self._spell(f"pause {name}", self._pause(name), self._resume(name))
            for _ in range(self.rng.randint(1, 2)):
                self._some_time(f"edit {name}", self._edit(name))
        if self.rng.random() < 0.3:
            self._some_time("cancel winter", self._cancel("winter"), after_hours=150)
        self._spell("stop", self._stop, self._go_on)
        for name, deed, least, most in (
            ("opt out", self._opt_out, 2, 5),
            ("consent", self._consent, 3, 6),
            ("revoke", self._revoke, 1, 3),
            ("cancel follow-up", self._cancel_follow_up, 1, 3),
            ("take over", self._take_over, 3, 6),
        ):
            for _ in range(self.rng.randint(least, most)):
                self._some_time(name, deed)
        for day in range(1, 14):
            at = self.scene.begins_at + timedelta(days=day)
            self.agenda.add(at, "look at unsure", self._look_at_unsure, mortal=False, early=True)

    def _some_time(self, name: str, deed: Deed, *, after_hours: int = 0) -> None:
        minutes = self.rng.randrange(after_hours * 60, 13 * 24 * 60)
        at = self.scene.begins_at + timedelta(minutes=minutes)
        self.agenda.add(at, name, deed, mortal=False, early=True)

    def _spell(self, name: str, begin: Deed, end: Deed) -> None:
        at = self.scene.begins_at + timedelta(minutes=self.rng.randrange(11 * 24 * 60))
        self.agenda.add(at, name, begin, mortal=False, early=True)
        until = at + timedelta(minutes=self.rng.choice([5, 90, 1500, 2900]))
        self.agenda.add(until, f"end of {name}", end, mortal=False, early=True)

    # Campaigns

    def _pause(self, name: str) -> Deed:
        async def deed(process: Process) -> None:
            async with transaction(self.steered.engine) as tx:
                status = await campaigns.pause(process.ctx, tx, name, OPERATOR)
            assert status == "paused"
            self.witness.paused.add(name)

        return self._if_it_may_be(deed)

    def _resume(self, name: str) -> Deed:
        async def deed(process: Process) -> None:
            async with transaction(self.steered.engine) as tx:
                await campaigns.resume(process.ctx, tx, name, OPERATOR)

        return self._if_it_may_be(deed)

    def _cancel(self, name: str) -> Deed:
        async def deed(process: Process) -> None:
            async with transaction(self.steered.engine) as tx:
                await campaigns.cancel(process.ctx, tx, name, OPERATOR)
            self.witness.over.add(name)

        return self._if_it_may_be(deed)

    def _edit(self, name: str) -> Deed:
        async def deed(process: Process) -> None:
            opens = self.rng.randint(8, 12)
            windows = {"daily": [f"{opens:02}:30-{opens + self.rng.randint(3, 8):02}:00"]}
            latest = self.scene.documents[name, self.witness.versions[name]].schedule
            schedule = {
                "windows": windows,
                **{
                    key: value.isoformat()
                    for key, value in (("start_at", latest.start_at), ("end_at", latest.end_at))
                    if value is not None
                },
            }
            changed = document_of(
                self.scene,
                self.rng,
                name,
                schedule=schedule,
                concurrency=self.rng.randint(1, 4),
                pace={"per_minute": self.rng.choice([10, 30, 60])},
            )
            await publish(self.scene, self.steered, process.ctx, name, changed)
            self.witness.edited(name, max(v for n, v in self.scene.documents if n == name))

        return self._if_it_may_be(deed)

    async def _stop(self, process: Process) -> None:
        async with transaction(self.steered.engine) as tx:
            await stop(tx, OPERATOR)
        self.witness.stopped = True

    async def _go_on(self, process: Process) -> None:
        async with transaction(self.steered.engine) as tx:
            await resume_all(tx, OPERATOR)
        self.witness.stopped = False

    # People

    async def _opt_out(self, process: Process) -> None:
        person = self.rng.choice(self.scene.people)
        scope = self.rng.choice(["all", "all", "voice", "whatsapp"])
        reach = Reach(source="console", reason="asked_by_phone", by=OPERATOR, scope=scope)
        async with transaction(self.steered.engine) as tx:
            now = await clock.now(tx)
            await suppress_point(process.ctx, tx, "phone", person.phone, reach, now)
        self.witness.opted_out.add((person.contact_id, scope))
        if scope == "all":
            self.witness.agreed[person.contact_id] = False

    async def _consent(self, process: Process) -> None:
        lacking = [one for one in self.scene.people if not self.witness.agreed[one.contact_id]]
        if not lacking:
            return
        person = self.rng.choice(lacking)
        async with transaction(self.steered.engine) as tx:
            await grant_consent(process.ctx, tx, person.contact_id, SAID, OPERATOR)
        self.witness.agreed[person.contact_id] = True

    async def _revoke(self, process: Process) -> None:
        person = self.rng.choice(self.scene.people)
        async with transaction(self.steered.engine) as tx:
            await revoke_consent(process.ctx, tx, person.contact_id, SAID, OPERATOR)
        self.witness.agreed[person.contact_id] = False

    async def _cancel_follow_up(self, process: Process) -> None:
        lead = self.rng.choice(self.scene.leads)
        async with transaction(self.steered.engine) as tx:
            await cancel_follow_up(process.ctx, tx, lead.id, OPERATOR)

    async def _take_over(self, process: Process) -> None:
        """Take a conversation, perhaps write in it, and give it back one day."""
        rows = await self.steered.run(
            "SELECT id, contact_id FROM conversations WHERE handler = 'agent' ORDER BY id"
        )
        if not rows:
            return
        talk = self.rng.choice(rows)
        async with transaction(self.steered.engine) as tx:
            await take_over(process.ctx, tx, talk.id, OPERATOR)
        self.witness.owned.add(talk.contact_id)
        if self.rng.random() < 0.5:
            await self._write(process, talk.id)
        if self.rng.random() < 0.7:
            at = self.steered.now + timedelta(minutes=self.rng.choice([30, 1500, 4000]))
            self.agenda.add(
                at, "give back", self._give_back(talk.id, talk.contact_id), mortal=False
            )

    async def _write(self, process: Process, talk_id: UUID) -> None:
        async def deed(process: Process) -> None:
            async with transaction(self.steered.engine) as tx:
                await write(process.ctx, tx, talk_id, "Hello, this is Kim.", OPERATOR)

        await self._if_it_may_be(deed)(process)

    def _give_back(self, talk_id: UUID, contact_id: UUID) -> Deed:
        async def deed(process: Process) -> None:
            async with transaction(self.steered.engine) as tx:
                await give_back(process.ctx, tx, talk_id, OPERATOR)
            self.witness.owned.discard(contact_id)

        return deed

    async def _look_at_unsure(self, process: Process) -> None:
        """Look up at the provider what nobody could find out, and close it by hand."""
        rows = await self.steered.run(
            "SELECT id, channel FROM attempts WHERE state = 'unsure' AND lease_until IS NULL"
            " ORDER BY id"
        )
        for row in rows:
            has_it = any(one.id == row.id for one in self.witness.provider.taken)
            outcome = ANSWERS[ChannelName(row.channel)][1] if has_it else Outcome.NOT_PLACED
            async with transaction(self.steered.engine) as tx:
                await close_unsure(process.ctx, tx, row.id, outcome, OPERATOR)

    def _if_it_may_be(self, deed: Deed) -> Deed:
        """What is refused is no fault: a campaign that is over cannot be paused."""

        async def tried(process: Process) -> None:
            try:
                await deed(process)
            except Rejected:
                return

        return tried
