"""espeak-ng by ctypes: text in, samples at 22 050 Hz out.

The library keeps one global state, so one lock guards every call; a sentence takes about 5 ms.
Signatures and constants follow espeak-ng 1.52's public header, speak_lib.h.
"""

import ctypes
import threading
from functools import cache

import espeakng_loader
import numpy as np

from simulator.mulaw import Pcm

_OUTPUT_SYNCHRONOUS = 2
_DONT_EXIT_ON_ERROR = 0x8000
_UTF8 = 1
_RATE, _PITCH = 1, 3
_Sink = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class SynthesisError(Exception):
    """espeak-ng does not know the voice or could not read the text."""


class Espeak:
    """The library, loaded once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks: list[Pcm] = []
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        data = espeakng_loader.get_data_path().encode()
        self.rate_hz: int = library.espeak_Initialize(
            _OUTPUT_SYNCHRONOUS, 0, data, _DONT_EXIT_ON_ERROR
        )
        if self.rate_hz <= 0:
            raise SynthesisError(f"espeak-ng did not start (its data should be in {data!r})")
        # Held for as long as the library may call it.
        self._sink = _Sink(self._receive)
        library.espeak_SetSynthCallback(self._sink)
        self._library = library

    def _receive(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _: object) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).astype(np.int16))
        return 0

    def speak(self, text: str, *, voice: str, words_per_minute: int, pitch: int) -> Pcm:
        """The text read aloud.

        Raises:
            SynthesisError: unknown voice, or the library gave up.
        """
        data = text.encode()
        with self._lock:
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise SynthesisError(f"espeak-ng has no voice {voice!r}")
            self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
            self._library.espeak_SetParameter(_PITCH, pitch, 0)
            self._chunks = []
            status = self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
            chunks, self._chunks = self._chunks, []
        if status != 0:
            raise SynthesisError(f"espeak-ng answered {status} to {text[:40]!r}")
        return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int16)


_loaded = cache(Espeak)
_loading = threading.Lock()


def library() -> Espeak:
    """The one instance of this process: the library's state is the process's anyway."""
    # Two threads that both miss the cache would start it twice, which crashes the process.
    with _loading:
        return _loaded()
