"""A WhatsApp template: the only text that may open a conversation there."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from outreach.document import Part, Slug
from outreach.message_template import Missing, render
from outreach.variables import checked

PLACEHOLDER: Final = re.compile(r"\{\{(\d{1,2})\}\}")


class WhatsAppTemplate(Part):
    kind: Literal["template"]
    """What this document is."""
    name: Slug
    """What campaigns call it."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:_[A-Z]{2})?$")] = "en"
    """WhatsApp's tag of its language, such as en or pt_BR."""
    category: Literal["marketing", "utility", "authentication"]
    """As it was approved."""
    content_sid: Annotated[str, Field(pattern=r"^HX[0-9a-fA-F]{32}$")] | None = None
    """Twilio's name for it; None until it is submitted there."""
    body: Annotated[str, Field(min_length=1, max_length=1024)]
    """As approved, with {{1}}, {{2}} … ."""
    variables: dict[str, str] = Field(default_factory=dict)
    """What fills each placeholder: `{"1": "{{ first_name | default: 'there' }}"}`."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that is rendered for a lead."""
        return tuple(self.variables.values())

    @model_validator(mode="after")
    def _each_placeholder_is_filled(self) -> Self:
        used, given = set(PLACEHOLDER.findall(self.body)), set(self.variables)
        if "{{" in PLACEHOLDER.sub("", self.body):
            raise ValueError("the body may only hold numbered places such as {{1}}")
        if missing := sorted(used - given, key=int):
            raise ValueError(f"variables lack {', '.join(missing)}, which the body uses")
        if extra := sorted(given - used):
            raise ValueError(f"variables name {', '.join(extra)}, which the body does not use")
        if used != {str(number) for number in range(1, len(used) + 1)}:
            raise ValueError("places are numbered from 1 without gaps")
        for text in self.texts:
            checked(text)
        return self


def content_variables(
    template: WhatsAppTemplate, values: Mapping[str, str]
) -> dict[str, str] | Missing:
    """What the provider is given for one lead, by number."""
    filled = {number: render(checked(text), values) for number, text in template.variables.items()}
    missing = {name for text in filled.values() if isinstance(text, Missing) for name in text.names}
    if missing:
        return Missing(names=tuple(sorted(missing)))
    # WhatsApp refuses a variable that holds a line break or four blanks in a row.
    return {
        number: " ".join(text.split()) for number, text in filled.items() if isinstance(text, str)
    }


def written_out(template: WhatsAppTemplate, variables: Mapping[str, str]) -> str:
    """The message as the person reads it."""
    return PLACEHOLDER.sub(lambda place: variables[place[1]], template.body)
