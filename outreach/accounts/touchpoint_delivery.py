"""What a website, a mailing or another source tells of people: the one schema that we publish."""

import json
from typing import Annotated, Final

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from outreach import schema_words
from outreach.accounts.touchpoint import (
    COMPLETED,
    EXPECTED_S,
    Act,
    Origin,
    ratio_of_time,
    ratio_of_words,
)
from outreach.call_mapping import NotADelivery
from outreach.phone import BadPhone, parse_phone

MOST_EVENTS: Final = 500
LONGEST_PATH: Final = 200

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Part(BaseModel):
    """Keys that we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class TouchpointEvent(Part):
    """One thing that somebody did."""

    id: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The source's own id of it; the same id again is the same event."
    )
    at: AwareDatetime = Field(description="When it began, with its offset.")
    act: Act = Field(description="What was done.")
    origin: Origin = Field(Origin.DIRECT, description="By which way they came to it.")
    seconds: float | None = Field(
        None, ge=0, le=86_400, description="How long they attended; of pages and content."
    )
    expected_s: float | None = Field(
        None, gt=0, le=86_400, description="How long it takes; none: as usual for this act."
    )
    words: int | None = Field(
        None, ge=0, le=100_000, description="How many they wrote; of an answer by e-mail."
    )
    topic: Annotated[str, Field(max_length=50)] | None = Field(
        None, description="`pricing` and `how_to` move a journey; others are kept."
    )
    title: Text | None = Field(None, description="What it was, for people.")
    url: Text | None = Field(None, description="Where it was, for people.")
    email: Annotated[str, Field(max_length=320)] | None = Field(
        None, description="Of who did it, where that is known."
    )
    phone: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="Likewise, as +15551234567."
    )
    domain: Annotated[str, Field(max_length=253)] | None = Field(
        None, description="Of the company that they belong to."
    )
    taken_back: bool = Field(
        False, description="It did not hold: the meeting was cancelled, say. Send it again so."
    )

    @property
    def ratio(self) -> int:
        """Attention beside what is expected, in thousandths; 0 where nothing was measured."""
        if self.act is Act.EMAIL_REPLY and self.words is not None:
            return ratio_of_words(self.words)
        if self.seconds is not None:
            expected = self.expected_s or EXPECTED_S.get(self.act, 60)
            return min(ratio_of_time(self.seconds, expected), 1_000_000)
        return 1000 if self.act in COMPLETED else 0

    @property
    def points(self) -> dict[str, str]:
        """By kind, the address in lower case and the number as E.164; who cannot be is left out."""
        found: dict[str, str] = {}
        if self.email and "@" in self.email:
            found["email"] = self.email.strip().lower()
        if self.phone:
            phone = parse_phone(self.phone)
            if not isinstance(phone, BadPhone):
                found["phone"] = phone.e164
        return found

    def domain_beside(self, points: dict[str, str]) -> str | None:
        """The company's, as it was said, else that of the address; lower case, without www."""
        said = self.domain or points.get("email", "").partition("@")[2]
        return said.strip().lower().removeprefix("www.").rstrip(".") or None

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        """What was said alone: half of the keys stay empty as a rule."""
        return {name: value for name, value in handler(self).items() if value is not None}


class TouchpointDelivery(Part):
    """What happened, in any order and as often as you like."""

    events: tuple[TouchpointEvent, ...] = Field(
        min_length=1, max_length=MOST_EVENTS, description="At most 500 at a time."
    )


def read_touchpoints(body: object) -> TouchpointDelivery:
    """Check a message: all of it, or nothing. Raises NotADelivery."""
    try:
        return TouchpointDelivery.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = (".".join(str(part) for part in first["loc"]) or "events")[:LONGEST_PATH]
        raise NotADelivery(
            where, schema_words.sentence(first), schema_words.fix(first, where)
        ) from error


def schema_text() -> str:
    """The JSON Schema of a message."""
    return json.dumps(TouchpointDelivery.model_json_schema(), indent=2, ensure_ascii=False)
