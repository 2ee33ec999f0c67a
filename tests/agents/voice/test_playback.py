"""How much of what was said was heard."""

from hypothesis import given
from hypothesis import strategies as st

from agents.voice.playback import Playback

_TEXT = "one two three four five six seven eight"


def _playing(made_ms: float, *, complete: bool = True) -> Playback:
    playback = Playback()
    playback.announced(_TEXT)
    playback.made(made_ms)
    if complete:
        playback.completed()
    return playback


def test_a_sentence_is_told_when_its_last_packet_is_sent() -> None:
    playback = _playing(120)
    first, second = playback.sent(40, 1000)[1], playback.sent(40, 1040)[1]
    (said,) = playback.sent(40, 1080)[1]

    assert first == second == []
    assert (said.text, said.begins_ms, said.ends_ms, said.whole) == (_TEXT, 1000, 1120, True)


def test_packets_that_are_sent_ahead_are_played_one_after_another() -> None:
    playback = _playing(120)

    assert [playback.sent(40, 1000)[0] for _ in range(3)] == [1000, 1040, 1080]
    assert playback.plays_until_ms == 1120


def test_a_cut_keeps_the_words_of_which_half_was_heard() -> None:
    playback = _playing(4000)
    for packet in range(60):
        playback.sent(40, 1000 + packet * 40)
    (heard,) = playback.cut(3000)

    assert heard.text == "one two three four"
    assert (heard.begins_ms, heard.ends_ms, heard.whole) == (1000, 3000, False)
    assert playback.plays_until_ms == 3000


def test_what_is_on_its_way_to_the_ear_was_not_heard() -> None:
    playback = _playing(4000)
    for packet in range(50):
        playback.sent(40, 1000 + packet * 40)
    playback.echo_ms = 1000

    assert playback.cut(3000)[0].text == "one two"


def test_a_sentence_that_is_still_being_made_is_measured_by_its_letters() -> None:
    playback = _playing(400, complete=False)
    for packet in range(10):
        playback.sent(40, 1000 + packet * 40)

    assert playback.cut(1400)[0].text == "one two"


def test_nothing_heard_is_nothing_said() -> None:
    assert _playing(4000).cut(1000) == []


def test_the_next_sentence_begins_where_the_last_one_ended() -> None:
    playback = _playing(80)
    playback.announced("and more")
    playback.made(80)
    playback.completed()
    said = [s for packet in range(4) for s in playback.sent(40, 1000 + packet * 40)[1]]

    assert [(s.text, s.begins_ms, s.ends_ms) for s in said] == [
        (_TEXT, 1000, 1080),
        ("and more", 1080, 1160),
    ]


@given(st.integers(0, 120), st.floats(0, 6000))
def test_what_was_heard_is_always_a_beginning_of_what_was_said(packets: int, cut_ms: float) -> None:
    playback = _playing(4000)
    for packet in range(packets):
        playback.sent(40, packet * 40.0)
    for heard in playback.cut(cut_ms):
        assert _TEXT.startswith(heard.text)
        assert heard.begins_ms <= heard.ends_ms or heard.text


def test_a_sentence_is_complete_when_all_its_words_were_told() -> None:
    playback = Playback()
    playback.announced("Two words")
    playback.made(400)
    playback.spoke("Two")
    playback.sent(400, 0)
    before = playback.finished()

    playback.spoke("words")

    assert before == []
    assert [one.text for one in playback.finished()] == ["Two words"]


def test_audio_that_comes_in_one_piece_is_shared_by_letters() -> None:
    playback = Playback()
    for text in ("One one.", "Two two."):
        playback.announced(text)
        playback.spoke(text)
    playback.made(800)
    playback.sent(800, 0)

    playback.completed()

    found = [(one.text, one.begins_ms, one.ends_ms) for one in playback.finished()]
    assert found == [("One one.", 0, 400), ("Two two.", 400, 800)]


def test_what_nothing_was_made_of_can_be_said_by_somebody_else() -> None:
    playback = Playback()
    playback.announced("Heard.")
    playback.made(300)
    playback.announced("Not heard.")

    assert playback.take_unmade() == ["Not heard."]
    assert playback.take_unmade() == []
