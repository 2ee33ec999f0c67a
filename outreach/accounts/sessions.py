"""What a person wrote, as visits: messages with no more than a day between them are one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from outreach.accounts.touchpoint import EXPECTED_WORDS

GAP: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One message of a person."""

    id: UUID
    at: datetime
    words: int
    is_button: bool = False
    says_nothing: bool = False
    """Their conversation came to something that shows no interest, or they opted out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    messages: tuple[Written, ...]
    """Oldest first, never empty."""

    @property
    def first(self) -> Written:
        return self.messages[0]

    @property
    def words(self) -> int:
        """A button counts as an expected answer."""
        return sum(EXPECTED_WORDS if one.is_button else one.words for one in self.messages)

    @property
    def is_buttons(self) -> bool:
        return all(one.is_button for one in self.messages)

    @property
    def is_void(self) -> bool:
        return any(one.says_nothing for one in self.messages)


def sessions(written: Sequence[Written]) -> list[Session]:
    """Split what one person wrote in one conversation; oldest first."""
    found: list[list[Written]] = []
    for one in sorted(written, key=lambda one: (one.at, one.id)):
        if found and one.at - found[-1][-1].at <= GAP:
            found[-1].append(one)
        else:
            found.append([one])
    return [Session(messages=tuple(group)) for group in found]
