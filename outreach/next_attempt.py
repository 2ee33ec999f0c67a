"""What is a lead's next attempt: by which step, at which moment, or why is there none?

Everybody who plans asks here: the follow-up rules, a lifted block, an edited campaign, a person
who names a time. Who asks for many leads does it with one `Terms` and one memo.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.hours import WindowsMemo
from outreach.law.places import Places
from outreach.law.rests import Talks, resting
from outreach.law.rulebook import Rulebook
from outreach.planning import Blocked, Planned, Wish, plan
from outreach.reason import Reason
from outreach.steps import Chosen, NoStep, Points, Skipped, first_step, step_of_channel
from outreach.zones import Zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of somebody who is to be contacted."""

    points: Points
    zones: Zones
    places: Places
    """Whose rules bind us; every one that may."""
    not_before: datetime | None
    contacts: Sequence[datetime]
    """When they were contacted, by any campaign and channel, in the last 30 days."""
    talks: Talks
    """When they last talked to us and refused; some laws let them rest after it."""
    closed: Mapping[ChannelName, Reason]
    """Channels that must not be used for them, such as for want of consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a campaign asks of every attempt that is planned at `now`."""

    campaign: Campaign
    rulebook: Rulebook
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted for the lead."""

    wanted_at: datetime
    channel: ChannelName | None = None
    """None: whatever the campaign begins with."""
    only_channel: bool = False
    """No other channel makes up for the one that is asked for."""
    exempt_from_caps: bool = False
    """A time the person asked for: our own policy gives way, the law does not."""
    avoid: Daypart | None = None
    jitter: float = 0.0
    """0..1 of `planning.JITTER`, drawn by the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The attempt can be made."""

    step: Chosen
    planned: Planned

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self.step.skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """There is no attempt to be made now."""

    blocked: Blocked
    skipped: tuple[Skipped, ...] = ()


def place(
    person: Person, terms: Terms, asked: Asked, memo: WindowsMemo | None = None
) -> Placed | Nowhere:
    """Choose the step and the first moment from the wanted one on that every rule allows."""
    step = _step(person.points, terms.campaign, asked)
    if isinstance(step, NoStep):
        return Nowhere(blocked=Blocked(reason=step.reason, recheck_at=None), skipped=step.skipped)
    reason = person.closed.get(step.channel)
    if reason is not None:
        return Nowhere(blocked=Blocked(reason=reason, recheck_at=None), skipped=step.skipped)
    found = plan(wish(person, terms, asked), memo)
    if isinstance(found, Blocked):
        return Nowhere(blocked=found, skipped=step.skipped)
    return Placed(step=step, planned=found)


def wish(person: Person, terms: Terms, asked: Asked) -> Wish:
    """The question of when, without the question of how."""
    campaign, schedule = terms.campaign, terms.campaign.schedule
    law = terms.rulebook.law(person.places, campaign.purpose)
    return Wish(
        now=terms.now,
        wanted_at=asked.wanted_at,
        zones=person.zones,
        hours=(*campaign.hours, *law.hours),
        contacts=person.contacts,
        caps=law.caps_with(campaign.caps.effective, asked.exempt_from_caps),
        rest=resting(law.rests, person.talks, terms.now),
        not_before=person.not_before,
        starts_at=schedule.start_at,
        ends_at=schedule.end_at,
        jitter=asked.jitter,
        avoid=asked.avoid,
    )


def _step(points: Points, campaign: Campaign, asked: Asked) -> Chosen | NoStep:
    if asked.channel is None:
        return first_step(campaign, points)
    found = step_of_channel(campaign, asked.channel, points)
    if isinstance(found, Chosen) or asked.only_channel:
        return found
    return first_step(campaign, points)
