"""The clock, the operator's stop, the processes and what they did last."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    Interval,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.tables.base import json_object, metadata, moment, own_id

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
