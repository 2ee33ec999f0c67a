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
        here = {f"{at.astimezone(ZoneInfo(zone)):%a %H:%M}": zone for zone in reversed(self.zones)}
        return ", ".join(f"{clock} in {place(zone)}" for clock, zone in reversed(here.items()))

    def moment(self, value: object) -> str:
        """A stored time in UTC and on the person's clock."""
        if not isinstance(value, str):
            return "at a time that is not known"
        at = datetime.fromisoformat(value).astimezone(UTC)
        local = self.local(at)
        return f"{at:%Y-%m-%d %H:%M} UTC" + (f" ({local})" if local else "")

    def name(self, value: object, otherwise: str) -> str:
        """What the thing with this id is called; `otherwise` where nobody knows."""
        return self.names.get(str(value), otherwise)


def place(zone: str) -> str:
    """The city of a zone: `America/New_York` is New York."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
