"""The stereo file of a call."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.voice.recording import TwoChannelRecording


def _sound(duration_ms: int, value: int = 1000) -> bytes:
    return np.full(duration_ms * 8, value, dtype="<i2").tobytes()


def _read(path: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    with wave.open(str(path)) as recorded:
        assert recorded.getparams()[:3] == (2, 2, 8000)
        both = np.frombuffer(recorded.readframes(recorded.getnframes()), dtype="<i2")
    return both[0::2], both[1::2]


def test_each_voice_lies_in_its_channel_at_its_time(tmp_path: Path) -> None:
    recording = TwoChannelRecording(tmp_path / "call.wav")
    for at_ms in range(0, 12_000, 20):
        recording.person(_sound(20), at_ms)
        if at_ms >= 7_000:
            recording.agent(_sound(20, 2000), at_ms)
        recording.settle(at_ms + 20)
    recording.close(12_000)
    person, agent = _read(recording.path)

    assert len(person) == 12_000 * 8
    assert (person == 1000).all()
    assert (agent[: 7_000 * 8] == 0).all()
    assert (agent[7_000 * 8 :] == 2000).all()


def test_what_was_cut_is_not_in_it(tmp_path: Path) -> None:
    recording = TwoChannelRecording(tmp_path / "call.wav")
    recording.person(_sound(3000), 0)
    recording.agent(_sound(1000, 2000), 500)
    recording.cut_agent(900)
    recording.close(3000)
    _, agent = _read(recording.path)

    assert (agent[500 * 8 : 900 * 8] == 2000).all()
    assert (agent[900 * 8 :] == 0).all()


def test_a_killed_process_leaves_a_file_that_plays(tmp_path: Path) -> None:
    recording = TwoChannelRecording(tmp_path / "call.wav")
    for at_ms in range(0, 8_000, 20):
        recording.person(_sound(20), at_ms)
        recording.settle(at_ms + 20)
    recording._file.flush()
    person, _ = _read(recording.path)
    recording.close(8_000)

    assert len(person) >= 5_000 * 8
    assert (person == 1000).all()


def test_an_absurd_place_does_not_make_an_endless_file(tmp_path: Path) -> None:
    recording = TwoChannelRecording(tmp_path / "call.wav")
    recording.person(_sound(20), 0)
    recording.person(_sound(20), 50_000_000)
    recording.close(1000)

    assert len(_read(recording.path)[0]) == 20 * 8


def test_what_the_person_said_is_kept_however_late_a_busy_host_hears_it(tmp_path: Path) -> None:
    recording = TwoChannelRecording(tmp_path / "call.wav")
    recording.person(_sound(400), 0)
    recording.settle(400)
    recording.agent(_sound(6_000, 2000), 6_000)
    for at_ms in range(400, 12_000, 20):
        recording.person(_sound(20), at_ms)
        recording.settle(at_ms + 20)
    recording.close(12_000)
    person, agent = _read(recording.path)

    assert (person == 1000).all()
    assert (agent[: 6_000 * 8] == 0).all()
    assert (agent[6_000 * 8 :] == 2000).all()
