"""May this attempt be made now? The one gate, asked in the transaction that commits it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from outreach.caps import Cap, earliest
from outreach.hours import CivilHours, WindowsMemo, first_window
from outreach.law import rests
from outreach.law.rests import Resting
from outreach.planning import SHORTEST_REST
from outreach.reason import Reason
from outreach.zones import Zones

MOMENT: Final = timedelta(minutes=1)
WHILE: Final = timedelta(minutes=5)
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


class CampaignIs(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    """Also a campaign that is not launched yet."""
    OVER = "over"
    """Completed or cancelled."""


class ConsentIs(StrEnum):
    GIVEN = "given"
    MISSING = "missing"
    WEAK = "weak"
    """There is one, and the law asks for more."""
    REVOKED = "revoked"


class SenderIs(StrEnum):
    READY = "ready"
    PAUSED = "paused"
    FAILING = "failing"
    """Its circuit breaker is open."""
    ABSENT = "absent"


class TemplateIs(StrEnum):
    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    NOT_NEEDED = "not_needed"


class CheckIs(StrEnum):
    """What somebody else says about the number before it is dialled."""

    NOT_ASKED = "not_asked"
    ALLOWED = "allowed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class Effect(StrEnum):
    """What a refusal does to the attempt."""

    WAIT = "wait"
    """It stays planned and is due again at `recheck_at`."""
    REPLAN = "replan"
    """It is planned again from `recheck_at` on."""
    BLOCK = "block"
    """It is cancelled and the lead is blocked, to be looked at again at `recheck_at`."""
    CLOSE = "close"
    """It is cancelled, and the lead has nothing more to come in this campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the gate looks at, read in the same transaction. Times are aware."""

    now: datetime
    stopped: bool
    campaign: CampaignIs
    starts_at: datetime | None
    ends_at: datetime | None
    lead_closed: bool
    human_owns: bool
    do_not_contact: bool
    suppressed: bool
    listed: str
    """The do-not-call list that forbids it, in words; empty: none does."""
    consent: ConsentIs
    consent_lacks: str
    """What the law asks for, by which rule, and what there is instead; empty where it is given."""
    has_contact_point: bool
    zones: Zones
    not_before: datetime | None
    hours: Sequence[CivilHours]
    """The campaign's and the deployment's; the quiet hours apply without being listed."""
    contacts: Sequence[datetime]
    """When this person was contacted in the last 30 days, by any campaign and channel."""
    caps: Sequence[Cap]
    """Empty for a callback the person asked for."""
    rest: Resting | None
    """How long the law leaves them alone, callbacks included."""
    works_elsewhere: str
    """The campaign that has to be let finish with this person first; empty: none."""
    budget_left: bool
    budget_left_today: bool
    day_ends_at: datetime
    """The next midnight of daily budgets."""
    sender: SenderIs
    check: CheckIs
    check_says: str
    """Why, in a word or two; empty where nothing was said."""
    template: TemplateIs
    us_whatsapp_marketing: bool
    missing_variables: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    until: datetime
    """From this moment on it is no longer legal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    reason: Reason
    effect: Effect
    recheck_at: datetime | None
    """Never None for WAIT and REPLAN; for BLOCK None means that only an event lifts it."""
    detail: str = ""
    """What the words of the reason cannot say, such as the names of missing values."""


def decide(facts: Facts, memo: WindowsMemo | None = None) -> Allowed | Refused:
    """Check everything in the fixed order; the first no is the answer."""
    for check in (_operator, _campaign, _human, _person, _lists, _consent, _contact_point):
        refused = check(facts)
        if refused is not None:
            return refused
    until = _open_until(facts, memo)
    if isinstance(until, Refused):
        return until
    for check in (_rest, _caps, _elsewhere, _budget, _sender, _check, _words):
        refused = check(facts)
        if refused is not None:
            return refused
    return Allowed(until=until if facts.ends_at is None else min(until, facts.ends_at))


def line_busy(now: datetime) -> Refused:
    """Another attempt holds the person's line: due again in a minute."""
    return _wait(Reason.LINE_BUSY, now + MOMENT)


def _operator(facts: Facts) -> Refused | None:
    return _wait(Reason.OPERATOR_STOP, facts.now + MOMENT) if facts.stopped else None


def _campaign(facts: Facts) -> Refused | None:
    if facts.campaign is CampaignIs.OVER:
        return _close(Reason.CAMPAIGN_ENDED)
    if facts.ends_at is not None and facts.now >= facts.ends_at:
        return _close(Reason.CAMPAIGN_ENDED)
    if facts.campaign is CampaignIs.PAUSED:
        return _wait(Reason.CAMPAIGN_NOT_RUNNING, facts.now + MOMENT)
    if facts.starts_at is not None and facts.now < facts.starts_at:
        return _replan(Reason.NOT_STARTED_YET, facts.starts_at)
    return None


def _human(facts: Facts) -> Refused | None:
    return _block(Reason.HUMAN_OWNS, facts.now + DAY) if facts.human_owns else None


def _person(facts: Facts) -> Refused | None:
    if facts.do_not_contact:
        return _close(Reason.DO_NOT_CONTACT)
    if facts.suppressed:
        return _close(Reason.SUPPRESSED)
    return _close(Reason.LEAD_CLOSED) if facts.lead_closed else None


def _lists(facts: Facts) -> Refused | None:
    if not facts.listed:
        return None
    return Refused(
        reason=Reason.DO_NOT_CALL_LIST, effect=Effect.BLOCK, recheck_at=None, detail=facts.listed
    )


def _consent(facts: Facts) -> Refused | None:
    match facts.consent:
        case ConsentIs.GIVEN:
            return None
        case ConsentIs.MISSING | ConsentIs.WEAK:
            return Refused(
                reason=Reason.NO_CONSENT,
                effect=Effect.BLOCK,
                recheck_at=None,
                detail=facts.consent_lacks,
            )
        case ConsentIs.REVOKED:
            return _block(Reason.CONSENT_REVOKED, None)


def _contact_point(facts: Facts) -> Refused | None:
    return None if facts.has_contact_point else _block(Reason.NO_CONTACT_POINT, None)


def _open_until(facts: Facts, memo: WindowsMemo | None) -> datetime | Refused:
    if not facts.zones:
        return _block(Reason.NO_TIMEZONE, None)
    if facts.not_before is not None and facts.now < facts.not_before:
        return _replan(Reason.NOT_BEFORE, facts.not_before)
    window = first_window(facts.zones, facts.hours, facts.now, memo=memo)
    if window is None:
        return _block(Reason.NO_WINDOW, facts.now + WEEK)
    if window.opens_at > facts.now:
        return _replan(Reason.OUTSIDE_WINDOW, window.opens_at)
    # An order takes its way, and the provider's queue, before anything rings.
    if window.closes_at - facts.now < SHORTEST_REST:
        return _replan(Reason.OUTSIDE_WINDOW, window.closes_at)
    return window.closes_at


def _rest(facts: Facts) -> Refused | None:
    rest = facts.rest
    if rest is None or not rest.holds(facts.now):
        return None
    return Refused(
        reason=Reason.RESTING,
        effect=Effect.BLOCK if rest.until is None else Effect.REPLAN,
        recheck_at=rest.until,
        detail=rests.words(rest),
    )


def _caps(facts: Facts) -> Refused | None:
    free = earliest(facts.contacts, facts.caps, facts.now)
    return _replan(Reason.CAP_REACHED, free.at) if free.held_by is not None else None


def _elsewhere(facts: Facts) -> Refused | None:
    if not facts.works_elsewhere:
        return None
    return Refused(
        reason=Reason.WORKED_ELSEWHERE,
        effect=Effect.WAIT,
        recheck_at=facts.now + WHILE,
        detail=facts.works_elsewhere,
    )


def _budget(facts: Facts) -> Refused | None:
    if not facts.budget_left:
        return _block(Reason.BUDGET, facts.now + DAY)
    return None if facts.budget_left_today else _replan(Reason.DAILY_BUDGET, facts.day_ends_at)


def _sender(facts: Facts) -> Refused | None:
    match facts.sender:
        case SenderIs.READY:
            return None
        case SenderIs.PAUSED:
            return _wait(Reason.SENDER_PAUSED, facts.now + WHILE)
        case SenderIs.FAILING:
            return _wait(Reason.PROVIDER_DOWN, facts.now + MOMENT)
        case SenderIs.ABSENT:
            return _block(Reason.NO_SENDER, facts.now + DAY)


def _check(facts: Facts) -> Refused | None:
    match facts.check:
        case CheckIs.NOT_ASKED | CheckIs.ALLOWED:
            return None
        case CheckIs.UNANSWERED:
            return _wait(Reason.PRE_DIAL_UNANSWERED, facts.now + WHILE)
        case CheckIs.REFUSED:
            return Refused(
                reason=Reason.PRE_DIAL_REFUSED,
                effect=Effect.BLOCK,
                recheck_at=facts.now + DAY,
                detail=facts.check_says,
            )


def _words(facts: Facts) -> Refused | None:
    if facts.us_whatsapp_marketing:
        return _block(Reason.US_WHATSAPP_MARKETING, None)
    if facts.template is TemplateIs.NOT_APPROVED:
        return _block(Reason.TEMPLATE_NOT_APPROVED, facts.now + DAY)
    if facts.missing_variables:
        names = ", ".join(facts.missing_variables)
        return Refused(
            reason=Reason.MISSING_VARIABLE, effect=Effect.BLOCK, recheck_at=None, detail=names
        )
    return None


def _wait(reason: Reason, recheck_at: datetime) -> Refused:
    return Refused(reason=reason, effect=Effect.WAIT, recheck_at=recheck_at)


def _replan(reason: Reason, recheck_at: datetime) -> Refused:
    return Refused(reason=reason, effect=Effect.REPLAN, recheck_at=recheck_at)


def _block(reason: Reason, recheck_at: datetime | None) -> Refused:
    return Refused(reason=reason, effect=Effect.BLOCK, recheck_at=recheck_at)


def _close(reason: Reason) -> Refused:
    return Refused(reason=reason, effect=Effect.CLOSE, recheck_at=None)
