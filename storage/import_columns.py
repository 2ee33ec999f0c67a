"""What a staged row of an import holds. The process that parses reads this and no more of us."""

from typing import Final

COLUMNS: Final = (
    ("row_number", "int"),
    ("repeats", "boolean"),
    ("lead_id", "uuid"),
    ("new_contact_id", "uuid"),
    ("attempt_id", "uuid"),
    ("consent_id", "uuid"),
    ("phone", "text"),
    ("whatsapp", "text"),
    ("email", "text"),
    ("first_name", "text"),
    ("last_name", "text"),
    ("company", "text"),
    ("title", "text"),
    ("country", "text"),
    ("language", "text"),
    ("stated_zone", "text"),
    ("zones", "text[]"),
    ("phone_zones", "text[]"),
    ("whatsapp_zones", "text[]"),
    ("fields", "jsonb"),
    ("not_before", "timestamptz"),
    ("owner", "text"),
    ("search", "text"),
    ("basis", "text"),
    ("proof", "text"),
    ("source", "text"),
    ("given_at", "timestamptz"),
    ("is_enough", "boolean"),  # whether this basis is all that the law asks for
    ("written_by", "text"),  # rules that ask for it in writing; null: it need not be
    ("channel", "text"),
    ("address", "text"),
    ("due_at", "timestamptz"),
    ("window_end_at", "timestamptz"),
    ("moved_by", "text"),
    ("reason", "text"),
    ("recheck_at", "timestamptz"),
    ("missing", "text"),
    ("skipped", "jsonb"),
)
"""What a staged row holds, in the order of its cells."""
