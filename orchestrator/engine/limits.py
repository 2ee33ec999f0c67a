"""How much at once, how long at most: every bound of the engine with its unit and default."""

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from outreach.abandonment import MOST_PERCENT
from outreach.breaker import Policy
from outreach.budget import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Spans that end in `_lease`, `_wait` or `_every` are machine time unless a line says so."""

    # Claiming
    campaigns_per_claim: int = 8
    claim_batch: int = 200
    """Attempts that one claim takes at most, over all campaigns."""
    quota: int = 25
    """Attempts that one campaign of weight 1 gets in one claim while others wait."""
    line_busy_wait: timedelta = timedelta(minutes=1)
    """Business time until an attempt is due again that found its person's line taken."""
    sender_busy_wait: timedelta = timedelta(seconds=15)
    """Business time until an attempt is due again whose person's own number is in use."""
    overdue_after: timedelta = timedelta(hours=4)
    """Business time after which a due attempt may have one of the places that go by age."""
    spare_candidates: int = 20
    """Due attempts looked at beyond what there is room for, as some find their line taken."""

    # What all processes together may do
    calls_at_once: int | None = None
    """Calls in flight of all campaigns; None: as many as there are slots."""
    calls_per_number: int | None = None
    """Calls in flight from one number; None: any."""
    contacts_per_number_a_day: int | None = None
    """Calls and opening messages from one number in a day of `day_zone`; None: any."""
    day_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Whose midnight begins a day of daily caps and budgets."""
    estimate: Estimate = field(
        default_factory=lambda: Estimate(call_micros=100_000, message_micros=50_000)
    )
    """What an attempt counts for in a budget while nobody knows its price."""

    # Failing providers and numbers
    breaker: Policy = field(default_factory=Policy)
    answers_kept: timedelta = timedelta(minutes=10)
    """Machine time; longer than the window of the breaker."""
    answer_rate_span: timedelta = timedelta(days=3)
    """Business time over which the answers of a number are counted."""
    answer_rate_rest: timedelta = timedelta(days=1)
    """Business time for which a number rests that nobody answers any more."""
    recordings_kept: timedelta = timedelta(days=90)
    """Business time from the end of the call; a place may have less."""
    transcripts_kept: timedelta = timedelta(days=365)
    abandoned_percent: float = MOST_PERCENT
    """Of the calls that people answered; a campaign above it is paused."""
    stop_read_every: timedelta = timedelta(seconds=0.5)
    """Nothing leaves whose process has not read the operator's stop for so long."""
    withdraw_again: timedelta = timedelta(seconds=20)
    """Machine time until the provider is asked once more to take a waiting call back."""

    # Dispatching
    starts_at_once: int = 64
    """Provider requests that one process has open at a time."""
    most_under_way: int = 400
    """Attempts that one process has claimed and not yet started, at most."""
    http_deadline: timedelta = timedelta(seconds=15)
    """From the commit of `starting`: the order leaves this machine within it or not at all."""
    http_timeout: timedelta = timedelta(seconds=30)
    """When a start that has not answered is given up as unsure; well inside the lease."""
    attempt_lease: timedelta = timedelta(seconds=90)
    started_lease: timedelta = timedelta(minutes=2)
    """How long a started attempt or a live call may stay silent before the provider is asked."""
    message_lease: timedelta = timedelta(seconds=90)
    most_unavailable: int = 20
    """How often one attempt is planned again because its provider was not available."""
    longest_rest: timedelta = timedelta(minutes=2)
    """Machine time for which a number sends nothing after its provider asked for a break."""
    sender_rest: timedelta = timedelta(hours=1)
    """Business time for which a number is not used that its provider refuses."""

    # Taking in
    deliveries_at_once: int = 8
    """Webhooks of one process that are applied each in a transaction of its own, at a time."""
    most_deliveries_together: int = 200
    """Reports that one transaction takes in at most."""
    most_deliveries_waiting: int = 2_000
    """Webhooks that one process has let in and not yet stored; more are turned away."""

    # Recovering
    absent_answers: int = 3
    absent_span: timedelta = timedelta(seconds=120)
    """Machine time over which that many empty answers must agree before nobody was called."""
    inquiry_wait: timedelta = timedelta(seconds=20)
    message_inquiry_wait: timedelta = timedelta(minutes=30)
    """Between two questions about a message that was taken and is not delivered."""
    give_up_asking: timedelta = timedelta(hours=1)
    """After this an unsure attempt is no longer asked about; it waits for a person."""
    find_slack: timedelta = timedelta(minutes=5)
    """How much earlier than the order the provider's list is read, for clocks that differ."""
    recover_batch: int = 100
    questions_at_once: int = 8
    no_reply_after: timedelta = timedelta(days=3)
    """Business time; for an opening message that was found after a crash."""

    # Voice
    voice_slots: int = 8
    """Calls that one voice process holds at once."""
    heartbeat_every: timedelta = timedelta(seconds=5)
    process_silence: timedelta = timedelta(seconds=20)
    """A process whose heartbeat is older gets no further call."""

    # Conversations (business time)
    settle: timedelta = timedelta(seconds=8)
    """How long a person may go on writing before they are answered."""
    conversation_pause: timedelta = timedelta(minutes=30)
    """How long a chat must be silent before it is read."""
    reply_lease: timedelta = timedelta(seconds=60)  # machine time
    reply_batch: int = 20
    message_ends_after: timedelta = timedelta(hours=24)
    """When an opening message that nobody answered counts as ended."""
    longest_message: int = 1500
    returns_after: timedelta = timedelta(hours=4)
    """How long a colleague may leave a conversation alone until the agent speaks in it again."""
    expires_soon: timedelta = timedelta(hours=2)
    """How long before its window closes a conversation is shown as expiring."""
    longest_snooze: timedelta = timedelta(days=30)

    # Following up
    longest_wait_for_reading: timedelta = timedelta(hours=1)
    most_tries_of_side_work: int = 5
    not_placed_wait: timedelta = timedelta(minutes=1)
    """Business time until a call that was never placed is planned anew."""

    # Stopping
    drain: timedelta = timedelta(seconds=30)
    """How long a process that is told to stop lets its live calls go on."""

    # Ticking
    tick_every: timedelta = timedelta(seconds=0.5)
    recover_every: timedelta = timedelta(seconds=5)
    reconcile_every: timedelta = timedelta(seconds=30)
    duty_every: timedelta = timedelta(seconds=2)
    slow_duty_every: timedelta = timedelta(seconds=60)
    import_silence: timedelta = timedelta(minutes=10)
    """Machine time without a chunk after which the process of an import has died."""
    months_every: timedelta = timedelta(minutes=10)
    renew_every: timedelta = timedelta(seconds=30)
    fold_every: timedelta = timedelta(seconds=5)
    fold_batch: int = 20_000
    """How many events one transaction counts into the tallies."""

    # Letting go (business time)
    events_kept: timedelta = timedelta(days=400)
    """History older than this goes, whole months at a time."""
    inbox_kept: timedelta = timedelta(days=92)
    """The same for what providers delivered; it holds the raw words of the delivery."""
    attempts_kept: timedelta = timedelta(days=730)
    """How long a campaign must be over until tries in it that led to nothing go."""
    prune_batch: int = 200
    """Leads whose old tries one transaction removes."""

    # Blocked leads (business time)
    recheck: timedelta = timedelta(hours=24)
    """When a lead that is blocked without a known end is looked at again."""
    unblock_batch: int = 500
    replan_batch: int = 500
    """Leads that one transaction looks at after an edit."""
