"""More is told of a call that was decided on: does that count more than what is known?"""

from typing import Final

from outreach.outcome import Outcome

OURS: Final = "engine"
"""Who concluded from how the call ended, because nobody had told of any words."""
MACHINES_WORD: Final = frozenset({OURS, "provider", "reader"})
"""Whose word is no promise and no person's."""
TAPED: Final = frozenset({Outcome.VOICEMAIL, Outcome.VOICEMAIL_LEFT})
NO_PERSON: Final = TAPED | {Outcome.SCREENED, Outcome.MACHINE}
NOTHING_PROVEN: Final = frozenset(
    {
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.FAILED,
        Outcome.HANGUP_EARLY,
        Outcome.CUT_OFF,
        Outcome.TALKED,
    }
)


def reading_counts(known: Outcome, said_by: str | None, read: Outcome, *, is_proven: bool) -> bool:
    """Whether what was read in the words replaces what the call was decided to have come to.

    A proof is more than a provider's word. Without one, the words are more than none at all.
    """
    if read is Outcome.OPTED_OUT:
        return True
    if known in NO_PERSON:
        return False
    return said_by == OURS or (said_by == "provider" and is_proven)


def platform_counts(known: Outcome, said_by: str | None, told: Outcome) -> bool:
    """Whether what a platform is believed without words replaces what the call was decided on."""
    if told is Outcome.OPTED_OUT:
        return True
    if said_by not in MACHINES_WORD or known not in NOTHING_PROVEN:
        return False
    return told in TAPED or said_by == OURS
