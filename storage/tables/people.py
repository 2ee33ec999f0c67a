"""Companies, contacts, how they are reached, what they allowed and what they forbade."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.tables.base import json_object, metadata, moment, of, one_of, own_id, to

companies = Table(
    "companies",
    metadata,
    own_id(),
    Column("name", Text, nullable=False),
    # The name as it is known again (outreach/accounts/company_identity.py); empty says nothing.
    Column("name_key", Text, nullable=False, server_default=text("''")),
    Column("domains", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # field -> {value, source, at, by}
    json_object("profile"),
    Column("fit_label", Text, nullable=False, server_default=text("'unknown'")),
    Column("fit_score", SmallInteger),
    json_object("fit"),
    Column("journey_stage", Text, nullable=False, server_default=text("'target'")),
    Column("journey_score", SmallInteger, nullable=False, server_default=text("0")),
    Column("needs_attention", Boolean, nullable=False, server_default=text("false")),
    Column("owner", Text),
    moment("created_at", required=True),
    moment("updated_at", required=True),
    Index("companies_domains", "domains", postgresql_using="gin"),
    Index("companies_name_key", "name_key"),
)

contacts = Table(
    "contacts",
    metadata,
    own_id(),
    to("company_id", "companies.id", required=False),
    Column("first_name", Text, nullable=False, server_default=text("''")),
    Column("last_name", Text, nullable=False, server_default=text("''")),
    Column("title", Text),
    Column("seniority", Text),
    Column("department", Text),
    Column("buying_role", Text, nullable=False, server_default=text("'unknown'")),
    Column("language", Text),
    Column("time_zone", Text),
    Column("country", Text),
    Column("source", Text, nullable=False),
    moment("created_at", required=True),
    # Held by law since then: nothing of theirs is taken away.
    moment("held_at"),
    Index("contacts_company", "company_id", postgresql_where=text("company_id IS NOT NULL")),
)

contact_points = Table(
    "contact_points",
    metadata,
    of("contact_id"),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),  # E.164, user id, or lower-case address
    Column("status", Text, nullable=False, server_default=text("'unverified'")),
    Column("line_type", Text),
    # Candidate zones by the number alone; empty where it says nothing.
    Column("zones", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    moment("created_at", required=True),
    # The number first: who looks one up seldom cares which of its kinds is meant.
    PrimaryKeyConstraint("value", "kind"),
    one_of("kind", ("phone", "whatsapp", "email", "linkedin")),
    one_of("status", ("unverified", "valid", "invalid", "bounced", "not_on_whatsapp")),
    Index("contact_points_contact", "contact_id"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Uuid, nullable=False),
    # Append-only: a withdrawal is a row of its own with state `revoked`; the newest row counts.
    of("contact_id"),
    Column("state", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # `any` or a campaign's purpose
    Column("channel", Text, nullable=False),  # `any` or a channel
    Column("basis", Text, nullable=False),
    Column("wording", Text),
    Column("proof", Text),
    Column("source", Text, nullable=False),
    moment("given_at"),
    moment("recorded_at", required=True),
    Column("recorded_by", Text, nullable=False),
    # No foreign key: an import is never deleted, and its row changes while leads come in.
    Column("import_id", Uuid),
    one_of("state", ("granted", "revoked")),
    # Asked for by the person alone: what they said, the newest first.
    PrimaryKeyConstraint("contact_id", "recorded_at", "id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    own_id(),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    # `all`, or a channel.
    Column("scope", Text, nullable=False, server_default=text("'all'")),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    to("campaign_id", "campaigns.id", required=False),  # None holds everywhere
    moment("created_at", required=True),
    Column("created_by", Text, nullable=False),
    moment("lifted_at"),
    Column("lifted_by", Text),
    # erased: the value is a mark (outreach/marks.py) of a number or address.
    one_of("kind", ("phone", "email", "company", "country", "erased")),
    # Asked in every gate: one probe per person.
    Index(
        "suppressions_active",
        "kind",
        "value",
        "scope",
        text("coalesce(campaign_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
        unique=True,
        postgresql_where=text("lifted_at IS NULL"),
    ),
)

do_not_call_lists = Table(
    "do_not_call_lists",
    metadata,
    own_id(),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("numbers", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # the file's name
    moment("imported_at", required=True),
    Column("imported_by", Text, nullable=False),
    # A newer version took its place, or it was dropped; its numbers are gone.
    moment("replaced_at"),
    Index(
        "do_not_call_lists_current",
        "name",
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
    ),
)

do_not_call_numbers = Table(
    "do_not_call_numbers",
    metadata,
    # Ten thousand neighbours are one row: the digits of E.164 but the last four, and those four
    # of each number that is on the list. Two bytes a number where a list is dense.
    Column("block", BigInteger, nullable=False),
    # No foreign key: a million rows are written at once, by whoever has just written the list.
    Column("list_id", Uuid, nullable=False),
    Column("ends", ARRAY(SmallInteger), nullable=False),
    PrimaryKeyConstraint("block", "list_id"),
)

# What somebody else said about a number before it was dialled; a duty lets go of old answers.
pre_dial_answers = Table(
    "pre_dial_answers",
    metadata,
    Column("phone", Text, primary_key=True),
    Column("allowed", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    moment("asked_at", required=True),
)
