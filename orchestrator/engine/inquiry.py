"""What has the provider said of an unsure attempt so far, and what does it amount to?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

MOST_ANSWERS_KEPT: Final = 30

Verdict = Literal["ask_again", "not_placed", "give_up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """When enough has been asked. All machine time."""

    absent_answers: int
    absent_span: timedelta
    """From the first empty list that counts to the last."""
    earliest: timedelta
    """Empty lists count from so long after the attempt became unsure: the order's own deadline
    and its HTTP time-out are over by then."""
    give_up_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The provider's answers, oldest first, as they are kept with the attempt."""

    since: datetime
    kept: tuple[tuple[datetime, str], ...]
    """When it was asked, and its word: `absent` or `no_answer`."""

    @classmethod
    def load(cls, inquiry: Mapping[str, object], machine_now: datetime) -> "Answers":
        """Read what is stored; an attempt without any is unsure from now on."""
        since = inquiry.get("since")
        stored = inquiry.get("answers")
        answers = stored if isinstance(stored, list) else []
        return cls(
            since=datetime.fromisoformat(since) if isinstance(since, str) else machine_now,
            kept=tuple((datetime.fromisoformat(at), word) for at, word in answers),
        )

    def heard(self, at: datetime, word: str) -> "Answers":
        return Answers(since=self.since, kept=(*self.kept, (at, word)))

    def dump(self) -> dict[str, object]:
        """As it is stored; the oldest of very many answers are dropped."""
        last = self.kept[-MOST_ANSWERS_KEPT:]
        return {
            "since": self.since.isoformat(),
            "answers": [[at.isoformat(), word] for at, word in last],
        }

    def verdict(self, patience: Patience) -> Verdict:
        """One empty list proves nothing, because lists lag; several over a while do."""
        counts_from = self.since + patience.earliest
        absent = [at for at, word in self.kept if word == "absent" and at >= counts_from]
        if (
            len(absent) >= patience.absent_answers
            and absent[-1] - absent[0] >= patience.absent_span
        ):
            return "not_placed"
        if self.kept and self.kept[-1][0] - self.since >= patience.give_up_after:
            return "give_up"
        return "ask_again"
