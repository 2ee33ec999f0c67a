"""Both voices on one line of milliseconds."""

from agents.voice.clock import CallClock


class Steady:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_begins_at_zero_before_anything_was_heard() -> None:
    steady = Steady()
    clock = CallClock(steady)
    steady.now_s += 0.25

    assert clock.now_ms() == 250


def test_the_quickest_message_ties_the_clocks() -> None:
    steady = Steady()
    clock = CallClock(steady)
    for at_ms, delay_s in ((0, 0.120), (20, 0.050), (40, 0.200)):
        steady.now_s = 100.0 + (at_ms + 20) / 1000 + delay_s
        assert clock.heard(at_ms, 20) == at_ms

    assert round(clock.now_ms()) == 60 + 150


def test_audio_without_a_time_follows_the_last() -> None:
    steady = Steady()
    clock = CallClock(steady)
    clock.heard(0, 20)

    assert clock.heard(None, 20) == 20


def test_an_absurd_time_is_not_believed() -> None:
    steady = Steady()
    clock = CallClock(steady)
    clock.heard(0, 20)

    assert clock.heard(99_000_000, 20) == 20


def test_audio_that_a_busy_host_reads_many_seconds_late_keeps_its_place() -> None:
    steady = Steady()
    clock = CallClock(steady)
    clock.heard(0, 20)
    steady.now_s += 9.0

    assert [clock.heard(at_ms, 20) for at_ms in (20, 40, 60)] == [20, 40, 60]


def test_a_time_that_stands_still_is_not_believed_for_long() -> None:
    steady = Steady()
    clock = CallClock(steady)
    for _ in range(500):
        steady.now_s += 0.02
        placed_ms = clock.heard(0, 20)

    assert placed_ms > 9_000
