"""Documents with their versions, campaigns, and the numbers they speak from."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from outreach.channel import ChannelName
from storage.tables.base import json_object, metadata, moment, one_of, own_id

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    moment("created_at", required=True),
    Column("created_by", Text, nullable=False),
    PrimaryKeyConstraint("kind", "name", "version"),
)

campaigns = Table(
    "campaigns",
    metadata,
    own_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    # The version of its document that new plans follow.
    Column("version", Integer, nullable=False),
    Column("agent_name", Text, nullable=False),
    # None follows the newest published version.
    Column("agent_version", Integer),
    Column("status", Text, nullable=False, server_default=text("'draft'")),
    # Who or what paused it: user | breaker | budget | compliance.
    Column("status_reason", Text),
    moment("start_at"),
    moment("end_at"),
    Column("concurrency", Integer, nullable=False),
    Column("weight", Integer, nullable=False, server_default=text("1")),
    # Pace by GCRA: one attempt each `emission`, `burst` at once; `tat` is machine time.
    Column("emission", Interval, nullable=False, server_default=text("interval '0'")),
    Column("burst", Integer, nullable=False, server_default=text("1")),
    moment("tat"),
    moment("served_at"),  # machine time; least recently served goes first
    # Places that went by priority since the last that went by age (outreach/turns.py).
    Column("passed_over", SmallInteger, nullable=False, server_default=text("0")),
    # Nothing is claimed before this business time, because of `held_reason` (daily_budget).
    moment("held_until"),
    Column("held_reason", Text),
    moment("created_at", required=True),
    moment("launched_at"),
    moment("ended_at"),
    one_of(
        "status",
        ("draft", "scheduled", "running", "paused", "completed", "cancelled", "archived"),
    ),
    # Claiming updates these rows all the time: room on the page keeps such updates off the indexes.
    postgresql_with={"fillfactor": 20},
)

# An edit, or a pause that is over: planned attempts are looked at anew, batch by batch.
replanning_jobs = Table(
    "replanning_jobs",
    metadata,
    Column("campaign_id", Uuid, ForeignKey("campaigns.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("from_version", Integer, nullable=False),
    Column("to_version", Integer, nullable=False),
    # The moment for which the changes were shown; they are decided for it.
    moment("as_of", required=True),
    Column("asked_by", Text, nullable=False),
    moment("asked_at", required=True),
    # The last lead that was looked at; leads go by their ids.
    Column("position", Uuid),
    json_object("counts"),
    moment("done_at"),
    one_of("reason", ("edited", "resumed")),
    Index("replanning_jobs_open", "as_of", postgresql_where=text("done_at IS NULL")),
)

senders = Table(
    "senders",
    metadata,
    own_id(),
    Column("channel", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("address", Text, nullable=False),  # E.164
    Column("simulated", Boolean, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'active'")),
    Column("status_reason", Text),
    moment("recheck_at"),
    # How often it was given to an attempt on that day of `limits.day_zone`.
    Column("used_on", Date),
    Column("used_today", Integer, nullable=False, server_default=text("0")),
    # What is counted of its answers begins here (business time); None: with its first call.
    moment("active_since"),
    Column("emission", Interval, nullable=False, server_default=text("interval '1 second'")),
    Column("burst", Integer, nullable=False, server_default=text("1")),
    moment("tat"),  # machine time
    UniqueConstraint("channel", "provider", "address"),
    one_of("channel", ChannelName),
    one_of("status", ("active", "parked", "stopped")),
    postgresql_with={"fillfactor": 20},
)
