"""Whoever says no hears nothing more, from any campaign; what is taken back stays so."""

from datetime import timedelta

from orchestrator.commands.operator import OPERATOR
from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up
from storage.database import transaction
from tests.crash.stage import Stage

SPEAKS_NO, ENGAGED, SILENT = 18, 68, (88, 89, 90)
AFTERNOON = {"windows": {"mon-fri": "14:00-20:00"}}
HOURS = timedelta(hours=5)


async def test_a_no_by_word_by_voice_or_by_button_ends_every_campaign_for_that_person(
    stage: Stage,
) -> None:
    by_voice = stage.person(SPEAKS_NO)
    by_word, by_button, says_nothing = map(stage.person, SILENT)
    said_no = [by_voice, by_word, by_button]
    await stage.campaign("calls", [by_voice], "voice")
    await stage.campaign("messages", [by_word, by_button, says_nothing], "whatsapp")
    await stage.campaign("later", [*said_no, says_nothing], "voice", schedule=AFTERNOON)
    process = await stage.serve()
    await stage.until(lambda: _written_to(stage, 3))

    await stage.carrier.write(by_word, stage.whatsapp_number, "Never contact me again.")
    await stage.carrier.write(by_button, stage.whatsapp_number, "Stop", button="Stop")
    await stage.until(lambda: _suppressed(stage, said_no))
    await stage.until(stage.quiet)

    leads = await stage.rows(
        "SELECT phone, status, work FROM leads WHERE phone = ANY(:people)", people=said_no
    )
    assert len(leads) == 2 * len(said_no)
    assert {(lead.status, lead.work) for lead in leads} == {("unsubscribed", "ended")}
    await stage.move(HOURS)
    await stage.until(lambda: _called(stage, says_nothing))
    await stage.until(stage.quiet)
    assert {one["to"] for one in await stage.carrier.calls()} == {by_voice, says_nothing}
    assert await stage.carrier.wrongs() == []
    process.ask_to_stop()
    assert await process.ended() == 0


async def test_a_cancelled_follow_up_never_fires_whoever_restarts(stage: Stage) -> None:
    cancelled, kept = stage.person(ENGAGED), stage.person(ENGAGED + 1)
    await stage.campaign("calls", [cancelled, kept], "voice")
    process = await stage.serve()
    await stage.until(lambda: _follow_ups(stage, 2))

    async with transaction(stage.engine) as tx:
        assert await cancel_follow_up(stage.ctx, tx, await stage.lead_of(cancelled), OPERATOR)
    await process.kill()
    await stage.serve()
    await stage.move(HOURS)
    await stage.until(lambda: _called(stage, kept, times=2))
    await stage.until(stage.quiet)
    await stage.move(timedelta(days=6))
    await stage.until(lambda: _called(stage, kept, times=3))
    await stage.until(stage.quiet)

    calls = [one["to"] for one in await stage.carrier.calls()]
    assert calls.count(cancelled) == 1
    lead = await stage.one("SELECT work, work_reason FROM leads WHERE phone = :p", p=cancelled)
    assert (lead.work, lead.work_reason) == ("ended", "follow_up_cancelled")
    assert await stage.carrier.wrongs() == []


async def _written_to(stage: Stage, count: int) -> bool:
    return len([one for one in await stage.carrier.messages() if one["content_sid"]]) == count


async def _suppressed(stage: Stage, people: list[str]) -> bool:
    rows = await stage.rows(
        "SELECT DISTINCT l.phone FROM leads l WHERE l.phone = ANY(:people)"
        " AND l.status = 'unsubscribed'",
        people=people,
    )
    return len(rows) == len(people)


async def _called(stage: Stage, person: str, times: int = 1) -> bool:
    return [one["to"] for one in await stage.carrier.calls()].count(person) >= times


async def _follow_ups(stage: Stage, count: int) -> bool:
    return len(await stage.rows("SELECT FROM attempts WHERE state='planned' AND n = 2")) == count
