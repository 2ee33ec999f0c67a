"""G.711 mu-law in both directions, by table: what telephone audio is made of."""

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]

SILENCE = 0xFF
"""The byte of zero amplitude."""
FRAME_BYTES = 160
"""20 ms at 8 kHz."""

_BIAS = 0x84
_CLIP = 32635


def _decoding_table() -> Pcm:
    code = ~np.arange(256, dtype=np.uint8)
    exponent = ((code >> 4) & 0x07).astype(np.int32)
    mantissa = (code & 0x0F).astype(np.int32)
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding_table() -> npt.NDArray[np.uint8]:
    """One code for each of the 65536 samples, indexed by the sample read as unsigned."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(sample < 0, 0x80, 0)
    biased = np.minimum(np.abs(sample), _CLIP) + _BIAS
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    table: npt.NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return table


_TO_PCM = _decoding_table()
_TO_ULAW = _encoding_table()


def decode(ulaw: bytes | bytearray) -> Pcm:
    """The samples of mu-law bytes."""
    return _TO_PCM[np.frombuffer(ulaw, dtype=np.uint8)]


def encode(pcm: Pcm) -> bytes:
    """The mu-law bytes of samples."""
    return _TO_ULAW[pcm.view(np.uint16)].tobytes()


def frames(ulaw: bytes) -> list[bytes]:
    """20 ms frames, the last one filled up with silence."""
    padded = ulaw + bytes([SILENCE]) * (-len(ulaw) % FRAME_BYTES)
    return [padded[at : at + FRAME_BYTES] for at in range(0, len(padded), FRAME_BYTES)]
