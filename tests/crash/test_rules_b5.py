"""The rules of the product's example, on both channels, with everything real but the carrier."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.crash.stage import Stage
from tests.outreach.campaigns import RULES_WITHOUT_SCORE

INTERESTED, ASKS_FOR_TOMORROW, OPTS_OUT, HANGS_UP, VOICEMAIL = 1, 4, 8, 27, 42
ENGAGED, UNREACHABLE, NO_ANSWER = 68, 71, 84
FORTNIGHT = timedelta(days=14)
NEW_YORK = ZoneInfo("America/New_York")
LISTENS = {
    "voicemail_message": "This is Ada of Northwind Cloud, an AI. We try again.",
    "tools": ["end_call", "do_not_contact"],
    "extraction": [
        {"key": "interested", "type": "boolean", "meaning": "Whether they want a demo."},
        {"key": "callback_at", "type": "datetime", "meaning": "When they want to be called."},
    ],
}
# A fortnight with forty conversations; the conductor waits for each on real seconds.
pytestmark = pytest.mark.timeout(300)
LATER = {"windows": {"mon-fri": "14:00-20:00"}}


async def test_each_rule_on_the_phone_against_the_simulator(stage: Stage) -> None:
    who = {
        suffix: stage.person(suffix)
        for suffix in (
            *(INTERESTED, ASKS_FOR_TOMORROW, OPTS_OUT, VOICEMAIL),
            *(HANGS_UP, ENGAGED, NO_ANSWER),
        )
    }
    await begin(stage, list(who.values()), "voice", "whatsapp", elsewhere=who[OPTS_OUT])

    await stage.conduct(FORTNIGHT)

    for suffix in (NO_ANSWER, ENGAGED):
        calls = await made(stage, who[suffix], "voice")
        assert [call.outcome for call in calls] == [
            "busy" if suffix == ENGAGED else "no_answer"
        ] * 4
        assert [call.rule_id for call in calls] == [None, "noans", "noans", "noans"]
        assert calls[1].starting_at - calls[0].starting_at >= timedelta(hours=2)
        assert calls[2].starting_at - calls[1].starting_at >= timedelta(hours=20)
        assert calls[3].starting_at - calls[2].starting_at >= timedelta(days=1, hours=12)
        assert await stands(stage, who[suffix]) == ("unreachable", "ended")

    calls = await made(stage, who[VOICEMAIL], "voice")
    days = [day(call) for call in calls[:3]]
    # Once per campaign.
    assert [call.outcome for call in calls[:3]] == ["voicemail_left", "voicemail", "voicemail"]
    assert days[1] - days[0] >= timedelta(days=1) <= days[2] - days[1]
    (message, *_) = await made(stage, who[VOICEMAIL], "whatsapp")
    assert (message.n, message.rule_id) == (4, "vm")

    first, second, message, *_ = await made(stage, who[HANGS_UP])
    assert {first.outcome, second.outcome} == {"hangup_early"}
    assert (second.channel, second.rule_id) == ("voice", "hang")
    assert second.starting_at - first.starting_at >= timedelta(days=2)
    assert (message.channel, message.rule_id) == ("whatsapp", None)

    first, second, *_ = await made(stage, who[ASKS_FOR_TOMORROW], "voice")
    assert (first.outcome, second.rule_id) == ("callback_requested", "cb")
    await at_three_the_next_day(first, second)

    assert [call.channel for call in await made(stage, who[INTERESTED])] == ["voice"]
    await given_to_the_owner(stage, who[INTERESTED])
    await out_for_good(stage, who[OPTS_OUT], "voice")
    assert await stage.carrier.wrongs() == []


async def test_each_rule_on_whatsapp_against_the_simulator(stage: Stage) -> None:
    who = {
        suffix: stage.person(suffix)
        for suffix in (INTERESTED, ASKS_FOR_TOMORROW, OPTS_OUT, UNREACHABLE, NO_ANSWER)
    }
    await begin(stage, list(who.values()), "whatsapp", "voice", elsewhere=who[OPTS_OUT])

    await stage.conduct(FORTNIGHT)

    message, call, *_ = await made(stage, who[ASKS_FOR_TOMORROW])
    assert (message.channel, message.outcome) == ("whatsapp", "callback_requested")
    assert (call.channel, call.rule_id) == ("voice", "cb")
    await at_three_the_next_day(message, call)

    message, call, *_ = await made(stage, who[NO_ANSWER])
    assert (message.channel, call.channel, call.rule_id) == ("whatsapp", "voice", "norep")
    assert call.starting_at - message.starting_at >= timedelta(days=2)

    message, call, *_ = await made(stage, who[UNREACHABLE])
    assert (message.channel, message.outcome) == ("whatsapp", "undelivered")
    assert (call.channel, call.rule_id) == ("voice", None)

    assert [one.channel for one in await made(stage, who[INTERESTED])] == ["whatsapp"]
    await given_to_the_owner(stage, who[INTERESTED])
    await out_for_good(stage, who[OPTS_OUT], "whatsapp")
    assert await stage.carrier.wrongs() == []


async def begin(stage: Stage, people: Sequence[str], *channels: str, elsewhere: str) -> None:
    """A campaign by these rules; one person is in another, later one as well.

    The agent cannot plan the call that somebody asks for, so the rule has to.
    """
    await stage.campaign("b5", people, *channels, rules=RULES_WITHOUT_SCORE, agent=LISTENS)
    await stage.campaign("later", [elsewhere], "voice", schedule=LATER, agent=LISTENS)
    await stage.rows("UPDATE leads SET owner = 'ann' RETURNING 1")
    await stage.serve()


async def made(stage: Stage, person: str, channel: str | None = None) -> list[Any]:
    """What was made by the rules' campaign, in order."""
    return [
        one
        for one in await stage.rows(
            "SELECT a.* FROM attempts a JOIN campaigns c ON c.id = a.campaign_id"
            " WHERE c.name = 'b5' AND a.phone = :phone AND a.starting_at IS NOT NULL ORDER BY a.n",
            phone=person,
        )
        if channel is None or one.channel == channel
    ]


async def stands(stage: Stage, person: str) -> tuple[str, str]:
    lead = await stage.one(
        "SELECT l.status, l.work FROM leads l JOIN campaigns c ON c.id = l.campaign_id"
        " WHERE c.name = 'b5' AND l.phone = :phone",
        phone=person,
    )
    return lead.status, lead.work


def day(attempt: Any) -> date:
    found: date = attempt.starting_at.astimezone(NEW_YORK).date()
    return found


async def at_three_the_next_day(asked: Any, called: Any) -> None:
    wanted = called.starting_at.astimezone(NEW_YORK)
    assert (wanted.date() - day(asked), wanted.hour) == (timedelta(days=1), 15)
    assert wanted.minute < 15


async def given_to_the_owner(stage: Stage, person: str) -> None:
    # What was said may be worth more than the rule says; a status is never lowered.
    assert (await stands(stage, person))[0] in ("engaged", "qualified")
    tasks = await stage.rows(
        "SELECT kind, body FROM tasks WHERE lead_id IN (SELECT id FROM leads WHERE phone = :phone)"
        " AND assignee = 'ann' ORDER BY kind",
        phone=person,
    )
    assert [task.kind for task in tasks] == ["follow_up", "notify"]
    assert tasks[0].body == "call within 1 h"


async def out_for_good(stage: Stage, person: str, channel: str) -> None:
    """Nothing else of any campaign after the word."""
    attempts = await stage.attempts_of(person)
    assert {one.state for one in attempts} <= {"ended", "cancelled"}
    begun = [one.channel for one in attempts if one.starting_at]
    assert begun == [channel]
    leads = await stage.rows("SELECT status, work FROM leads WHERE phone = :phone", phone=person)
    assert [(lead.status, lead.work) for lead in leads] == [("unsubscribed", "ended")] * 2
