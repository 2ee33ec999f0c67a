"""Planned, running and past attempts, and the line that each holds while it runs."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from outreach.attempt import IN_FLIGHT, State
from outreach.channel import ChannelName
from outreach.outcome import AnsweredBy, Outcome
from outreach.planning import BY_PLANNING
from storage.tables.base import json_object, listed, metadata, moment, of, one_of, own_id, to

attempts = Table(
    "attempts",
    metadata,
    # The fencing token: it stands in every callback URL.
    own_id(),
    of("campaign_id"),
    of("lead_id"),
    of("contact_id"),
    Column("n", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("phone", Text, nullable=False),  # E.164, whatever the channel
    Column("state", Text, nullable=False, server_default=text("'planned'")),
    moment("due_at", required=True),
    # The end of the legal window that `due_at` lies in; later than this it is moved, not made.
    moment("window_end_at"),
    # When it was wanted before hours and caps moved it; an edit of the campaign asks from there
    # again. None: an import's first attempt, wanted when it was created, or one that stands.
    moment("wanted_at"),
    # A part of the day it keeps away from where another is open.
    Column("avoid", Text),
    # One of storage.attempts.Priority; higher goes first.
    Column("priority", SmallInteger, nullable=False, server_default=text("0")),
    # Why it was planned, by which rule and by whom (engine | user:ID | agent).
    Column("reason", Text, nullable=False),
    Column("rule_id", Text),
    Column("created_by", Text, nullable=False),
    moment("created_at", required=True),
    # Why it was last moved or refused; codes of outreach.gate.Reason.
    Column("moved_by", Text),
    Column("cancelled_by", Text),
    Column("cancel_reason", Text),
    Column("exempt_from_caps", Boolean, nullable=False, server_default=text("false")),
    # Who works on it.
    to("sender_id", "senders.id", required=False),
    Column("claimed_by", Uuid),
    moment("lease_until"),  # machine time
    Column("voice_process", Uuid),
    Column("token_hash", LargeBinary),
    moment("token_until"),  # machine time
    moment("token_spent_at"),  # machine time
    # What the provider said.
    Column("provider_ref", Text),
    Column("provider_status", Text),
    Column("provider_rank", SmallInteger, nullable=False, server_default=text("0")),
    Column("error_code", Text),
    Column("answered_by", Text),
    Column("outcome", Text),
    # engine | reader | provider | person, or the colleague who said it (user:ID, cli)
    Column("outcome_by", Text),
    moment("claimed_at"),
    moment("starting_at"),
    moment("started_at"),
    moment("live_at"),
    moment("ended_at"),
    # True until the rules have decided what follows; set with `ended`, cleared by the decision.
    Column("undecided", Boolean, nullable=False, server_default=text("false")),
    # The attempt whose result was changed when this one had begun; where this one reaches nobody,
    # the rules follow that result.
    Column("outdated_by", Uuid),
    # What was asked of the provider while unsure: times and answers.
    json_object("inquiry"),
    json_object("gate"),
    # Versions it used: campaign, agent, prompt (hash), rules, template.
    json_object("versions"),
    # By part of it (outreach.charges.Part): what was used, and for how much.
    json_object("charges"),
    Column("cost_micros", BigInteger),
    Column("cost_currency", Text),
    Column("simulated", Boolean, nullable=False, server_default=text("false")),
    # A lead is of one campaign, so this is unique within the campaign as well.
    UniqueConstraint("lead_id", "n"),
    one_of("channel", ChannelName),
    one_of("state", State),
    one_of("answered_by", AnsweredBy),
    one_of("outcome", Outcome),
    # Probed for one campaign, channel and priority at a time: nothing is read that is not due.
    Index(
        "attempts_due",
        "campaign_id",
        "channel",
        "priority",
        "due_at",
        "id",
        postgresql_where=text("state = 'planned'"),
    ),
    # The few that were met by a busy number, a stop, a provider that is down: lifted together.
    Index(
        "attempts_put_off",
        "due_at",
        postgresql_where=text(f"state = 'planned' AND moved_by NOT IN ({listed(BY_PLANNING)})"),
    ),
    Index(
        "attempts_one_planned", "lead_id", unique=True, postgresql_where=text("state = 'planned'")
    ),
    Index(
        "attempts_one_in_flight",
        "lead_id",
        unique=True,
        postgresql_where=text(f"state IN ({listed(IN_FLIGHT)})"),
    ),
    Index(
        "attempts_in_flight",
        "campaign_id",
        "channel",
        postgresql_where=text(f"state IN ({listed(IN_FLIGHT)})"),
    ),
    Index(
        "attempts_lease",
        "lease_until",
        postgresql_where=text(f"state IN ({listed(IN_FLIGHT)})"),
    ),
    # Rolling caps: contacts of one person over all campaigns and channels.
    Index(
        "attempts_contacted",
        "contact_id",
        "starting_at",
        postgresql_where=text("starting_at IS NOT NULL"),
    ),
    # What a campaign has used up, in all and since midnight.
    Index(
        "attempts_made",
        "campaign_id",
        "starting_at",
        postgresql_where=text("starting_at IS NOT NULL"),
    ),
    Index(
        "attempts_provider_ref",
        "provider_ref",
        postgresql_where=text("provider_ref IS NOT NULL"),
    ),
    Index("attempts_undecided", "ended_at", postgresql_where=text("undecided")),
    postgresql_with={"fillfactor": 80},
)

# One contact at a time per person and channel: a row here is the right to reach them.
lines = Table(
    "lines",
    metadata,
    Column("channel", Text, nullable=False),
    Column("phone", Text, nullable=False),
    to("attempt_id", "attempts.id", cascade=True),
    PrimaryKeyConstraint("channel", "phone"),
    Index("lines_attempt", "attempt_id"),
)
