"""The parts of a brief, and a source of a claim as an address, for people."""

from collections.abc import Mapping
from typing import Final

from outreach.accounts.brief import Part

PARTS: Final[Mapping[Part, str]] = {
    Part.SNAPSHOT: "Snapshot",
    Part.FIT: "Fit",
    Part.COMMITTEE: "Buying committee",
    Part.SAID: "What was said",
    Part.OPEN: "Open questions",
    Part.NEXT: "Next best action",
    Part.DO_NOT_SAY: "Do not say",
}
WHY: Final[Mapping[str, str]] = {
    "stage": "its stage changed",
    "touchpoint": "something important happened",
    "reading": "a conversation was read",
    "field": "what is known of it changed",
    "person": "somebody asked for something",
    "asked": "somebody asked for it",
}
