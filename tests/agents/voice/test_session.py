"""A phone conversation through real sockets, pipecat and the OpenAI clients."""

import asyncio
import wave
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from outreach.outcome import AnsweredBy
from outreach.speech import Speaker, Turn
from tests.agents.voice import sound
from tests.agents.voice.conftest import GOODBYE, OPENER, Bench
from tests.agents.voice.phone import until
from tests.agents.voice.stand_in import TOKENS, Says

_STORY = "We help small teams to plan their week and we do it in less than an hour every Monday."


async def test_speaks_its_opener_hears_answers_and_hangs_up(bench: Bench) -> None:
    bench.stand_in.hears.extend(["Yes, tell me more.", "No, thanks."])
    bench.stand_in.answers.append(Says(text="We plan weeks. Shall I send it?"))
    bench.stand_in.answers.append(Says(tool="end_call", arguments={"reason": "done"}))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.say(0.8)
        await bench.closed()
        await phone.ended.wait()

    assert bench.journal.said() == [
        ("agent", OPENER),
        ("person", "Yes, tell me more."),
        ("agent", "We plan weeks. Shall I send it?"),
        ("person", "No, thanks."),
        ("agent", GOODBYE),
    ]
    assert bench.journal.endings == [("agent", bench.call.recording)]
    assert bench.tools.asked == [("end_call", "done")]
    assert bench.journal.answered_by == [(AnsweredBy.HUMAN, "Yes, tell me more.")]
    (used,) = bench.journal.uses
    assert used.spoken_characters == sum(map(len, bench.stand_in.spoken))
    assert (used.input_tokens, used.output_tokens) == (2 * TOKENS[0], 2 * TOKENS[1])
    # What was said, and the pauses around it that the recognizer is given.
    assert 1_800 <= used.heard_ms < 6_000


async def test_says_good_bye_to_its_end_before_it_hangs_up(bench: Bench) -> None:
    bench.stand_in.hears.append("That is all.")
    bench.stand_in.answers.append(Says(tool="end_call", arguments={"reason": "done"}))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(0.8)
        await phone.ended.wait()

    said = sound.spans_ms(phone.heard_pcm())[-1]
    assert said[1] - said[0] > len(GOODBYE) * bench.stand_in.ms_a_character - 80


async def test_does_not_say_good_bye_twice_when_the_model_has_said_it(bench: Bench) -> None:
    bench.stand_in.hears.append("That is all.")
    bench.stand_in.answers.append(
        Says(text="Have a nice day!", tool="end_call", arguments={"reason": "done"})
    )
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(0.8)
        await bench.closed()

    assert bench.journal.said()[-1] == ("agent", "Have a nice day!")
    assert bench.journal.endings[0][0] == "agent"


async def test_opens_once_when_the_person_greets_first(bench: Bench) -> None:
    bench.limit(opener_after=timedelta(seconds=5))
    bench.stand_in.hears.append("Hello?")
    async with bench.phone() as phone:
        await phone.say(0.7)
        await phone.agent_pauses(0.8)
        await phone.hang_up()
        await bench.closed()

    assert bench.stand_in.spoken == [OPENER]
    assert bench.stand_in.chats == []
    assert bench.journal.said() == [("person", "Hello?"), ("agent", OPENER)] or (
        bench.journal.said() == [("agent", OPENER), ("person", "Hello?")]
    )
    assert len(bench.journal.disclosures) == 1


async def test_opens_again_after_a_false_start(bench: Bench) -> None:
    bench.stand_in.hears.append("Hello?")
    bench.stand_in.ms_a_character = 120
    async with bench.phone() as phone:
        await phone.agent_speaks(0.04)
        await phone.say(0.8)
        await until(lambda: len(bench.stand_in.spoken) == 2)
        await phone.agent_pauses(0.8)
        await phone.hang_up()
        await bench.closed()

    assert bench.stand_in.spoken == [OPENER, OPENER]
    assert bench.stand_in.chats == []
    assert len(bench.journal.disclosures) == 1


async def test_the_last_words_of_a_person_who_hangs_up_are_written_down(bench: Bench) -> None:
    bench.stand_in.hears.append("This is outrageous!")
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.hang_up()
        assert await bench.closed() == "person"

    assert bench.journal.said()[-1] == ("person", "This is outrageous!")
    assert bench.stand_in.chats == []


async def test_what_the_agent_was_saying_when_the_person_left_is_written_down(
    bench: Bench,
) -> None:
    bench.stand_in.ms_a_character = 100
    async with bench.phone() as phone:
        await phone.agent_speaks(0.5)
        await asyncio.sleep(0.6)
        await phone.hang_up()
        assert await bench.closed() == "person"

    (turn,) = bench.journal.turns.values()
    assert turn.interrupted
    assert OPENER.startswith(turn.text)
    assert bench.journal.disclosures == []


async def test_interrupted_it_stops_and_knows_what_was_heard(bench: Bench) -> None:
    bench.stand_in.hears.extend(["What is it?", "Stop, what does it cost?"])
    bench.stand_in.answers.append(Says(text=_STORY))
    bench.stand_in.answers.append(Says(text="Ten a month."))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(0.8)
        await phone.agent_speaks(1.2)
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.hang_up()
        await bench.closed()

    cut = next(turn for turn in bench.journal.turns.values() if turn.interrupted)
    assert phone.clears == 1
    assert _STORY.startswith(cut.text)
    assert 10 < len(cut.text) < len(_STORY) - 20
    assert ("agent", "Ten a month.") in bench.journal.said()
    told = bench.stand_in.chats[-1]
    assert [m["role"] for m in told[-3:]] == ["user", "assistant", "user"]
    assert told[-2]["content"].startswith(cut.text)


async def test_stops_for_the_person_though_their_last_words_are_not_understood_yet(
    bench: Bench,
) -> None:
    bench.limit(opener_after=timedelta(seconds=5))
    bench.stand_in.hears.extend(["Hello?", "What does it cost?"])
    bench.stand_in.hearing_s = 2.6
    bench.stand_in.ms_a_character = 100
    bench.stand_in.answers.append(Says(text="Ten a month."))
    async with bench.phone() as phone:
        await phone.say(0.7)
        await phone.agent_speaks(1.5)
        bench.stand_in.hearing_s = 0.0  # the first is still being understood
        await phone.say(0.9)
        await until(lambda: len(bench.stand_in.spoken) == 2)
        await phone.agent_pauses()
        await phone.hang_up()
        await bench.closed()

    assert phone.clears == 1
    assert bench.stand_in.spoken == [OPENER, "Ten a month."]
    assert ("person", "Hello? What does it cost?") in bench.journal.said()


async def test_words_understood_after_their_turn_was_given_up_keep_their_place(
    bench: Bench,
) -> None:
    bench.limit(transcript_within=timedelta(seconds=0.8))
    bench.stand_in.hears.append("Yes please.")
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        bench.stand_in.hearing_s = 1.6
        await phone.say(0.7)
        await until(lambda: len(bench.journal.turns) > 1)
        await phone.hang_up()
        await bench.closed()

    turn = bench.journal.turns[1]
    assert turn.text == "Yes please."
    assert 500 <= turn.end_ms - turn.start_ms <= 900


async def test_words_of_one_turn_understood_late_and_apart_each_lie_where_they_were_said(
    bench: Bench,
) -> None:
    bench.limit(transcript_within=timedelta(seconds=0.8))
    bench.stand_in.hears.extend(["Hello?", "What does it cost?"])
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        bench.stand_in.hearing_s = 2.4
        await phone.say(0.6)
        await asyncio.sleep(0.5)
        await phone.say(0.9)
        await until(lambda: _of_person(bench)[1:] != [])
        await phone.hang_up()
        await bench.closed()

    turns = _of_person(bench)
    spans = sound.spans_ms(_channels(bench.journal.endings[0][1])[0])
    assert [turn.text for turn in turns] == ["Hello?", "What does it cost?"]
    assert len(spans) == 2
    for turn, (begin, end) in zip(turns, spans, strict=True):
        assert abs(begin - turn.start_ms) <= 150
        assert abs(end - turn.end_ms) <= 150


async def test_words_cut_by_the_end_of_the_line_end_with_the_recording(bench: Bench) -> None:
    bench.stand_in.hears.append("I wanted to")
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        phone.start_saying(3.0)
        await asyncio.sleep(0.8)
        await phone.hang_up()
        await bench.closed()

    (turn,) = _of_person(bench)
    person, _ = _channels(bench.journal.endings[0][1])
    assert abs(len(person) / 8 - turn.end_ms) <= 150


async def test_a_greeting_understood_late_is_not_answered_twice(bench: Bench) -> None:
    bench.limit(opener_after=timedelta(seconds=5))
    bench.stand_in.hears.append("Hello?")
    bench.stand_in.hearing_s = 1.8
    async with bench.phone() as phone:
        await phone.say(0.7)
        await until(lambda: bool(bench.journal.turns) and len(bench.journal.turns) == 2)
        await asyncio.sleep(0.3)
        await phone.hang_up()
        await bench.closed()

    assert bench.stand_in.chats == []
    assert bench.stand_in.spoken == [OPENER]


async def test_does_not_clear_what_is_not_playing(bench: Bench) -> None:
    bench.stand_in.hears.append("Hello, yes.")
    bench.stand_in.answers.append(Says(text="Fine."))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.5)
        await phone.say(0.8)
        await phone.agent_pauses()
        await phone.hang_up()
        await bench.closed()

    assert phone.clears == 0


async def test_an_opt_out_is_carried_out_confirmed_and_ends_the_call(bench: Bench) -> None:
    bench.stand_in.hears.append("Never call me again.")
    bench.stand_in.answers.append(
        Says(tool="do_not_contact", arguments={"words": "Never call me again."})
    )
    bench.stand_in.answers.append(Says(text="You are off our list. Good bye."))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await bench.closed()

    assert bench.tools.asked == [("do_not_contact", "Never call me again.")]
    assert bench.stand_in.chats[-1][-1]["role"] == "tool"
    assert "Removed everywhere." in bench.stand_in.chats[-1][-1]["content"]
    assert bench.journal.said()[-1] == ("agent", "You are off our list. Good bye.")
    assert bench.journal.endings[0][0] == "agent"


async def test_an_opt_out_counts_when_the_person_hangs_up_meanwhile(bench: Bench) -> None:
    bench.tools.delay_s = 0.6
    bench.stand_in.hears.append("Never call me again.")
    bench.stand_in.answers.append(
        Says(tool="do_not_contact", arguments={"words": "Never call me again."})
    )
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await until(lambda: bool(bench.stand_in.chats))
        await phone.hang_up()
        await bench.closed()

    assert bench.tools.asked == [("do_not_contact", "Never call me again.")]
    assert bench.journal.endings[0][0] == "person"


async def test_a_callback_is_asked_for_and_read_back(bench: Bench) -> None:
    bench.stand_in.hears.append("Call me tomorrow at three.")
    bench.stand_in.answers.append(
        Says(tool="schedule_callback", arguments={"when": "tomorrow at three"})
    )
    bench.stand_in.answers.append(Says(text="I call you tomorrow at three."))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.hang_up()
        await bench.closed()

    assert bench.tools.asked == [("schedule_callback", "tomorrow at three")]
    assert bench.journal.said()[-1] == ("agent", "I call you tomorrow at three.")


@pytest.mark.parametrize(
    ("words", "answered_by"),
    [
        ("Please leave a message after the tone.", AnsweredBy.VOICEMAIL),
        ("For sales press one.", AnsweredBy.IVR),
    ],
)
async def test_a_machine_is_told_from_its_words_and_not_talked_to(
    bench: Bench, words: str, answered_by: AnsweredBy
) -> None:
    bench.stand_in.hears.append(words)
    async with bench.phone() as phone:
        await phone.say(1.2)
        assert await bench.closed() == "agent"

    assert [who for who, _ in bench.journal.answered_by] == [answered_by]
    assert bench.stand_in.chats == []


MESSAGE = "This is Ann of Acme, an AI. We try again tomorrow."
GREETING = "You have reached Tom. Leave a message after the tone."


async def test_a_machine_is_left_the_message_after_its_beep(bench: Bench) -> None:
    bench.call = replace(bench.call, machine_message=MESSAGE)
    bench.stand_in.hears.append(GREETING)
    async with bench.phone() as phone:
        await phone.say(2.0)
        await until(lambda: bool(bench.journal.answered_by))
        assert MESSAGE not in bench.stand_in.spoken
        await phone.beep()
        assert await bench.closed() == "agent"

    assert bench.stand_in.spoken[-1] == MESSAGE
    assert bench.journal.said()[-1] == ("agent", MESSAGE)
    assert bench.journal.messages_left == 1
    assert bench.stand_in.chats == []


async def test_a_machine_that_beeped_before_it_was_recognised_is_left_the_message(
    bench: Bench,
) -> None:
    bench.call = replace(bench.call, machine_message=MESSAGE)
    bench.stand_in.hears.append(GREETING)
    bench.stand_in.hearing_s = 1.0
    async with bench.phone() as phone:
        await phone.say(2.0)
        await phone.beep()
        assert await bench.closed() == "agent"

    assert bench.journal.messages_left == 1


async def test_a_machine_without_a_beep_is_left_the_message_in_its_silence(bench: Bench) -> None:
    bench.limit(beep_within=timedelta(seconds=0.6))
    bench.call = replace(bench.call, machine_message=MESSAGE)
    bench.stand_in.hears.append(GREETING)
    async with bench.phone() as phone:
        await phone.say(2.0)
        assert await bench.closed() == "agent"

    assert bench.journal.messages_left == 1


async def test_a_message_that_the_machine_cuts_was_not_left(bench: Bench) -> None:
    bench.call = replace(bench.call, machine_message=MESSAGE)
    bench.stand_in.hears.append(GREETING)
    bench.stand_in.ms_a_character = 80
    async with bench.phone() as phone:
        await phone.say(2.0)
        await until(lambda: bool(bench.journal.answered_by))
        await phone.beep()
        await until(lambda: MESSAGE in bench.stand_in.spoken)
        await phone.agent_speaks(0.6)
        await phone.hang_up()
        await bench.closed()

    assert bench.journal.messages_left == 0


async def test_who_beeps_after_their_first_words_is_a_machine(bench: Bench) -> None:
    bench.call = replace(bench.call, machine_message=MESSAGE)
    bench.stand_in.hears.append("Hi, this is Tom.")
    async with bench.phone() as phone:
        await phone.say(1.2)
        await until(lambda: bool(bench.journal.answered_by))
        await phone.beep()
        await bench.closed()

    assert bench.journal.answered_by[-1][0] is AnsweredBy.VOICEMAIL
    assert bench.journal.messages_left == 1


async def test_a_fax_machine_is_hung_up_on(bench: Bench) -> None:
    async with bench.phone() as phone:
        await phone.fax()
        assert await bench.closed() == "agent"

    assert bench.journal.answered_by[-1][0] is AnsweredBy.FAX


async def test_silence_is_asked_about_and_then_left(bench: Bench) -> None:
    bench.limit(silence_prompt=timedelta(seconds=0.7))
    async with bench.phone():
        assert await bench.closed() == "agent"

    assert [text for _, text in bench.journal.said()] == [
        OPENER,
        bench.call.still_there,
        GOODBYE,
    ] or bench.stand_in.spoken == [OPENER, bench.call.still_there, GOODBYE]
    assert bench.journal.answered_by[0][0] is AnsweredBy.SILENCE


async def test_the_longest_call_ends_with_a_good_bye(bench: Bench) -> None:
    bench.call = replace(bench.call, max_duration=timedelta(seconds=2.5))
    async with bench.phone() as phone:
        assert await bench.closed() == "limit"
        await phone.ended.wait()

    assert bench.stand_in.spoken[-1] == GOODBYE


async def test_a_lost_network_ends_the_call_as_an_error(bench: Bench) -> None:
    async with bench.phone() as phone:
        await phone.agent_speaks()
        phone.abort()
        assert await bench.closed() == "error"


async def test_a_peer_that_speaks_nonsense_is_left_with_a_reason(bench: Bench) -> None:
    async with bench.phone() as phone:
        for _ in range(30):
            await phone.send('{"event": "media", "media": 7}')
        assert await bench.closed() == "error"
        await phone.ended.wait()


@pytest.mark.parametrize("broken", ["speech", "chat"])
async def test_a_failed_service_ends_the_call_as_an_error(bench: Bench, broken: str) -> None:
    bench.stand_in.hears.append("Yes please.")
    if broken == "speech":
        bench.stand_in.broken.add(broken)
    async with bench.phone() as phone:
        if broken == "chat":
            await phone.agent_pauses(0.3)
            bench.stand_in.broken.add(broken)
            await phone.say(0.8)
        assert await bench.closed() == "error"


async def test_the_recording_has_both_voices_where_the_transcript_says(bench: Bench) -> None:
    bench.stand_in.hears.extend(["What is it?", "Stop, what does it cost?"])
    bench.stand_in.answers.append(Says(text=_STORY))
    bench.stand_in.answers.append(Says(text="Ten a month."))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.5)
        await phone.say(0.8)
        await phone.agent_speaks(1.5)
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.hang_up()
        await bench.closed()

    person, agent = _channels(bench.journal.endings[0][1])
    for channel, speaker in ((person, "person"), (agent, "agent")):
        turns = [t for _, t in sorted(bench.journal.turns.items()) if t.speaker == speaker]
        spans = sound.spans_ms(channel)
        assert len(spans) == len(turns)
        for (begin, end), turn in zip(spans, turns, strict=True):
            assert abs(begin - turn.start_ms) <= 150
            assert abs(end - turn.end_ms) <= 150


async def test_every_call_leaves_no_task_behind(bench: Bench) -> None:
    before = asyncio.all_tasks()
    async with bench.phone() as phone:
        await phone.agent_speaks()
        await phone.hang_up()
        await bench.closed()
    await asyncio.sleep(0.3)

    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before}  # type: ignore[union-attr]
    assert left <= {"RequestResponseCycle.run_asgi", "WebSocketProtocol.run_asgi"}


async def test_calls_that_run_at_shut_down_hear_a_good_bye(bench: Bench) -> None:
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await bench.switchboard.drain(within=timedelta(seconds=0.2))
        await phone.ended.wait()

    assert bench.journal.endings[0][0] == "shutdown"
    assert bench.stand_in.spoken[-1] == GOODBYE


def _of_person(bench: Bench) -> list[Turn]:
    turns = (turn for _, turn in sorted(bench.journal.turns.items()))
    return [turn for turn in turns if turn.speaker is Speaker.PERSON]


def _channels(path: Path | None) -> tuple[np.ndarray, np.ndarray]:
    assert path is not None
    with wave.open(str(path)) as recorded:
        assert recorded.getparams()[:3] == (2, 2, 8000)
        both = np.frombuffer(recorded.readframes(recorded.getnframes()), dtype="<i2")
    return both[0::2], both[1::2]


async def test_who_is_connected_further_is_not_told_good_bye(bench: Bench) -> None:
    bench.call = replace(bench.call, tools=("end_call", "transfer_to_human"))
    bench.stand_in.hears.append("Can I speak to somebody?")
    bench.stand_in.answers.append(
        Says(text="I connect you.", tool="transfer_to_human", arguments={"reason": "the price"})
    )
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.ended.wait()
        assert await bench.closed() == "agent"

    assert bench.stand_in.spoken == [OPENER, "I connect you."]
    assert bench.tools.asked == [("transfer_to_human", "the price")]


async def test_keys_that_a_recorded_voice_asks_for_are_heard_on_the_line(bench: Bench) -> None:
    bench.call = replace(bench.call, tools=("end_call", "press_keys"))
    bench.stand_in.hears.append("To be connected with this person, use your keypad.")
    bench.stand_in.answers.append(Says(tool="press_keys", arguments={"keys": "1"}))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await until(lambda: len(bench.stand_in.chats) == 1)
        before = len(phone.heard)
        await phone.agent_speaks(0.06)
        await phone.agent_pauses(0.3)
        heard = phone.heard_pcm()[before * 160 :]
        await phone.hang_up()
        await bench.closed()

    loud = heard[np.abs(heard.astype(np.int32)) > 300]
    power = np.abs(np.fft.rfft(heard.astype(np.float64)))
    loudest = np.argsort(power)[-40:] * 8000 / len(heard)
    assert len(loud)
    assert all(min(abs(hz - 697), abs(hz - 1209)) < 30 for hz in loudest), loudest
    assert bench.stand_in.spoken == [OPENER]
    assert len(bench.stand_in.chats) == 1


async def test_keys_that_no_phone_has_are_refused(bench: Bench) -> None:
    bench.call = replace(bench.call, tools=("end_call", "press_keys"))
    bench.stand_in.hears.append("Say the word to go on.")
    bench.stand_in.answers.append(Says(tool="press_keys", arguments={"keys": "the word"}))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await until(lambda: len(bench.stand_in.chats) == 2)
        await phone.agent_pauses()
        await phone.hang_up()
        await bench.closed()

    assert "Those are no keys" in str(bench.stand_in.chats[1][-1])
