"""Several refusals at once: who mends a file wants to hear of everything that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.errors import Rejected


@dataclass(slots=True, eq=False)
class Mistakes(Rejected):
    """All that is wrong; to whoever wants one refusal it is the first of them."""

    others: tuple[Rejected, ...] = ()


def refuse(found: Sequence[Rejected]) -> Rejected:
    """One refusal that stands for all of `found`, which is not empty; to be raised."""
    first, *others = found
    if not others:
        return first
    return Mistakes(
        code=first.code,
        message=first.message,
        fix=first.fix,
        where=first.where,
        others=tuple(others),
    )


def each(rejected: Rejected) -> tuple[Rejected, ...]:
    """Every single refusal in it, in order."""
    if not isinstance(rejected, Mistakes):
        return (rejected,)
    first = Rejected(rejected.code, rejected.message, rejected.fix, rejected.where)
    return (first, *rejected.others)
