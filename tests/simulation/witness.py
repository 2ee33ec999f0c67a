"""Reads the history as it is written, replays it, and judges every start by its own knowledge.

What it knows of opt-outs, consent, pauses and people who took over, it was told by whoever did it,
not by the product. Its hours are its own four lines.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from channels.base import CallOrder, MessageOrder, TemplateContent
from outreach.attempt import IN_FLIGHT, State, can_move
from outreach.campaign import Campaign
from outreach.events import Kind
from tests.simulation.invariants import Broken
from tests.simulation.provider import Provider, Taken
from tests.simulation.scene import OneLead, Scene
from tests.simulation.steering import Steered

EVENTS: Final = """
SELECT seq, at, kind, actor, campaign_id, lead_id, contact_id, attempt_id, data
FROM events WHERE seq > %(seen)s ORDER BY seq
"""
ROWS: Final = """
SELECT l.id, l.status, l.work, l.work_reason,
       coalesce((SELECT jsonb_agg(jsonb_build_array(a.id, a.n, a.state, a.outcome, a.undecided,
                                                    a.due_at) ORDER BY a.n)
                 FROM attempts a WHERE a.lead_id = l.id), '[]') AS attempts
FROM leads l WHERE cast(%(leads)s AS uuid[]) IS NULL OR l.id = ANY(cast(%(leads)s AS uuid[]))
ORDER BY l.id
"""
BECOMES: Final = {
    "attempt.planned": State.PLANNED,
    "attempt.moved": State.PLANNED,
    "attempt.refused": State.PLANNED,
    "attempt.claimed": State.CLAIMED,
    "attempt.starting": State.STARTING,
    "attempt.started": State.STARTED,
    "attempt.live": State.LIVE,
    "attempt.unsure": State.UNSURE,
    "attempt.ended": State.ENDED,
    "attempt.cancelled": State.CANCELLED,
}
DELIVERY: Final = {
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "undelivered",
}
CAPS: Final = ((2, timedelta(days=1)), (4, timedelta(days=7)), (8, timedelta(days=30)))
OPENS, CLOSES = 8, 21


@dataclass(slots=True)
class AttemptTold:
    """An attempt as the history tells it."""

    id: UUID
    lead: OneLead
    n: int
    channel: str
    reason: str
    due_at: datetime
    state: State = State.PLANNED
    outcome: str | None = None
    delivery: set[str] = field(default_factory=set)
    """What the statuses of its message came to; the newest that counts is its outcome."""


@dataclass(slots=True)
class LeadTold:
    """A lead as the history tells it."""

    lead: OneLead
    status: str = "new"
    rest: tuple[str, str | None] | None = None
    """`blocked` or `ended` with its reason; None: the attempts say how it stands."""
    attempts: dict[UUID, AttemptTold] = field(default_factory=dict)

    def work(self) -> str:
        states = {one.state for one in self.attempts.values()}
        if states & IN_FLIGHT:
            return "in_flight"
        if State.PLANNED in states:
            return "planned"
        return self.rest[0] if self.rest else "waiting"


@dataclass(slots=True, eq=False)
class Witness:
    steered: Steered
    scene: Scene
    provider: Provider
    seen: int = 0
    history: list[tuple[Any, ...]] = field(default_factory=list)
    """Every event without its number, for whoever compares two plays."""
    leads: dict[UUID, LeadTold] = field(default_factory=dict)
    attempts: dict[UUID, AttemptTold] = field(default_factory=dict)
    problems: list[Broken] = field(default_factory=list)

    # What whoever did it told us.
    paused: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    stopped: bool = False
    opted_out: set[tuple[UUID, str]] = field(default_factory=set)
    """Contacts with the channel, or `all`."""
    agreed: dict[UUID, bool] = field(default_factory=dict)
    owned: set[UUID] = field(default_factory=set)
    """Contacts whose conversation is a person's."""
    versions: dict[str, int] = field(default_factory=dict)

    _names: dict[UUID, str] = field(default_factory=dict)
    _claims: dict[object, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _judged: int = 0

    def begin(self) -> None:
        self.leads = {one.id: LeadTold(one) for one in self.scene.leads}
        self.agreed = {one.contact_id: one.agreed for one in self.scene.people}
        self._names = {id_: name for name, id_ in self.scene.campaign_ids.items()}
        self.versions = {name: 1 for name in self.scene.campaign_ids}

    async def catch_up(self) -> set[UUID]:
        """Read what was written since; the leads that it touched."""
        touched: set[UUID] = set()
        for row in await self.steered.run(EVENTS, seen=self.seen):
            self.seen = row.seq
            self.history.append(tuple(row)[1:])
            if row.lead_id is not None:
                touched.add(row.lead_id)
            self._take(row)
        self._judge_orders()
        return touched

    def _take(self, row: Any) -> None:
        kind = row.kind
        if kind.startswith("campaign."):
            self._campaign(row)
        elif kind == "person.suppressed" and row.contact_id is not None:
            self.opted_out.add((row.contact_id, row.data["scope"]))
        elif kind == "lead.status":
            self.leads[row.lead_id].status = row.data["to"]
        elif kind in ("lead.blocked", "lead.ended"):
            self.leads[row.lead_id].rest = (kind.removeprefix("lead."), row.data["reason"])
        elif kind in ("lead.unblocked", "lead.reopened"):
            self.leads[row.lead_id].rest = None
        elif kind in BECOMES:
            self._attempt(row)
        elif kind == "message.status" and row.attempt_id is not None:
            word = DELIVERY.get(row.data["status"])
            self.attempts[row.attempt_id].delivery |= {word} if word else set()
        elif kind == "attempt.result":
            self.attempts[row.attempt_id].outcome = row.data["outcome"]

    def _campaign(self, row: Any) -> None:
        name = self._names.get(row.campaign_id, "")
        match row.kind:
            case "campaign.paused":
                self.paused.add(name)
            case "campaign.resumed" | "campaign.launched":
                self.paused.discard(name)
                self.over.discard(name)
            case "campaign.cancelled" | "campaign.completed":
                self.over.add(name)

    def _attempt(self, row: Any) -> None:
        to, told = BECOMES[row.kind], self.leads[row.lead_id]
        if row.kind == "attempt.planned":
            one = AttemptTold(
                id=row.attempt_id,
                lead=told.lead,
                n=len(told.attempts) + 1,
                channel=row.data["channel"],
                reason=row.data["reason"],
                due_at=datetime.fromisoformat(row.data["due_at"]),
            )
            told.attempts[one.id] = self.attempts[one.id] = one
            told.rest = None
            return
        one = self.attempts[row.attempt_id]
        if to is not one.state and not can_move(one.state, to):
            self._broken("only legal moves", f"{one.id} {one.state} to {to}")
        one.state = to
        if "due_at" in row.data:
            one.due_at = datetime.fromisoformat(row.data["due_at"])
        # Another version of the campaign may reach them by another channel.
        one.channel = row.data.get("channel", one.channel)
        if to in (State.ENDED, State.CANCELLED):
            one.outcome = row.data.get("outcome", one.outcome)
        elif to in IN_FLIGHT:
            told.rest = None
        if to is State.CLAIMED:
            self._judge_claim(one, row)
        elif to is State.STARTING:
            self._judge_start(one, row)

    # Caps of the campaign and pace, where they are used up.

    def _judge_claim(self, one: AttemptTold, row: Any) -> None:
        name = one.lead.campaign
        document = self.scene.documents[name, self.versions[name]]
        if one.channel == "voice":
            calls = sum(
                other.channel == "voice" and other.state in IN_FLIGHT
                for other in self.attempts.values()
                if other.lead.campaign == name
            )
            if calls > document.concurrency:
                self._broken("never more calls at once than allowed", f"{name}: {calls}")
        self._judge_pace(name, row.at, document.pace.interval, document.pace.burst)
        if row.data["sender"] is not None:
            sender = UUID(row.data["sender"])
            self._judge_pace(sender, row.at, *self.scene.senders[sender])

    def _judge_pace(self, who: object, at: datetime, each: timedelta, burst: int) -> None:
        claims = self._claims[who]
        claims.append(at)
        for back in range(1, min(len(claims), 12)):
            span = at - claims[-1 - back]
            # So many more than one within this stretch: the burst, and what the time gave.
            if back + 1 > burst + span / each + 0.001:
                self._broken("never faster than the pace", f"{who}: {back + 1} in {span}")
                return

    def edited(self, name: str, version: int) -> None:
        """A campaign follows another version from now on."""
        self.versions[name] = version
        self._claims.pop(name, None)

    # The law and the people's will, in the transaction that commits a start.

    def _judge_start(self, one: AttemptTold, row: Any) -> None:
        name, person = one.lead.campaign, one.lead.person
        what = f"{one.id} of {name} by {one.channel} at {row.at}"
        document = self.scene.documents[name, self.versions[name]]
        if not open_at(row.at, person.zone, document):
            self._broken("never outside the window", f"{what}, {person.zone}")
        if {(person.contact_id, one.channel), (person.contact_id, "all")} & self.opted_out:
            self._broken("never after an opt-out", what)
        if self.stopped or name in self.paused or name in self.over:
            self._broken("never while paused", what)
        if person.contact_id in self.owned:
            self._broken("never while a person owns it", what)
        if not self.agreed[person.contact_id]:
            self._broken("never without consent", what)

    def _judge_orders(self) -> None:
        """What the provider really has got since."""
        for place in range(self._judged, len(self.provider.taken)):
            self._judge_order(self.provider.taken[place], self.provider.taken[:place])
        self._judged = len(self.provider.taken)

    def _judge_order(self, taken: Taken, earlier: Sequence[Taken]) -> None:
        what = f"{taken.id} at {taken.at}"
        if any(one.id == taken.id for one in earlier):
            self._broken("never twice for one attempt", what)
        if isinstance(taken.order, MessageOrder) and not isinstance(
            taken.order.content, TemplateContent
        ):
            return
        one = self.attempts.get(taken.id)
        if one is None:
            self._broken("nobody is contacted without an attempt", what)
            return
        reached = [
            other.at for other in earlier if other.order.to == taken.order.to and opens(other)
        ]
        campaign = self.scene.documents[one.lead.campaign, self.versions[one.lead.campaign]]
        own = campaign.caps.per_day
        caps = CAPS if own is None else ((own, timedelta(days=1)), *CAPS)
        for limit, within in caps:
            inside = sum(at > taken.at - within for at in reached)
            if inside >= limit and one.reason != "callback":
                self._broken("never above a cap", f"{what}: {inside + 1} in {within}")
        for other in earlier:
            both = isinstance(taken.order, CallOrder) and isinstance(other.order, CallOrder)
            if both and other.order.to == taken.order.to and other.ends_at > taken.at:
                self._broken("never two calls to one person at once", what)

    # Replay.

    async def compare(self, leads: set[UUID] | None) -> None:
        """Hold the stored rows of these leads (None: of all) against their history."""
        for row in await self.steered.run(ROWS, leads=None if leads is None else list(leads)):
            self._compare(row)

    def count(self, counted: Mapping[UUID, Mapping[Kind, int]]) -> None:
        """Hold what was counted of each campaign against what has happened in it."""
        happened = Counter((campaign, kind) for _, kind, _, campaign, *_ in self.history)
        for id_, counts in counted.items():
            mine = {kind: times for (campaign, kind), times in happened.items() if campaign == id_}
            theirs = {kind.value: times for kind, times in counts.items()}
            if mine != theirs:
                wrong = sorted(set(mine.items()) ^ set(theirs.items()))
                self._broken("tallies equal counts", f"campaign {id_}: {wrong}")

    def _compare(self, row: Any) -> None:
        told = self.leads[row.id]
        stored = {
            UUID(id_): (n, state, outcome, undecided, datetime.fromisoformat(due_at))
            for id_, n, state, outcome, undecided, due_at in row.attempts
        }
        differs = [
            f"{id_} is {stored.get(id_)}, told {one.n} {one.state} {one.outcome} {one.due_at}"
            for id_, one in told.attempts.items()
            if not _same(one, stored.get(id_))
        ]
        differs += [f"{id_} was never told of" for id_ in stored.keys() - told.attempts.keys()]
        if row.status != told.status:
            differs.append(f"status {row.status}, told {told.status}")
        if row.work != told.work():
            differs.append(f"work {row.work} ({row.work_reason}), told {told.work()} {told.rest}")
        elif told.rest is not None and told.rest != (row.work, row.work_reason):
            differs.append(f"work {row.work} ({row.work_reason}), told {told.rest}")
        for one in differs:
            self._broken("the history gives the stored row", f"lead {row.id}: {one}")

    def _broken(self, promise: str, detail: str) -> None:
        self.problems.append(Broken(promise=promise, detail=detail))


def _same(one: AttemptTold, stored: tuple[Any, ...] | None) -> bool:
    if stored is None:
        return False
    n, state, outcome, undecided, due_at = stored
    settled = state == "ended" and not undecided
    return (n, state, due_at) == (one.n, one.state.value, one.due_at) and (
        not settled or outcome == one.outcome or outcome in one.delivery
    )


def opens(taken: Taken) -> bool:
    """Whether it was a contact that we began: any call, and a template."""
    order = taken.order
    return isinstance(order, CallOrder) or isinstance(order.content, TemplateContent)


def open_at(at: datetime, zone: str, campaign: Campaign) -> bool:
    """Whether somebody there may be contacted: the quiet hours and the campaign's own."""
    here = at.astimezone(ZoneInfo(zone))
    if not OPENS <= here.hour < CLOSES:
        return False
    bounds = (campaign.schedule.start_at, campaign.schedule.end_at)
    if (bounds[0] and at < bounds[0]) or (bounds[1] and at >= bounds[1]):
        return False
    if campaign.schedule.windows is None:
        return True
    minute = here.hour * 60 + here.minute
    spans = campaign.schedule.windows.days[here.weekday()]
    return any(start <= minute < end for start, end in spans)
