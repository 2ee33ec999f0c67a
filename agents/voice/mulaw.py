"""Telephone audio: G.711 mu-law to 16-bit samples and back, by table."""

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

RATE_HZ = 8000
_BIAS = 0x84
_CLIP = 32635


def _expand(code: int) -> int:
    inverted = ~code & 0xFF
    exponent = (inverted >> 4) & 0x07
    magnitude = (((inverted & 0x0F) << 3) + _BIAS << exponent) - _BIAS
    return -magnitude if inverted & 0x80 else magnitude


def _compress(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


_TO_PCM = np.array([_expand(code) for code in range(256)], dtype=np.int16)
# One entry for each 16-bit sample, indexed by the sample seen as unsigned.
_TO_ULAW = np.array(
    [_compress(value - 65536 if value >= 32768 else value) for value in range(65536)],
    dtype=np.uint8,
)


def decode(ulaw: bytes) -> bytes:
    """16-bit little-endian samples of these mu-law bytes."""
    return _TO_PCM[np.frombuffer(ulaw, dtype=np.uint8)].tobytes()


def encode(pcm: bytes) -> bytes:
    """Mu-law bytes of these 16-bit little-endian samples."""
    return bytes(_TO_ULAW[np.frombuffer(pcm, dtype="<u2")].tobytes())
