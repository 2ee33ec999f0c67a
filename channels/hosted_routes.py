"""Several ways to call people behind one door: the number that is called from chooses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from channels.base import (
    Channel,
    Finding,
    Inquiry,
    NoAnswer,
    Order,
    ProviderRef,
    Refused,
    Unavailable,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByNumber:
    """The calls of all platforms; it closes what it leads to."""

    ours: Channel | None
    """Calls that we hold ourselves; None where we hold none."""
    hosted: Mapping[str, Channel]
    """By the number of ours (E.164) that the platform calls from."""

    @property
    def simulated(self) -> bool:
        """Whether any is: what is partly made up is not real."""
        return any(one.simulated for one in self._each())

    async def start(self, order: Order) -> ProviderRef:
        channel = self.hosted.get(order.from_, self.ours)
        if channel is None:
            raise Refused("sender_unknown", "sender")
        return await channel.start(order)

    async def find(self, inquiry: Inquiry) -> Finding:
        channel = self.hosted.get(inquiry.from_, self.ours)
        return NoAnswer(reason="not_offered") if channel is None else await channel.find(inquiry)

    async def end(self, ref: str, from_: str) -> None:
        channel = self.hosted.get(from_, self.ours)
        if channel is None:
            raise Unavailable("sender_unknown")
        await channel.end(ref, from_)

    async def close(self) -> None:
        for channel in self._each():
            await channel.close()

    def _each(self) -> Iterator[Channel]:
        seen: list[Channel] = [] if self.ours is None else [self.ours]
        for channel in self.hosted.values():
            if all(channel is not one for one in seen):
                seen.append(channel)
        return iter(seen)
