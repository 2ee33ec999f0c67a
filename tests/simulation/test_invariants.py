"""Each promise can be seen broken: something is sabotaged after a day, and the play says which."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from channels.base import CallOrder
from tests.simulation.play import Broke, Play
from tests.simulation.steering import Steered

SEED: Final = 4
Sabotage = Callable[[Play], Awaitable[None]]


def statements(*all_of_them: str) -> Sabotage:
    """Statements that no part of the product would ever give."""

    async def do(play: Play) -> None:
        for one in all_of_them:
            await play.steered.run(one)

    return do


ONE_MORE: Final = """
INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, state, due_at,
                      reason, created_by, created_at, lease_until)
SELECT gen_random_uuid(), campaign_id, lead_id, contact_id, n + {n}, channel, phone, '{state}',
       due_at, reason, created_by, created_at, clock_timestamp() + interval '1 hour'
FROM attempts WHERE state = 'planned' ORDER BY id LIMIT 1
"""
FORGETFUL: Final = """
CREATE FUNCTION steered.forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.starting_at := NEW.starting_at - interval '60 days'; RETURN NEW; END $$
"""
BROKEN_TABLE: Final = """
CREATE FUNCTION steered.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'sabotaged'; END $$
"""


async def nobody_was_told(play: Play) -> None:
    """Everybody has opted out, and nothing of it was stored."""
    play.witness.opted_out |= {(one.contact_id, "all") for one in play.scene.people}


async def all_are_owned(play: Play) -> None:
    play.witness.owned |= {one.contact_id for one in play.scene.people}


async def nobody_agrees(play: Play) -> None:
    play.witness.agreed = dict.fromkeys(play.witness.agreed, False)


async def stopped_in_vain(play: Play) -> None:
    play.witness.stopped = True


async def a_limit_was_never_stored(play: Play) -> None:
    """Every campaign was told to make no call for now, and nothing of it was stored."""
    for key, document in play.scene.documents.items():
        play.scene.documents[key] = document.model_copy(update={"concurrency": 0})


async def a_client_repeats_its_requests(play: Play) -> None:
    play.provider.takes = 2


async def an_order_from_nowhere(play: Play) -> None:
    taken = next(one for one in play.provider.taken if isinstance(one.order, CallOrder))
    order = replace(taken.order, attempt_id=uuid4())  # type: ignore[call-arg]
    play.provider.taken.append(replace(taken, order=order, at=play.steered.now))


async def two_calls_ring(play: Play) -> None:
    calls = [one for one in play.provider.taken if isinstance(one.order, CallOrder)]
    for one in (calls[0], calls[1]):
        order = replace(one.order, to=calls[0].order.to)
        play.provider.taken.append(replace(one, order=order, at=play.steered.now))


SABOTAGE: Final[dict[str, Sabotage]] = {
    "at most one planned attempt per lead": statements(
        "DROP INDEX attempts_one_planned", ONE_MORE.format(n=50, state="planned")
    ),
    "at most one attempt in flight per lead": statements(
        "DROP INDEX attempts_one_in_flight",
        ONE_MORE.format(n=50, state="unsure"),
        ONE_MORE.format(n=51, state="unsure"),
    ),
    "one line per channel and phone": statements(
        "INSERT INTO lines SELECT channel, phone, id FROM attempts"
        " WHERE state = 'ended' ORDER BY id LIMIT 1"
    ),
    "leads.work says where a lead stands": statements(
        "UPDATE leads SET work = 'ended', work_reason = 'sabotaged' WHERE work = 'planned'"
    ),
    "who is blocked, waits or has ended has a reason": statements(
        "UPDATE leads SET work_reason = NULL WHERE work IN ('blocked', 'waiting', 'ended')"
    ),
    "nobody who waits is forgotten": statements(
        "UPDATE attempts SET state = 'cancelled' WHERE state = 'planned'",
        "UPDATE leads SET work = 'waiting', work_reason = 'reply' WHERE work = 'planned'",
    ),
    "what is due is looked at": statements(
        "UPDATE attempts SET due_at = due_at - interval '9 days' WHERE state = 'planned'"
    ),
    "every delivery is applied": statements(
        "INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)"
        " SELECT gen_random_uuid(), date_trunc('month', clock_timestamp() + shift)::date,"
        " 'seeded', 'sabotage', 'call', '{}', clock_timestamp() + shift, 'failed' FROM clock"
    ),
    "the history gives the stored row": statements(
        "UPDATE attempts SET outcome = 'busy' WHERE outcome = 'no_answer' AND NOT undecided"
    ),
    "tallies equal counts": statements(
        "INSERT INTO tallies SELECT id, date_trunc('hour', created_at), 'call.recorded', 1"
        " FROM campaigns"
    ),
    "only legal moves": statements(
        "INSERT INTO events (at, kind, actor, lead_id, attempt_id) SELECT ended_at,"
        " 'attempt.live', 'seeded', lead_id, id FROM attempts WHERE state = 'ended'"
        " ORDER BY id LIMIT 1"
    ),
    "never more calls at once than allowed": a_limit_was_never_stored,
    "never faster than the pace": statements(
        "UPDATE campaigns SET emission = interval '0', burst = 50",
        "UPDATE senders SET emission = interval '0', burst = 50",
    ),
    "never outside the window": statements(
        "UPDATE leads SET zones = CASE WHEN zones[1] LIKE 'Australia%' THEN ARRAY['Europe/Paris']"
        " ELSE ARRAY['Asia/Tokyo'] END"
    ),
    "never above a cap": statements(
        FORGETFUL,
        "CREATE TRIGGER forget BEFORE UPDATE ON attempts FOR EACH ROW"
        " WHEN (NEW.state = 'ended' AND OLD.state <> 'ended') EXECUTE FUNCTION steered.forget()",
        "UPDATE attempts SET starting_at = NULL WHERE state = 'ended'",
    ),
    "nothing goes wrong unseen": statements(
        BROKEN_TABLE,
        # Of a call that nobody answered: that comes by a delivery alone.
        "CREATE TRIGGER refuse BEFORE UPDATE ON calls FOR EACH ROW"
        " WHEN (NEW.status IN ('busy', 'no-answer')) EXECUTE FUNCTION steered.refuse()",
    ),
    "never after an opt-out": nobody_was_told,
    "never while a person owns it": all_are_owned,
    "never without consent": nobody_agrees,
    "never while paused": stopped_in_vain,
    "never twice for one attempt": a_client_repeats_its_requests,
    "nobody is contacted without an attempt": an_order_from_nowhere,
    "never two calls to one person at once": two_calls_ring,
}


@pytest.mark.parametrize("promise", SABOTAGE)
async def test_a_broken_promise_is_seen(steered: Steered, tmp_path: Path, promise: str) -> None:
    play = Play(SEED, steered, tmp_path, days=9, sabotage=SABOTAGE[promise])

    with pytest.raises(Broke) as broke:
        await play.fortnight()

    assert promise in broke.value.promises
