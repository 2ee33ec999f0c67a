"""What all sections of the configuration share: they are values, and an unknown key is an error."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(gt=0)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def known_zone(name: str) -> str:
    """The name of a time zone. Raises ValueError for any other word."""
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write one like America/New_York")
    return name
