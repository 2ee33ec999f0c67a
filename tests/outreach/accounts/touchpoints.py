"""What somebody did, for tests: one line each."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from outreach.accounts import touchpoint
from outreach.accounts.engagement import Raw, Scored, Signal, score_all
from outreach.accounts.journey import Journey, Promise, replay
from outreach.accounts.touchpoint import Act, Origin

NOW = datetime(2031, 3, 4, 12, 0, tzinfo=UTC)
ANN, BEN, CAT = (UUID(int=n) for n in (1001, 1002, 1003))
DAY = timedelta(days=1)


def did(
    act: Act,
    ratio: int = 1000,
    *,
    at: datetime = NOW,
    origin: Origin = Origin.DIRECT,
    who: UUID | None = ANN,
    n: int = 0,
    topic: str | None = None,
    signals: frozenset[Signal] = frozenset(),
    is_void: bool = False,
    depth: int | None = None,
) -> Raw:
    """`n` tells apart what happens at the same moment."""
    return Raw(
        id=UUID(int=n),
        at=at,
        act=act,
        origin=origin,
        ratio=ratio,
        depth=touchpoint.depth_of(act, ratio) if depth is None else depth,
        contact_id=who,
        topic=topic,
        signals=signals,
        is_void=is_void,
    )


def worth(points: int, *, at: datetime, who: UUID | None = ANN, n: int = 0) -> Scored:
    """Something that weighs so much, whatever it was."""
    raw = did(Act.CALL, 1000, at=at, who=who, n=n)
    return Scored(raw=raw, score=points, by_itself=points)


def journey_of(*raws: Raw, at: datetime = NOW, promises: tuple[Promise, ...] = ()) -> Journey:
    return replay(score_all(raws), promises, at)
