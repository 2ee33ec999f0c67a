"""The application's audio is played at the pace of a telephone; marks and clear keep to that."""

from simulator.playback import Playback


def test_a_mark_comes_back_when_what_was_before_it_was_played():
    playback = Playback()
    playback.add(b"a" * 320)
    playback.mark("said")
    playback.add(b"b" * 160)

    assert playback.reached_marks() == []
    playback.next_frame()
    assert playback.reached_marks() == []
    playback.next_frame()
    assert playback.reached_marks() == ["said"]
    assert playback.reached_marks() == []
    assert playback.next_frame() == b"b" * 160


def test_a_mark_on_an_empty_buffer_comes_back_at_once():
    playback = Playback()
    playback.mark("now")

    assert playback.reached_marks() == ["now"]


def test_clear_drops_what_waits_and_returns_every_pending_mark():
    playback = Playback()
    playback.add(b"a" * 1600)
    playback.mark("one")
    playback.mark("two")
    playback.next_frame()
    playback.clear()

    assert playback.reached_marks() == ["one", "two"]
    assert playback.next_frame() is None
    assert playback.played_s == 0.02


def test_marks_after_a_clear_wait_for_what_comes_after_it():
    playback = Playback()
    playback.add(b"a" * 1600)
    playback.clear()
    playback.add(b"b" * 160)
    playback.mark("later")

    assert playback.reached_marks() == []
    assert playback.next_frame() == b"b" * 160
    assert playback.reached_marks() == ["later"]


def test_an_incomplete_frame_is_filled_with_silence():
    playback = Playback()
    playback.add(b"a" * 10)

    assert playback.next_frame() == b"a" * 10 + b"\xff" * 150


def test_hours_of_audio_do_not_pile_up():
    playback = Playback()
    for _ in range(400):
        playback.add(b"a" * 8000)

    assert playback.discarded_bytes == 100 * 8000
    for _ in range(400):
        playback.next_frame()
    assert playback.played_s == 8
