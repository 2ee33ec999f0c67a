"""Which step of a campaign can be taken for this person?"""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.campaign import Campaign, VoiceStep, WhatsAppStep
from outreach.channel import ChannelName
from outreach.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An address that may be used: a valid number in E.164, and the country of its plan."""

    address: str
    country: str


Points = Mapping[ChannelName, Point | Reason]
"""What each channel has for a person; a channel that is absent has nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    position: int
    channel: ChannelName
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The step to take; `position` counts from 0 within the campaign's steps."""

    position: int
    step: VoiceStep | WhatsAppStep
    point: Point
    skipped: tuple[Skipped, ...]

    @property
    def channel(self) -> ChannelName:
        return self.step.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class NoStep:
    """No step can be taken: the first step's reason stands for all."""

    reason: Reason
    skipped: tuple[Skipped, ...]


def first_step(campaign: Campaign, points: Points, start: int = 0) -> Chosen | NoStep:
    """The first step from position `start` on whose contact point can be used."""
    skipped: list[Skipped] = []
    for position, step in enumerate(campaign.steps):
        if position < start:
            continue
        point = _usable(campaign, step, points)
        if isinstance(point, Point):
            return Chosen(position=position, step=step, point=point, skipped=tuple(skipped))
        skipped.append(Skipped(position=position, channel=step.channel, reason=point))
    reason = skipped[0].reason if skipped else Reason.NO_CONTACT_POINT
    return NoStep(reason=reason, skipped=tuple(skipped))


def step_of_channel(campaign: Campaign, channel: ChannelName, points: Points) -> Chosen | NoStep:
    """The first step that uses `channel`, where a rule asks for it."""
    skipped: list[Skipped] = []
    for position, step in enumerate(campaign.steps):
        if step.channel is not channel:
            continue
        point = _usable(campaign, step, points)
        if isinstance(point, Point):
            return Chosen(position=position, step=step, point=point, skipped=tuple(skipped))
        skipped.append(Skipped(position=position, channel=channel, reason=point))
    reason = skipped[0].reason if skipped else Reason.NO_CONTACT_POINT
    return NoStep(reason=reason, skipped=tuple(skipped))


def _usable(campaign: Campaign, step: VoiceStep | WhatsAppStep, points: Points) -> Point | Reason:
    point = points.get(step.channel, Reason.NO_CONTACT_POINT)
    if isinstance(point, Reason):
        return point
    # Twilio and Meta deliver no marketing templates to American numbers since 2025-04-01.
    marketing = campaign.purpose == "marketing" and isinstance(step, WhatsAppStep)
    if marketing and point.country == "US":
        return Reason.US_WHATSAPP_MARKETING
    return point
