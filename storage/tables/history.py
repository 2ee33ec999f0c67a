"""Events (append-only), the inbox of webhooks, rejections and counts."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.tables.base import TransactionId, json_object, metadata, moment, one_of

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    # xid8: readers go by (tx, seq) and stop before the oldest running transaction.
    Column("tx", TransactionId, nullable=False, server_default=text("pg_current_xact_id()")),
    moment("at", required=True),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("campaign_id", Uuid),
    Column("lead_id", Uuid),
    Column("contact_id", Uuid),
    Column("company_id", Uuid),
    Column("attempt_id", Uuid),
    # Codes, ids, numbers and reasons; never a name, an address, a phone or what somebody said.
    json_object("data"),
    # In the order of writing; `at` is there because a key of parts has to hold what parts them.
    PrimaryKeyConstraint("tx", "seq", "at"),
    Index("events_lead", "lead_id", "at"),
    # What happened to the campaign itself; what happened to its leads is read by way of them.
    Index("events_campaign", "campaign_id", "at", postgresql_where=text("lead_id IS NULL")),
    # What a person allowed or forbade is of no lead, and stands in the history of each of theirs.
    Index("events_contact", "contact_id", "at", postgresql_where=text("lead_id IS NULL")),
    Index("events_company", "company_id", "at", postgresql_where=text("company_id IS NOT NULL")),
    postgresql_partition_by="RANGE (at)",
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Uuid, nullable=False),
    # The month it came in; the key is asked for in this month and the one before.
    Column("month", Date, nullable=False),
    Column("source", Text, nullable=False),
    # The provider's idempotency token, or the facts that make a delivery itself.
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    moment("received_at", required=True),
    # pending | applied | failed | unmatched
    Column("status", Text, nullable=False),
    Column("problem", Text),
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    moment("retry_at"),  # machine time
    PrimaryKeyConstraint("month", "id"),
    UniqueConstraint("month", "source", "key"),
    one_of("status", ("pending", "applied", "failed", "unmatched")),
    Index("inbox_retry", "retry_at", postgresql_where=text("status = 'pending'")),
    Index("inbox_failed", "received_at", postgresql_where=text("status = 'failed'")),
    # Calls of other platforms that belong to no attempt yet.
    Index(
        "inbox_unmatched",
        "received_at",
        postgresql_where=text("status = 'unmatched' AND kind = 'call_delivered'"),
    ),
    postgresql_partition_by="RANGE (month)",
)

# A bounded list of what was turned away at the door: no body, no secret.
webhook_rejections = Table(
    "webhook_rejections",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    moment("at", required=True),
    Column("path", Text, nullable=False),
    Column("expected_url", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False, server_default=text("0")),
)

tallies = Table(
    "tallies",
    metadata,
    Column("campaign_id", Uuid, nullable=False),
    moment("hour", required=True),
    Column("kind", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("campaign_id", "hour", "kind"),
)
