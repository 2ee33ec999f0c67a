"""A person calls a number of ours and speaks: the whole chain, sound and all."""

from tests.crash.stage import VOICE_NUMBER, Stage

NO_ANSWER = 84


async def test_who_calls_back_speaks_with_the_agent_and_is_read_as_after_a_call_of_ours(
    stage: Stage,
) -> None:
    person = stage.person(NO_ANSWER)
    await stage.campaign("calls", [person], "voice", on_reply="stop")
    await stage.serve()
    await stage.until(lambda: _is_over(stage, "no_answer"))

    await stage.carrier.ring_us(person, VOICE_NUMBER, as_persona="not_interested")
    await stage.until(lambda: _is_over(stage, "not_interested"))
    await stage.until(stage.quiet)

    call = await stage.one("SELECT * FROM calls WHERE direction = 'inbound'")
    assert (call.status, call.reading_state) == ("completed", "done")
    turns = await stage.rows(
        "SELECT speaker, text FROM turns WHERE call_id = :id ORDER BY number", id=call.id
    )
    assert turns[0].text.startswith("Thank you for calling. Hello Lee, I am an AI assistant")
    assert any(turn.speaker == "person" and "No thanks" in turn.text for turn in turns)
    kept = await stage.one("SELECT * FROM recordings WHERE call_id = :id", id=call.id)
    assert (kept.source, kept.status, kept.channels) == ("ours", "stored", 2)
    assert kept.peaks
    assert call.disclosed_ai_at is not None
    (theirs,) = await stage.carrier.calls_of(person)
    assert theirs["lines_said"] >= 1
    attempts = await stage.attempts_of(person)
    assert [one.state for one in attempts if one.reason == "called_us"] == ["ended"]
    assert await stage.rows("SELECT FROM tasks WHERE done_at IS NULL AND kind = 'call_back'") == []
    assert await stage.rows("SELECT FROM lines") == []
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()


async def test_who_opts_out_in_a_call_to_us_is_never_called_again(stage: Stage) -> None:
    person = stage.person(NO_ANSWER)
    again = {
        "id": "again",
        "when": {"outcome": "no_answer"},
        "then": {"retry": {"after": ["PT2H"]}},
    }
    await stage.campaign("calls", [person], "voice", on_reply="continue", rules=[again])
    await stage.serve()
    await stage.until(lambda: _is_over(stage, "no_answer"))

    await stage.carrier.ring_us(person, VOICE_NUMBER, as_persona="opt_out")
    await stage.until(lambda: _is_over(stage, "opted_out"))
    await stage.until(stage.quiet)

    assert await stage.rows("SELECT FROM attempts WHERE state = 'planned'") == []
    assert len(await stage.rows("SELECT FROM suppressions WHERE value = :p", p=person)) >= 1
    assert len(await stage.carrier.calls()) == 1
    assert await stage.carrier.wrongs() == []


async def test_without_an_agent_a_stranger_hears_a_sentence_and_hangs_up(stage: Stage) -> None:
    stranger = stage.person(21, area=3)
    await stage.campaign("calls", [stage.person(NO_ANSWER)], "voice")
    await stage.serve()

    await stage.carrier.ring_us(stranger, VOICE_NUMBER)
    await stage.until(lambda: _has_ended(stage, stranger))

    (call,) = await stage.carrier.calls_of(stranger)
    assert call["said"] == [
        "Thank you for calling back. A colleague will ring you shortly. Goodbye."
    ]
    tasks = await stage.rows("SELECT kind FROM tasks WHERE done_at IS NULL")
    assert [one.kind for one in tasks] == ["call_back"]


async def _is_over(stage: Stage, outcome: str) -> bool:
    return bool(await stage.rows("SELECT FROM attempts WHERE outcome = :o", o=outcome))


async def _has_ended(stage: Stage, person: str) -> bool:
    calls = await stage.carrier.calls_of(person)
    return bool(calls) and calls[0]["status"] == "completed"
