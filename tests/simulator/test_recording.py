"""A call's recording holds both sides, aligned, and grows on disk."""

import wave

import numpy as np

from simulator.recording import TwoChannelWav


def test_each_side_is_a_channel_of_its_own(tmp_path):
    recording = TwoChannelWav(tmp_path / "call.wav")
    for _ in range(120):
        recording.write(np.full(160, 100, np.int16), np.full(160, -7, np.int16))
    recording.close()
    recording.close()

    with wave.open(str(recording.path)) as heard:
        shape = (heard.getnchannels(), heard.getframerate(), heard.getsampwidth())
        samples = np.frombuffer(heard.readframes(heard.getnframes()), "<i2")
    assert shape == (2, 8000, 2)
    assert len(samples) == 2 * 120 * 160
    assert recording.duration_s == 2.4
    assert set(samples[0::2]) == {100}
    assert set(samples[1::2]) == {-7}


def test_a_long_call_is_on_disk_before_it_ends(tmp_path):
    recording = TwoChannelWav(tmp_path / "call.wav")
    silence = b"\xff" * 160
    for _ in range(100):
        recording.write_ulaw(silence, silence)

    assert recording.path.stat().st_size > 32_000
    recording.close()
