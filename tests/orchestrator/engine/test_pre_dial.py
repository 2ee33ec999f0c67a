"""Somebody else is asked before a number is dialled: no answer is no, and a yes holds a while."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from channels.pre_dial import PreDial, Verdict
from channels.twilio_http import TwilioAccount, open_pool
from channels.twilio_lookup import TwilioLookup
from orchestrator.engine.context import Context
from orchestrator.engine.retention import let_go
from outreach.channel import ChannelName
from simulator.faults import Rule
from simulator.server import RunningSimulator, running_simulator
from storage import clock
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World, person

STANDS = (
    "SELECT a.state, coalesce(a.moved_by, a.cancel_reason), l.work, l.work_reason"
    " FROM attempts a JOIN leads l ON l.id = a.lead_id ORDER BY a.phone"
)
LOOKUP = "PhoneNumbers"
WAITS = ("planned", "pre_dial_unanswered", "planned", None)


@dataclass(slots=True)
class Counted:
    """Asks Twilio's stand-in and remembers about whom."""

    lookup: TwilioLookup
    asked: list[str] = field(default_factory=list)

    async def ask(self, phone: str) -> Verdict:
        self.asked.append(phone)
        return await self.lookup.ask(phone)

    async def close(self) -> None:
        await self.lookup.close()


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[RunningSimulator]:
    async with running_simulator(media_dir=tmp_path, speed=50, now=TUESDAY) as running:
        yield running


@pytest.fixture
async def asker(simulator: RunningSimulator) -> AsyncIterator[Counted]:
    account = TwilioAccount(
        account_sid=simulator.account_sid,
        auth_token=simulator.auth_token,
        base_url=simulator.base_url,
    )
    found = Counted(
        TwilioLookup(pool=open_pool(account), allowed_lines=frozenset({"mobile", "landline"}))
    )
    yield found
    await found.close()


def asking(world: World, asker: Counted, within: timedelta = timedelta(seconds=5)) -> Context:
    asked = PreDial(asker=asker, valid_for=timedelta(minutes=30), within=within)
    return world.context(pre_dial=asked)


async def test_a_number_that_may_be_called_is_asked_about_once_while_the_answer_holds(
    world: World, asker: Counted
) -> None:
    campaign, other = await world.campaign("spring"), await world.campaign("summer")
    await world.leads(campaign, 1)
    await world.tick(asking(world, asker))
    assert await world.states() == {"started": 1}

    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'busy', ended_at = :n", n=TUESDAY
    )
    await world.do("DELETE FROM lines")
    await world.leads(other, 1, phones=[person(0)])
    await world.tick(asking(world, asker))

    assert await world.states() == {"ended": 1, "started": 1}
    assert asker.asked == [person(0)]


async def test_an_answer_that_is_older_than_it_holds_is_asked_for_again(
    world: World, asker: Counted
) -> None:
    await world.leads(await world.campaign("spring"), 1)
    await world.do(
        "INSERT INTO pre_dial_answers VALUES (:phone, true, 'line_mobile', :at)",
        phone=person(0),
        at=TUESDAY - timedelta(minutes=31),
    )

    await world.tick(asking(world, asker))

    assert asker.asked == [person(0)]


@pytest.mark.parametrize("kind", ["premium", "unknown", "invalid"])
async def test_a_number_of_another_kind_is_blocked_and_looked_at_again_the_next_day(
    world: World, simulator: RunningSimulator, asker: Counted, kind: str
) -> None:
    simulator.world.line_types[person(0)] = kind
    await world.leads(await world.campaign("spring"), 2)

    await world.tick(asking(world, asker))

    refused = "pre_dial_refused"
    assert await world.rows(STANDS) == [
        ("cancelled", refused, "blocked", refused),
        ("started", None, "in_flight", None),
    ]
    [(recheck_at,)] = await world.rows(
        "SELECT recheck_at FROM leads WHERE work = 'blocked' AND recheck_at > :n", n=TUESDAY
    )
    assert str(recheck_at) >= "2031-03-05"


@pytest.mark.parametrize("fault", ["error_before", "html_503", "too_many", "hang_before"])
async def test_no_answer_lets_the_call_wait_and_it_is_planned_again(
    world: World, simulator: RunningSimulator, asker: Counted, fault: str
) -> None:
    await world.leads(await world.campaign("spring"), 1)
    rule = Rule(fault=fault, target=LOOKUP, seconds=100.0)  # type: ignore[arg-type]
    simulator.world.faults.replace([rule], None)
    ctx = asking(world, asker, within=timedelta(seconds=0.3))

    await world.tick(ctx)

    assert await world.rows(STANDS) == [WAITS]
    assert world.voice.tried == []
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(minutes=6))
    await world.tick(asking(world, asker))
    assert await world.states() == {"started": 1}


async def test_messages_are_not_asked_about(world: World, asker: Counted) -> None:
    await world.leads(await world.campaign("spring"), 1, channel=ChannelName.WHATSAPP)

    await world.tick(asking(world, asker))

    assert asker.asked == []
    assert await world.states() == {"started": 1}


async def test_answers_are_let_go_of_when_they_hold_no_longer(world: World, asker: Counted) -> None:
    await world.leads(await world.campaign("spring"), 1)
    await world.tick(asking(world, asker))
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(days=2))

    await let_go(world.context())

    assert await world.rows("SELECT count(*) FROM pre_dial_answers") == [(0,)]
