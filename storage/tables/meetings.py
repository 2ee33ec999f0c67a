"""Meetings that were booked with a colleague."""

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, text

from storage.tables.base import metadata, moment, own_id, to

meetings = Table(
    "meetings",
    metadata,
    own_id(),
    to("lead_id", "leads.id", cascade=True),
    to("contact_id", "contacts.id", cascade=True),
    # The conversation in which it was agreed: call:ID | conversation:ID.
    Column("source", Text, nullable=False),
    moment("starts_at", required=True),
    moment("ends_at", required=True),
    Column("booked_by", Text, nullable=False),
    moment("booked_at", required=True),
    moment("cancelled_at"),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    Index("meetings_lead", "lead_id"),
    Index("meetings_time", "starts_at", postgresql_where=text("cancelled_at IS NULL")),
)
