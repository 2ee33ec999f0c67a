"""Webhooks out: who is told what, and every delivery until it arrived or was given up."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.tables.base import metadata, moment, one_of, own_id, to

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    own_id(),
    Column("url", Text, nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    # Signs what is sent, so it is kept as it is.
    Column("secret", Text, nullable=False),
    moment("created_at", required=True),
    Column("created_by", Text, nullable=False),
    # How far the events were looked through for it, in reading order.
    Column("told_tx", BigInteger, nullable=False),
    Column("told_seq", BigInteger, nullable=False),
    # Failures in a row, since when, and until when it is left alone: machine time.
    Column("failures", SmallInteger, nullable=False, server_default=text("0")),
    moment("failing_since"),
    moment("retry_at"),
    # Somebody sends until then: machine time.
    moment("lease_until"),
    moment("disabled_at"),
    Column("disabled_reason", Text),
)

# All times but the event's are machine time.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    own_id(),
    to("endpoint_id", "webhook_endpoints.id", cascade=True),
    Column("event_seq", BigInteger, nullable=False),
    moment("event_at", required=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    moment("due_at", required=True),
    Column("problem", Text),
    moment("ended_at"),
    UniqueConstraint(
        "endpoint_id", "event_seq", name="webhook_deliveries_endpoint_id_event_seq_key"
    ),
    one_of("state", ("pending", "sent", "dead")),
    Index(
        "webhook_deliveries_due",
        "endpoint_id",
        "due_at",
        postgresql_where=text("state = 'pending'"),
    ),
    Index("webhook_deliveries_dead", "id", postgresql_where=text("state = 'dead'")),
    Index("webhook_deliveries_sent", "ended_at", postgresql_where=text("state = 'sent'")),
)
