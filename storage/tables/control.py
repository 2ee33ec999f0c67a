"""The clock, the operator's stop, the breakers, the processes and what they did last."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from outreach.breaker import State
from storage.tables.base import json_object, metadata, moment, one_of, own_id, to

clock = Table(
    "clock",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    # Business time = clock_timestamp() + shift; zero for ever unless the database is simulated.
    Column("shift", Interval, nullable=False, server_default=text("interval '0'")),
    Column("simulated", Boolean, nullable=False, server_default=text("false")),
)

operator_stop = Table(
    "operator_stop",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", name="one_row"), primary_key=True),
    Column("stopped", Boolean, nullable=False, server_default=text("false")),
    moment("changed_at"),
    Column("changed_by", Text),
)

# What fails and is not used for a while; outreach/breaker.py has the rule. All of it machine time.
breakers = Table(
    "breakers",
    metadata,
    # sender: `name` is its id; provider: `name` is provider/channel.
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    moment("changed_at", required=True),
    moment("until"),
    Column("openings", Integer, nullable=False, server_default=text("0")),
    Column("probes", Integer, nullable=False, server_default=text("0")),
    # What opened it last.
    Column("calls", Integer, nullable=False, server_default=text("0")),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("scope", "name"),
    one_of("scope", ("sender", "provider")),
    one_of("state", State),
)

# How the provider answered our orders, by number and ten seconds; kept for minutes.
provider_answers = Table(
    "provider_answers",
    metadata,
    to("sender_id", "senders.id", cascade=True),
    moment("at", required=True),  # machine time
    Column("calls", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    PrimaryKeyConstraint("sender_id", "at"),
)

processes = Table(
    "processes",
    metadata,
    own_id(),
    Column("roles", ARRAY(Text), nullable=False),
    moment("started_at", required=True),  # machine time
    moment("heartbeat_at", required=True),  # machine time
    Column("media_url", Text),
    Column("internal_url", Text),
    Column("voice_slots", Integer, nullable=False, server_default=text("0")),
    Column("draining", Boolean, nullable=False, server_default=text("false")),
)

duties = Table(
    "duties",
    metadata,
    Column("name", Text, primary_key=True),
    # The period (a day, an hour) for which the duty was last done, in business time.
    moment("done_for"),
    json_object("state"),
)
