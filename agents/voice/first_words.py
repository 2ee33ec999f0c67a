"""Who answered, read from their first words: a table of what machines say."""

import re
from dataclasses import dataclass

from outreach.outcome import AnsweredBy

_TABLE: tuple[tuple[AnsweredBy, tuple[str, ...]], ...] = (
    (
        AnsweredBy.SCREENING,
        (
            r"(state|say|record|tell me) your name",
            r"(name and|and) (the )?(reason|purpose) (for|of) (your|the) call",
            r"call (screening|assistant)",
            r"(i will|i'll|let me) see if (this|the) person is available",
        ),
    ),
    (
        AnsweredBy.VOICEMAIL,
        (
            r"(after|at) the (tone|beep)",
            r"leave (me |us )?(a|your) (short |brief )?(message|name and number)",
            r"voice ?mail|mail ?box|answering machine",
            r"(is|am|are) (not available|unavailable) (to|right now|at the moment)",
            r"(can't|cannot|unable to) (come to|take|answer) (the|your) (phone|call)",
            r"nach dem (signal)?ton|hinterlassen sie",
            r"apr[eè]s le (bip|signal)|laiss(ez|er) (un|votre) message|messagerie",
            r"despu[eé]s (de la se[nñ]al|del tono)|deje su mensaje|buz[oó]n de voz",
        ),
    ),
    (
        AnsweredBy.IVR,
        (
            r"(press|dial|push|say) (one|two|three|zero|\d|star|pound)\b",
            r"(listen carefully|our menu|menu options|following options)",
            r"dr[uü]cken sie|tapez (un|deux|\d)|(pulse|marque|oprima) (uno|dos|el|\d)",
        ),
    ),
)
_RULES = tuple(
    (answered_by, re.compile("|".join(patterns), re.IGNORECASE)) for answered_by, patterns in _TABLE
)
_MACHINE_TALKS_MS = 9_000
"""People who are called do not begin with a speech of this length without a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    answered_by: AnsweredBy
    evidence: str
    """The words or the timing it was read from."""


def read(text: str, duration_ms: float, *, first: bool) -> Reading | None:
    """What this turn says about who answered; None when a later turn says nothing new."""
    for answered_by, pattern in _RULES:
        found = pattern.search(text)
        if found:
            return Reading(answered_by=answered_by, evidence=found.group(0))
    if not first:
        return None
    if duration_ms >= _MACHINE_TALKS_MS:
        seconds = round(duration_ms / 1000)
        return Reading(answered_by=AnsweredBy.VOICEMAIL, evidence=f"spoke {seconds} s at once")
    return Reading(answered_by=AnsweredBy.HUMAN, evidence=text)
