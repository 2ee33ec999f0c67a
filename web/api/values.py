"""The kinds of values that the API takes and gives."""

import hashlib
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from outreach.document import Slug
from storage.lead_rows import LARGEST_PAGE, PAGE

PRINTED: Final = r"^[^\x00]*$"
"""A null character is no text to the database."""

Text = Annotated[str, StringConstraints(max_length=4000, pattern=PRINTED)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Name = Slug
Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many at most.")]
After = Annotated[
    str | None, Field(max_length=200, pattern=PRINTED, description="`after` of the page before.")
]
DEFAULT_LIMIT: Final = PAGE


class Given(BaseModel):
    """What a program sends; a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What a program gets, read from what is stored."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def etag_of(shown: Shown) -> str:
    """Changes with anything that is shown."""
    return f'"{hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]}"'
