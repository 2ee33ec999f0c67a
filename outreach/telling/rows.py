"""Why rows of a list were not taken, as one says it of many."""

from collections.abc import Mapping
from typing import Final

from outreach.telling.codes import readable

ROWS: Final[Mapping[str, str]] = {
    "phone_missing": "without a phone number",
    "phone_not_e164": "with a phone number that lacks + and the country's code",
    "phone_invalid": "with a phone number that no phone can have",
    "too_few_cells": "with fewer cells than the header",
    "too_many_cells": "with more cells than the header",
    "cell_too_long": "with a cell that is too long",
    "control_character": "with a character that no text has",
    "unknown_time_zone": "with a time zone that is none",
    "bad_country": "with a country that is no two-letter code",
    "bad_email": "with an e-mail address that is none",
    "bad_not_before": "with a not_before that is no time with its offset",
    "bad_consent_at": "with a consent_at that is no time with its offset",
    "bad_whatsapp": "with a WhatsApp number that cannot be used",
    "field_missing": "without a value that the campaign requires",
    "bad_field": "with a value that does not fit its field",
    "row_unreadable": "that cannot be cut into cells",
    "row_damaged": "with bytes that are no text",
    "duplicate_in_file": "with the number of an earlier row of the same file",
    "already_in_campaign": "that the campaign has already",
    "erased": "of a person who was erased",
}


def rows(code: str) -> str:
    """What is wrong with them, as the end of "12 rows …"."""
    return ROWS.get(code, f"refused: {readable(code)}")
