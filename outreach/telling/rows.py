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


ADVICE: Final[Mapping[str, str]] = {
    "phone_missing": "Fill the number in, as +44 20 7946 0123.",
    "phone_not_e164": "Write + and the country's code before it; nothing is guessed.",
    "phone_invalid": "Look for a digit too many or too few.",
    "too_few_cells": "Look for a missing delimiter.",
    "too_many_cells": "Look for a delimiter in a cell without quotes.",
    "cell_too_long": "Shorten the cell, or ignore its column.",
    "unknown_time_zone": "Write a place, such as Europe/London.",
    "bad_country": "Write two letters, such as GB.",
    "bad_email": "Correct or empty it.",
    "field_missing": "Fill it in, or make the field optional in the campaign.",
    "bad_field": "Each row says what is expected.",
    "row_damaged": "Save the list as UTF-8.",
    "duplicate_in_file": "Nothing: the first row with that number counts.",
    "already_in_campaign": "Nothing: they are there already.",
    "erased": "Take them out of your list.",
}


def advice(code: str) -> str:
    """What to do about such rows; empty where each row says it for itself."""
    return ADVICE.get(code, "")
