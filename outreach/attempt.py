"""The life of one attempt: its states, and every move that is legal."""

from enum import StrEnum


class State(StrEnum):
    PLANNED = "planned"
    """Waits for `due_at`; may still be cancelled, moved or superseded."""
    CLAIMED = "claimed"
    """A process took it and holds its line; nobody outside knows of it yet."""
    STARTING = "starting"
    """The gate said yes and that is committed; the provider is being asked."""
    STARTED = "started"
    """The provider has it: queued, ringing, or a message on its way."""
    LIVE = "live"
    """Somebody or something answered a call."""
    UNSURE = "unsure"
    """The provider may have it; it is asked, and never told twice."""
    ENDED = "ended"
    CANCELLED = "cancelled"


MOVES: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.CLAIMED, State.CANCELLED}),
    State.CLAIMED: frozenset({State.STARTING, State.PLANNED, State.ENDED, State.CANCELLED}),
    # A callback may come before `start` has returned: STARTING can go straight on to LIVE or ENDED.
    # What the provider did not take is PLANNED again, or CANCELLED for a newer plan of its lead.
    State.STARTING: frozenset(
        {State.STARTED, State.LIVE, State.UNSURE, State.PLANNED, State.ENDED, State.CANCELLED}
    ),
    State.STARTED: frozenset({State.LIVE, State.ENDED}),
    State.LIVE: frozenset({State.ENDED}),
    # Never back to PLANNED: what the provider may have is not asked for again.
    State.UNSURE: frozenset({State.STARTED, State.LIVE, State.ENDED}),
    State.ENDED: frozenset(),
    State.CANCELLED: frozenset(),
}

IN_FLIGHT = frozenset({State.CLAIMED, State.STARTING, State.STARTED, State.LIVE, State.UNSURE})
"""At most one of these per lead, kept by a unique index."""

NEVER_ASKED = frozenset({State.PLANNED, State.CLAIMED, State.CANCELLED})
"""No provider was asked for it, so a report about it speaks of nothing of ours."""

FINAL = frozenset({State.ENDED, State.CANCELLED})

CALLED_US = "called_us"
"""Why something gives way, or is an attempt at all: the person has called us."""


def can_move(current: State, to: State) -> bool:
    """Whether an attempt in `current` may become `to`."""
    return to in MOVES[current]
