"""Endpoints are told each event once, signed, until it arrives or is shown to a person."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.downloads import NotFetched
from connectors.webhook_posts import Posts
from orchestrator.engine.actions.endpoints import (
    add_endpoint,
    enable_endpoint,
    remove_endpoint,
    replay_delivery,
)
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.webhooks_out import TASK, deliver_webhooks, tell_endpoints
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.webhook_signature import WAITS
from storage import endpoint_deliveries, endpoints
from storage.database import transaction
from storage.events import Event, record
from tests.orchestrator.engine.world import TUESDAY, World
from tests.web.people import lead_of

ROOT = Actor(name="test", role=Role.OWNER)
URL = "https://example.com/hook"


@dataclass(slots=True)
class Receiver:
    """A program that takes deliveries, or does not."""

    answers: list[int | str] = field(default_factory=list)
    """What it answers next: a status, or the code of what went wrong; then always 204."""
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def refuse(self, url: str) -> None:
        Posts().refuse(url)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((headers, body))
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, str):
            raise NotFetched(answer, is_final=False)
        return answer

    @property
    def told(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, body in self.got]


@dataclass(slots=True)
class Jobs:
    asked: list[str] = field(default_factory=list)

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        if task == TASK:
            self.asked.append(ids["endpoint_id"])


@dataclass(slots=True)
class Stage:
    world: World
    ctx: Context
    receiver: Receiver
    jobs: Jobs

    async def add(self, *kinds: str) -> tuple[UUID, str]:
        async with transaction(self.world.engine) as tx:
            added = await add_endpoint(self.ctx, tx, URL, kinds or ["lead.edited"], ROOT)
        return added.id, added.secret

    async def happen(self, kind: Kind = Kind.LEAD_EDITED, **facts: object) -> None:
        async with transaction(self.world.engine) as tx:
            await record(tx, [Event(kind=kind, at=TUESDAY, **facts)])

    async def work(self) -> None:
        """The duty, and the jobs that it asked for."""
        await self.world.settled()
        await tell_endpoints(self.ctx)
        while self.jobs.asked:
            await deliver_webhooks(self.ctx, self.jobs.asked.pop())

    async def later(self) -> None:
        """All waits are over."""
        await self.world.do("UPDATE webhook_deliveries SET due_at = due_at - interval '2 days'")
        await self.world.do("UPDATE webhook_endpoints SET retry_at = NULL")

    async def states(self) -> list[tuple[object, ...]]:
        return await self.world.rows("SELECT state, tries, problem FROM webhook_deliveries")


@pytest.fixture
async def stage(engine: AsyncEngine) -> Stage:
    world = World(engine)
    await world.begin()
    receiver, jobs = Receiver(), Jobs()
    ctx = world.context(posts=receiver, side_work=jobs)
    return Stage(world=world, ctx=ctx, receiver=receiver, jobs=jobs)


async def test_what_was_chosen_is_told_once_and_signed(stage: Stage) -> None:
    await stage.happen()
    # What another worker's transaction keeps from being final counts as yet to come.
    await stage.world.settled()
    _, secret = await stage.add("lead.edited")
    lead = uuid4()
    await stage.happen(lead_id=lead, data={"fields": ["email"]})
    await stage.happen(Kind.NOTE_ADDED, lead_id=lead)

    await stage.work()
    await stage.work()

    ((headers, body),) = stage.receiver.got
    said = json.loads(body)
    assert (said["type"], said["data"]["lead_id"]) == ("lead.edited", str(lead))
    assert said["data"]["facts"] == {"fields": ["email"]}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"


async def test_a_delivery_says_where_lead_and_attempt_stand_and_never_who_it_is(
    stage: Stage,
) -> None:
    lead, _ = await lead_of(stage.world)
    ((attempt,),) = await stage.world.rows("SELECT id FROM attempts")
    await stage.add("attempt.result")

    await stage.happen(Kind.ATTEMPT_RESULT, lead_id=lead, attempt_id=attempt)
    await stage.work()

    (said,) = stage.receiver.told
    assert said["data"]["lead"]["campaign"] == "spring"
    assert said["data"]["attempt"]["state"] == "planned"
    assert "Lee" not in str(said)
    assert "+1212" not in str(said)


async def test_what_fails_is_sent_again_under_the_same_id_after_growing_waits(
    stage: Stage,
) -> None:
    await stage.add()
    stage.receiver.answers = [500, "unreachable", 302]
    await stage.happen()

    for _ in range(4):
        await stage.work()
        await stage.work()
        await stage.later()

    ids = [headers["webhook-id"] for headers, _ in stage.receiver.got]
    assert len(ids) == 4
    assert len(set(ids)) == 1
    assert await stage.states() == [("sent", 4, None)]
    assert sorted(WAITS) == list(WAITS)


async def test_what_never_arrives_is_on_the_list_and_is_sent_again_when_somebody_asks(
    stage: Stage,
) -> None:
    await stage.add()
    stage.receiver.answers = [500] * (len(WAITS) + 1)
    await stage.happen()
    for _ in range(len(WAITS) + 3):
        await stage.work()
        await stage.later()

    async with transaction(stage.world.engine) as tx:
        (dead,) = await endpoint_deliveries.list_dead(tx)
        await replay_delivery(tx, dead.id, ROOT)
    await stage.work()

    assert (dead.tries, dead.problem) == (len(WAITS) + 1, "http_500")
    assert await stage.states() == [("sent", 1, None)]
    assert stage.receiver.got[-1][0]["webhook-id"] == str(dead.id)


async def test_an_endpoint_that_is_gone_is_told_nothing_until_it_is_enabled(stage: Stage) -> None:
    endpoint, _ = await stage.add()
    stage.receiver.answers = [410]
    await stage.happen()
    await stage.work()
    await stage.later()
    await stage.happen()
    await stage.work()
    gone = len(stage.receiver.got)

    async with transaction(stage.world.engine) as tx:
        await enable_endpoint(tx, endpoint, ROOT)
    await stage.work()

    assert gone == 1
    assert len(stage.receiver.got) == 3
    kinds = await stage.world.rows("SELECT kind FROM events WHERE kind LIKE 'endpoint.dis%'")
    assert kinds == [("endpoint.disabled",)]


async def test_an_endpoint_that_fails_is_asked_once_and_the_others_are_told(stage: Stage) -> None:
    await stage.add()
    await stage.add()
    for _ in range(5):
        await stage.happen()
    stage.receiver.answers = [500]

    await stage.work()

    states = await stage.world.rows("SELECT state, count(*) FROM webhook_deliveries GROUP BY state")
    assert dict(states) == {"sent": 5, "pending": 5}
    assert len(stage.receiver.got) == 6


async def test_processes_that_collect_together_tell_each_event_once(stage: Stage) -> None:
    await stage.add()
    for _ in range(20):
        await stage.happen()

    await stage.world.settled()
    await asyncio.gather(*(tell_endpoints(stage.ctx) for _ in range(4)))
    assert len(stage.jobs.asked) == 1
    await stage.work()

    assert len({headers["webhook-id"] for headers, _ in stage.receiver.got}) == 20
    assert len(stage.receiver.got) == 20


async def test_who_dies_between_sending_and_writing_sends_again_under_the_same_id(
    stage: Stage,
) -> None:
    endpoint, _ = await stage.add()
    await stage.happen()
    await stage.world.settled()
    await tell_endpoints(stage.ctx)

    def die(step: str) -> None:
        raise ConnectionError(step)

    dying = stage.world.context(posts=stage.receiver, side_work=stage.jobs, seam=die)
    with pytest.raises(ConnectionError):
        await deliver_webhooks(dying, str(endpoint))
    await stage.work()

    first, second = (headers["webhook-id"] for headers, _ in stage.receiver.got)
    assert first == second


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest",
        "https://10.0.0.7/hook",
        "https://user:word@example.com/",
        "ftp://example.com/",
        "https://exa mple.com/",
        "nowhere",
    ],
)
async def test_an_address_that_is_not_of_the_internet_is_refused_when_it_is_added(
    stage: Stage, url: str
) -> None:
    async with transaction(stage.world.engine) as tx:
        with pytest.raises(Rejected) as refused:
            await add_endpoint(stage.ctx, tx, url, ["lead.edited"], ROOT)

    assert refused.value.where == "url"


async def test_only_an_administrator_adds_and_removes_and_only_events_that_there_are(
    stage: Stage,
) -> None:
    endpoint, secret = await stage.add()
    operator = Actor(name="test", role=Role.OPERATOR)
    async with transaction(stage.world.engine) as tx:
        with pytest.raises(Rejected, match="role admin"):
            await add_endpoint(stage.ctx, tx, URL, ["lead.edited"], operator)
        for kinds in (["lead.vanished"], []):
            with pytest.raises(Rejected, match="event"):
                await add_endpoint(stage.ctx, tx, URL, kinds, ROOT)
        assert secret not in str(await endpoints.list_all(tx))
        await remove_endpoint(tx, endpoint, ROOT)
        with pytest.raises(Rejected, match="no endpoint"):
            await remove_endpoint(tx, endpoint, ROOT)
        assert await endpoints.list_all(tx) == []
