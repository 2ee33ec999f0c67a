"""Telephone audio, there and back."""

import numpy as np

from agents.voice import mulaw


def test_silence_stays_silent() -> None:
    assert mulaw.encode(bytes(4)) == b"\xff\xff"
    assert mulaw.decode(b"\xff\x7f") == bytes(4)


def test_every_code_comes_back_as_itself() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7f is minus zero

    assert mulaw.encode(mulaw.decode(codes)) == codes


def test_loses_no_more_than_its_steps_are_wide() -> None:
    samples = np.arange(-32_000, 32_000, 7, dtype="<i2")
    back = np.frombuffer(mulaw.decode(mulaw.encode(samples.tobytes())), dtype="<i2")
    error = np.abs(back.astype(int) - samples.astype(int))

    assert (error <= np.abs(samples.astype(int)) / 16 + 8).all()
