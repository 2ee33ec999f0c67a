"""WhatsApp conversations and every message in them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from storage.tables.base import json_object, metadata, moment, one_of, own_id, to

conversations = Table(
    "conversations",
    metadata,
    own_id(),
    to("sender_id", "senders.id"),
    to("contact_id", "contacts.id", cascade=True),
    Column("phone", Text, nullable=False),  # E.164
    # The lead it speaks for now.
    to("lead_id", "leads.id", required=False, cascade=True),
    Column("handler", Text, nullable=False, server_default=text("'agent'")),
    Column("assignee", Text),
    # When the agent speaks again by itself; only while a person handles it.
    moment("returns_at"),
    # Nobody wants to see it before, unless the person writes.
    moment("snoozed_until"),
    moment("window_expires_at"),
    # A reply is due work like an attempt: leased, and fenced by the last inbound message.
    moment("reply_due_at"),
    Column("reply_claimed_by", Uuid),
    moment("reply_lease_until"),  # machine time
    Column("reply_tries", SmallInteger, nullable=False, server_default=text("0")),
    moment("no_reply_due_at"),
    # When the conversation has paused long enough to be read.
    moment("read_due_at"),
    Column("last_inbound_id", Uuid),
    moment("last_inbound_at"),
    moment("last_outbound_at"),
    Column("reading_state", Text, nullable=False, server_default=text("'none'")),
    moment("created_at", required=True),
    Column("closed", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("sender_id", "phone"),
    one_of("handler", ("agent", "human")),
    one_of("reading_state", ("none", "due", "running", "done", "failed")),
    Index("conversations_reply", "reply_due_at", postgresql_where=text("reply_due_at IS NOT NULL")),
    Index(
        "conversations_no_reply",
        "no_reply_due_at",
        postgresql_where=text("no_reply_due_at IS NOT NULL"),
    ),
    Index("conversations_read", "read_due_at", postgresql_where=text("read_due_at IS NOT NULL")),
    Index("conversations_returns", "returns_at", postgresql_where=text("returns_at IS NOT NULL")),
    Index(
        "conversations_snoozed",
        "snoozed_until",
        postgresql_where=text("snoozed_until IS NOT NULL"),
    ),
    Index(
        "conversations_inbox",
        "last_inbound_at",
        "id",
        postgresql_where=text("last_inbound_at IS NOT NULL"),
    ),
    Index("conversations_human", "assignee", postgresql_where=text("handler = 'human'")),
    Index("conversations_lead", "lead_id"),
    Index("conversations_contact", "contact_id"),
)

messages = Table(
    "messages",
    metadata,
    own_id(),
    to("conversation_id", "conversations.id", cascade=True),
    # Set where the message is the one an attempt stands for.
    to("attempt_id", "attempts.id", required=False, cascade=True),
    Column("direction", Text, nullable=False),
    Column("author", Text, nullable=False),  # person | agent | user:ID
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False, server_default=text("''")),
    Column("button", Text),
    Column("template_name", Text),
    Column("template_version", Integer),
    # What stands in the template's places, by their numbers.
    json_object("variables"),
    # Which inbound message this answers; one answer each.
    to("answers_id", "messages.id", required=False),
    Column("state", Text, nullable=False),
    moment("lease_until"),  # machine time
    Column("provider_ref", Text, unique=True),
    Column("provider_status", Text),
    Column("provider_rank", SmallInteger, nullable=False, server_default=text("0")),
    Column("error_code", Text),
    json_object("inquiry"),
    moment("created_at", required=True),
    moment("sent_at"),
    Column("cost_micros", BigInteger),
    Column("cost_currency", Text),
    Column("simulated", Boolean, nullable=False, server_default=text("false")),
    one_of("direction", ("in", "out")),
    one_of("kind", ("template", "text", "button", "media", "other")),
    one_of(
        "state",
        ("received", "composed", "sending", "sent", "failed", "unsure", "cancelled"),
    ),
    Index("messages_conversation", "conversation_id", "created_at", "id"),
    Index(
        "messages_one_sending",
        "conversation_id",
        unique=True,
        postgresql_where=text("state IN ('sending', 'unsure')"),
    ),
    Index(
        "messages_one_answer",
        "answers_id",
        unique=True,
        postgresql_where=text("answers_id IS NOT NULL AND state <> 'cancelled'"),
    ),
    Index("messages_composed", "id", postgresql_where=text("state = 'composed'")),
    Index("messages_lease", "lease_until", postgresql_where=text("state = 'sending'")),
    Index("messages_unsure", "id", postgresql_where=text("state = 'unsure'")),
    Index("messages_attempt", "attempt_id", postgresql_where=text("attempt_id IS NOT NULL")),
)
