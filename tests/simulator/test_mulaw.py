"""Mu-law is the G.711 code, both ways."""

import numpy as np
import pytest

from simulator import mulaw


@pytest.mark.parametrize(
    ("sample", "code"),
    [(0, 0xFF), (32767, 0x80), (-32768, 0x00), (-1, 0x7F), (8, 0xFE), (-32124, 0x00)],
)
def test_known_samples_have_the_codes_of_the_standard(sample, code):
    assert mulaw.encode(np.array([sample], dtype=np.int16)) == bytes([code])


def test_every_code_survives_the_way_there_and_back():
    codes = bytes(range(256))

    again = mulaw.encode(mulaw.decode(codes))

    # 0x7F is negative zero: it sounds the same as 0xFF and is written as that.
    assert again == codes.replace(b"\x7f", b"\xff")


def test_no_sample_moves_by_more_than_half_a_step_of_its_segment():
    samples = np.arange(-32635, 32636, dtype=np.int16)

    error = np.abs(mulaw.decode(mulaw.encode(samples)).astype(int) - samples.astype(int))

    assert np.all(error <= np.abs(samples.astype(int)) // 30 + 4)


def test_frames_are_20_ms_and_the_last_is_filled_with_silence():
    frames = mulaw.frames(b"\x01" * 170)

    assert [len(frame) for frame in frames] == [160, 160]
    assert frames[1] == b"\x01" * 10 + b"\xff" * 150
