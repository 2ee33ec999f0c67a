"""What was understood from conversations, and what people noted: readings, tasks, touchpoints."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from storage.tables.base import json_object, metadata, moment, one_of, own_id, to

readings = Table(
    "readings",
    metadata,
    own_id(),
    to("call_id", "calls.id", required=False, cascade=True),
    to("conversation_id", "conversations.id", required=False, cascade=True),
    to("attempt_id", "attempts.id", required=False, cascade=True),
    to("lead_id", "leads.id", required=False, cascade=True),
    # reader | provider | person
    Column("made_by", Text, nullable=False),
    Column("outcome", Text),
    Column("evidence_turn", Integer),
    Column("evidence_message_id", Uuid),
    Column("quote", Text),
    Column("summary", Text),
    Column("next_step", Text),
    Column("model", Text),
    # Claims that did not hold and why, for a person to look at.
    json_object("unsupported"),
    json_object("usage"),
    moment("created_at", required=True),
    Index("readings_call", "call_id"),
    Index("readings_conversation", "conversation_id"),
    Index("readings_lead", "lead_id", "created_at"),
)

extractions = Table(
    "extractions",
    metadata,
    own_id(),
    to("reading_id", "readings.id", cascade=True),
    to("lead_id", "leads.id", required=False, cascade=True),
    Column("field", Text, nullable=False),
    # JSON null is "unknown".
    Column("value", JSONB),
    Column("evidence_turn", Integer),
    Column("evidence_message_id", Uuid),
    Column("quote", Text),
    Column("status", Text, nullable=False, server_default=text("'read'")),
    Column("changed_by", Text),
    moment("created_at", required=True),
    UniqueConstraint("reading_id", "field"),
    # said: by the provider; no rule sees it.
    one_of("status", ("read", "unknown", "confirmed", "corrected", "said")),
    Index("extractions_lead", "lead_id", "field"),
)

tasks = Table(
    "tasks",
    metadata,
    own_id(),
    to("lead_id", "leads.id", required=False, cascade=True),
    to("contact_id", "contacts.id", required=False, cascade=True),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("assignee", Text),
    moment("due_at"),
    moment("done_at"),
    Column("done_by", Text),
    Column("created_by", Text, nullable=False),
    moment("created_at", required=True),
    Index("tasks_open", "due_at", postgresql_where=text("done_at IS NULL")),
    Index("tasks_lead", "lead_id"),
)

notes = Table(
    "notes",
    metadata,
    own_id(),
    to("lead_id", "leads.id", required=False, cascade=True),
    to("contact_id", "contacts.id", required=False, cascade=True),
    to("company_id", "companies.id", required=False, cascade=True),
    Column("author", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    moment("created_at", required=True),
    moment("updated_at"),
    Index("notes_lead", "lead_id"),
    Index("notes_company", "company_id"),
)

touchpoints = Table(
    "touchpoints",
    metadata,
    own_id(),
    to("company_id", "companies.id", required=False, cascade=True),
    to("contact_id", "contacts.id", required=False, cascade=True),
    to("lead_id", "leads.id", required=False, cascade=True),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("attention_ratio", Integer),  # thousandths
    Column("depth", Integer),  # thousandths
    Column("score", SmallInteger),  # None: noise, kept and hidden
    moment("occurred_at", required=True),
    # What it was made from; the same source makes one touchpoint.
    Column("source_ref", Text, nullable=False, unique=True),
    json_object("data"),
    Index("touchpoints_company", "company_id", "occurred_at"),
    Index("touchpoints_contact", "contact_id", "occurred_at"),
    # Of somebody whom nobody knows yet.
    Index("touchpoints_unknown", "occurred_at", postgresql_where=text("contact_id IS NULL")),
)

# How good each lead is. Not in its row, which is locked by whoever works it.
lead_qualities = Table(
    "lead_qualities",
    metadata,
    to("lead_id", "leads.id", cascade=True),
    # 0 to 100; null: they are suppressed, and it means nothing.
    Column("total", SmallInteger),
    Column("parts", JSONB, nullable=False),
    PrimaryKeyConstraint("lead_id"),
)

# What a company's brief said, version by version; each claim with its sources.
briefs = Table(
    "briefs",
    metadata,
    to("company_id", "companies.id", cascade=True),
    Column("version", Integer, nullable=False),
    Column("sections", JSONB, nullable=False),
    # stage | touchpoint | reading | field | person | asked
    Column("why", Text, nullable=False),
    moment("created_at", required=True),
    PrimaryKeyConstraint("company_id", "version"),
)

# Companies whose brief is to be written again, once nothing more has changed for a while.
brief_orders = Table(
    "brief_orders",
    metadata,
    to("company_id", "companies.id", cascade=True),
    # The first change that it does not know.
    moment("since", required=True),
    moment("due_at", required=True),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("company_id"),
    Index("brief_orders_due", "due_at"),
)

trigger_firings = Table(
    "trigger_firings",
    metadata,
    own_id(),
    Column("trigger", Text, nullable=False),
    Column("version", Integer, nullable=False),
    to("company_id", "companies.id", cascade=True),
    # stage | touchpoint | attention | silence
    Column("cause", Text, nullable=False),
    Column("cause_ref", Text, nullable=False),
    Column("touchpoint_id", Uuid),
    Column("state", Text, nullable=False),
    json_object("result"),
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    moment("fired_at", required=True),
    moment("done_at"),
    one_of("state", ("due", "done", "failed")),
    # The same cause sets the same trigger off once.
    UniqueConstraint("company_id", "trigger", "cause_ref"),
    Index("trigger_firings_due", "fired_at", postgresql_where=text("state = 'due'")),
)
