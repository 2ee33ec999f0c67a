"""Calls, what was said in them, and their recordings."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.tables.base import json_object, metadata, moment, one_of, own_id, to

calls = Table(
    "calls",
    metadata,
    # An outbound call has the id of its attempt.
    own_id(),
    to("attempt_id", "attempts.id", required=False, cascade=True),
    to("contact_id", "contacts.id", required=False, cascade=True),
    to("lead_id", "leads.id", required=False, cascade=True),
    Column("direction", Text, nullable=False),
    Column("provider_ref", Text, unique=True),
    Column("from_phone", Text, nullable=False),
    Column("to_phone", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'queued'")),
    Column("answered_by", Text),
    # Amd's word beside our own reading of it.
    Column("amd", Text),
    moment("created_at", required=True),
    moment("ringing_at"),
    moment("answered_at"),
    moment("ended_at"),
    Column("duration_s", Integer),
    Column("ended_by", Text),
    # Who hung up by the word of another platform; `ended_by` also says that all has been said.
    Column("hung_up_by", Text),
    moment("message_left_at"),
    moment("disclosed_ai_at"),
    moment("recording_notice_at"),
    json_object("usage"),
    Column("cost_micros", BigInteger),
    Column("cost_currency", Text),
    Column("simulated", Boolean, nullable=False, server_default=text("false")),
    # The reading of the transcript: fence of the side job that makes it.
    Column("reading_state", Text, nullable=False, server_default=text("'none'")),
    one_of("direction", ("outbound", "inbound")),
    one_of("reading_state", ("none", "due", "running", "done", "failed")),
    Index("calls_attempt", "attempt_id"),
    Index("calls_contact", "contact_id", "created_at"),
)

turns = Table(
    "turns",
    metadata,
    to("call_id", "calls.id", cascade=True),
    Column("number", Integer, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("start_ms", Integer, nullable=False),
    Column("end_ms", Integer, nullable=False),
    Column("interrupted", Boolean, nullable=False, server_default=text("false")),
    Column("confidence", SmallInteger),
    Column("latency_ms", Integer),
    PrimaryKeyConstraint("call_id", "number"),
    one_of("speaker", ("person", "agent", "rep")),
)

recordings = Table(
    "recordings",
    metadata,
    own_id(),
    to("call_id", "calls.id", cascade=True),
    # ours | provider
    Column("source", Text, nullable=False),
    Column("provider_ref", Text, unique=True),
    Column("uri", Text),
    Column("channels", SmallInteger),
    Column("duration_ms", Integer),
    Column("bytes", BigInteger),
    Column("sha256", Text),
    Column("peaks", JSONB),
    Column("status", Text, nullable=False),
    Column("problem", Text),
    moment("created_at", required=True),
    moment("retain_until"),
    # When the provider said that its own copy is gone.
    moment("gone_at"),
    Column("legal_hold", Boolean, nullable=False, server_default=text("false")),
    one_of("source", ("ours", "provider")),
    one_of("status", ("running", "due", "fetching", "stored", "absent", "failed", "deleted")),
    Index("recordings_call", "call_id"),
)
