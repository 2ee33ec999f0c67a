"""The process that listens: samples come in on stdin, the words it made out leave on stdout.

pocketsphinx computes with the interpreter locked; in a process of its own it never delays the
20 ms frames of calls. It ends by itself when its stdin does.
"""

import os
import re
import struct
import sys
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from pocketsphinx import Decoder, get_model_path

from simulator import cast

LENGTH = struct.Struct("<I")
"""Precedes the samples of one utterance: how many bytes follow."""
RATE_HZ = 16_000

_MARGIN_SAMPLES = 4800
# Digital silence makes the recogniser stop early (reference/voice.md section 4).
_DITHER = 30.0
_BEAMS = {"beam": 1e-56, "wbeam": 1e-40, "pbeam": 1e-56}
_FEWEST_WORDS = 3
# French words by their nearest English phones.
_FOREIGN = {
    "allô": "AA L OW",
    "bonjour": "B AO N ZH UW R",
    "c'est": "S EH",
    "qui": "K IY",
    "désolé": "D EY Z AO L EY",
    "je": "ZH AH",
    "ne": "N AH",
    "parle": "P AA R L",
    "pas": "P AA",
    "anglais": "AA NG G L EH",
    "merci": "M EH R S IY",
    "madame": "M AA D AA M",
    "et": "EY",
    "bonne": "B AO N",
    "journée": "ZH UW R N EY",
}


def sentences() -> list[str]:
    """The closed list: every line of every persona, and each sentence of it alone."""
    spoken: dict[str, None] = {}
    for persona in cast.EVERYBODY:
        for text in (persona.greeting, *(line.text for line in persona.lines)):
            for part in (text, *re.split(r"(?<=[.?!])\s+", text)):
                if part:
                    spoken[part] = None
    return list(spoken)


def words(text: str) -> list[str]:
    """The text as the recogniser's dictionary spells it."""
    return re.sub(r"[^\w' ]", " ", text.lower()).split()


def listener() -> Decoder:
    """A recogniser that knows the closed list and nothing else."""
    decoder = Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=get_model_path("en-us/cmudict-en-us.dict"),
        lm=None,
        cmn="batch",
        loglevel="FATAL",
        **_BEAMS,
    )
    for word, phones in _FOREIGN.items():
        # A word that English has too gets a second pronunciation.
        known = decoder.lookup_word(word) is not None
        decoder.add_word(f"{word}(9)" if known else word, phones, True)
    choices = " | ".join(_or_its_beginning(words(sentence)) for sentence in sentences())
    decoder.add_jsgf_string("cast", f"#JSGF V1.0;\ngrammar cast;\npublic <line> = {choices};\n")
    decoder.activate_search("cast")
    return decoder


def _or_its_beginning(spoken: list[str]) -> str:
    """A rule for the sentence or its first words: people are cut off."""
    first, rest = spoken[:_FEWEST_WORDS], spoken[_FEWEST_WORDS:]
    return " ".join([*first, *(f"[ {word}" for word in rest), *("]" for _ in rest)])


def recognised(decoder: Decoder, samples: bytes) -> str:
    """The words made out in 16-bit samples at 16 kHz, "" for none."""
    heard = np.pad(np.frombuffer(samples, dtype="<i2").astype(np.float64), _MARGIN_SAMPLES)
    heard += np.random.default_rng(1).normal(0, _DITHER, len(heard))
    decoder.start_utt()
    decoder.process_raw(np.clip(heard, -32768, 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    return best.hypstr if best is not None else ""


def utterances(source: BinaryIO) -> Iterator[bytes]:
    """What arrives, one utterance at a time, until the other end is gone."""
    while len(header := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(header)
        samples = source.read(length)
        if len(samples) < length:
            return
        yield samples


def main() -> None:
    """Listen until stdin ends."""
    # A call's frames come before its transcript.
    os.nice(5)
    decoder = listener()
    for samples in utterances(sys.stdin.buffer):
        sys.stdout.write(recognised(decoder, samples) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
