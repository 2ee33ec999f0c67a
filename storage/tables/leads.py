"""Imports and the leads they made: one contact worked by one campaign."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from outreach.lead import Status, Work
from storage.tables.base import json_object, metadata, moment, of, one_of, own_id, to

imports = Table(
    "imports",
    metadata,
    own_id(),
    to("campaign_id", "campaigns.id", required=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", Text),
    json_object("mapping"),
    # Rows read and committed; a repeated run goes on from here or changes nothing.
    Column("rows_read", Integer, nullable=False, server_default=text("0")),
    json_object("counts"),
    # Of a list that was handed in by a browser: encoding, delimiter, size, consent of the file.
    json_object("options"),
    # Why the last step came to nothing; a sentence.
    Column("problem", Text),
    # uploaded: waits for its columns; checking, checked: a trial that changes nothing; waiting:
    # for a worker that imports it.
    Column("status", Text, nullable=False, server_default=text("'running'")),
    moment("started_at", required=True),
    moment("ended_at"),
    Column("started_by", Text, nullable=False),
    # The last lead whose company was looked for, and whether that is done for all of them.
    Column("sorted_up_to", Uuid),
    Column("is_sorted", Boolean, nullable=False, server_default=text("false")),
    one_of(
        "status",
        ("uploaded", "checking", "checked", "waiting", "running", "done", "failed", "undone"),
    ),
)

# A list that was handed in by a browser, until it is imported or forgotten: any worker reads it.
import_files = Table(
    "import_files",
    metadata,
    to("import_id", "imports.id", cascade=True),
    Column("part", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("import_id", "part"),
)

import_rejections = Table(
    "import_rejections",
    metadata,
    to("import_id", "imports.id", cascade=True),
    Column("row_number", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("suggestion", Text),
    Column("cells", ARRAY(Text), nullable=False),
    # An example of rows that will be taken, kept by a check until the import begins.
    Column("taken", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("import_id", "row_number"),
)

leads = Table(
    "leads",
    metadata,
    own_id(),
    of("campaign_id"),
    of("contact_id"),
    # No foreign key: an import is never deleted, and its row changes while leads come in.
    Column("import_id", Uuid),
    Column("row_number", Integer),
    Column("phone", Text),  # E.164
    Column("whatsapp", Text),  # E.164
    Column("email", Text),
    Column("first_name", Text, nullable=False, server_default=text("''")),
    Column("last_name", Text, nullable=False, server_default=text("''")),
    Column("company", Text),
    Column("title", Text),
    Column("country", Text),
    Column("language", Text),
    # What the row stated; the zones it may be in are `zones`.
    Column("stated_zone", Text),
    Column("zones", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    json_object("fields"),
    moment("not_before"),
    Column("owner", Text),
    Column("status", Text, nullable=False, server_default=text("'new'")),
    # Written by storage.leads.set_work alone, with the change of attempt or conversation.
    Column("work", Text, nullable=False),
    Column("work_reason", Text),
    moment("recheck_at"),
    # A person took it out of the campaign: removed | moved | erased. Nothing is planned for it
    # any more; who was erased has no number and no address.
    Column("closed_reason", Text),
    Column("priority", SmallInteger, nullable=False, server_default=text("0")),
    # ' ' || lower-case tokens || phone suffixes, built by storage.search.
    Column("search", Text, nullable=False, server_default=text("''")),
    moment("created_at", required=True),
    moment("updated_at", required=True),
    one_of("status", Status),
    one_of("work", Work),
    CheckConstraint(
        "phone IS NOT NULL OR whatsapp IS NOT NULL OR email IS NOT NULL"
        " OR closed_reason = 'erased'",
        name="point",
    ),
    Index("leads_campaign", "campaign_id", "id"),
    Index("leads_campaign_status", "campaign_id", "status", "id"),
    Index("leads_contact", "contact_id"),
    # The leads of an import lie side by side, and later imports have higher ids.
    Index("leads_import", "import_id", postgresql_using="brin"),
    Index(
        "leads_campaign_phone",
        "campaign_id",
        "phone",
        unique=True,
        postgresql_where=text("phone IS NOT NULL"),
    ),
    Index(
        "leads_campaign_whatsapp",
        "campaign_id",
        "whatsapp",
        unique=True,
        postgresql_where=text("phone IS NULL AND whatsapp IS NOT NULL"),
    ),
    Index("leads_recheck", "recheck_at", postgresql_where=text("recheck_at IS NOT NULL")),
    Index("leads_work", "campaign_id", "work", "work_reason"),
    Index("leads_search", text("lead_words(search)"), postgresql_using="gin"),
)
