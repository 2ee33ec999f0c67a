"""Seeds that have failed once, each with what it found; they are played before the others.

A seed is a fortnight of the play as it was then. What it found is pinned for good by a plain test
in tests/orchestrator/engine/test_nobody_forgotten.py.
"""

from collections.abc import Mapping
from typing import Final

FAILED: Final[Mapping[int, str]] = {
    1: "a message was looked for in the provider's list, and another one's reference was taken",
    2: "a call that ended with a known outcome was decided before both sides had been heard",
    3: "a lead with a promised callback was said to wait for the reading of its call",
    5: "a person wrote after the end, and no event said that the lead goes on",
    6: "a conversation was given back, and nobody ever looked at its lead again",
    7: "a status that came before the answer to the order left a message without a lease",
    918567007: "a conversation was given back before anything was sent, and nobody looked again",
}
