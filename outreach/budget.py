"""Is there budget for one more attempt? Money comes late, so what has no price yet is estimated."""

from dataclasses import dataclass, field
from typing import Final

from outreach.campaign import Budget
from outreach.channel import ChannelName

ENOUGH_PRICES: Final = 20
"""From so many known prices on, a campaign's own mean is the better estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What attempts of one campaign, since it began or since midnight, have used up."""

    attempts: int = 0
    micros: int = 0
    """Of those whose price is known."""
    unpriced_calls: int = 0
    unpriced_messages: int = 0

    @property
    def priced(self) -> int:
        return self.attempts - self.unpriced_calls - self.unpriced_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one attempt costs as a rule, in millionths of the deployment's currency."""

    call_micros: int
    message_micros: int

    def of(self, channel: ChannelName) -> int:
        return self.call_micros if channel is ChannelName.VOICE else self.message_micros

    def learned_from(self, spending: Spending) -> "Estimate":
        """The mean of what is known, once enough is."""
        if spending.priced < ENOUGH_PRICES:
            return self
        mean = -(-spending.micros // spending.priced)
        return Estimate(call_micros=mean, message_micros=mean)


@dataclass(slots=True, kw_only=True)
class Purse:
    """A campaign's budget while one gate decides: each attempt that it allows is taken out."""

    budget: Budget
    total: Spending
    today: Spending
    estimate: Estimate
    _attempts: int = field(default=0, init=False)
    _micros: int = field(default=0, init=False)

    def allows(self, channel: ChannelName) -> bool:
        """Whether the whole budget bears one more."""
        return self._bears(channel, self.total, self.budget.attempts, self.budget.amount_micros)

    def allows_today(self, channel: ChannelName) -> bool:
        """Whether the day's part bears one more."""
        budget = self.budget
        return self._bears(
            channel, self.today, budget.attempts_per_day, budget.amount_micros_per_day
        )

    def take(self, channel: ChannelName) -> None:
        """Count one more."""
        self._attempts += 1
        self._micros += self.estimate.of(channel)

    def _bears(
        self, channel: ChannelName, spent: Spending, attempts: int | None, micros: int | None
    ) -> bool:
        if attempts is not None and spent.attempts + self._attempts >= attempts:
            return False
        if micros is None:
            return True
        cost = self._micros + self.estimate.of(channel)
        return self._worth(spent) + cost <= micros

    def _worth(self, spent: Spending) -> int:
        calls = spent.unpriced_calls * self.estimate.call_micros
        return spent.micros + calls + spent.unpriced_messages * self.estimate.message_micros
