"""To whom something is told: on whose clock times are said, and what ids are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    zones: Sequence[str] = ()
    """Where the person may be; empty where nobody knows."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What ids that stand in events are called: of senders, imports, campaigns, users."""

    def local(self, at: datetime) -> str:
        """The moment on the person's own clock, or on each clock they may live by."""
        here: dict[str, str] = {}
        for zone in self.zones:
            here.setdefault(f"{at.astimezone(ZoneInfo(zone)):%a %H:%M}", place(zone))
        return ", ".join(f"{clock} in {city}" for clock, city in here.items())

    def moment(self, value: object) -> str:
        """A stored time in UTC and on the person's clock."""
        if not isinstance(value, str):
            return "a time that is not known"
        at = datetime.fromisoformat(value).astimezone(UTC)
        local = self.local(at)
        return f"{at:%Y-%m-%d %H:%M} UTC" + (f" ({local})" if local else "")

    def name(self, value: object, otherwise: str) -> str:
        """What the thing with this id is called; `otherwise` where nobody knows."""
        return self.names.get(str(value), otherwise)


def place(zone: str) -> str:
    """The city of a zone: `America/New_York` is New York."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
