"""Which names a text may use, and whether it keeps to them."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from outreach.message_template import BadTemplate, Template, parse

LEAD_VARIABLES: Final = frozenset(
    {
        "first_name",
        "last_name",
        "email",
        "company",
        "title",
        "country",
        "time_zone",
        "language",
        "phone",
        "owner",
    }
)
"""Reserved columns of a list that a text may say; a campaign adds its own fields."""

CONTEXT_VARIABLES: Final = frozenset({"campaign_title", "campaign_goal", "agent_name", "today"})
"""What the engine always knows."""


def checked(text: str) -> Template:
    """Read a template inside a document.

    Raises:
        ValueError: with line and column within the text.
    """
    template = parse(text)
    if isinstance(template, BadTemplate):
        raise ValueError(f"line {template.line}, column {template.column}: {template.message}")
    return template


def unknown(texts: Iterable[str], field_keys: Iterable[str]) -> dict[str, str | None]:
    """Names that nobody can fill, each with the nearest name that exists (or None).

    The texts have passed `checked`; `field_keys` are the campaign's own fields.
    """
    names = LEAD_VARIABLES | CONTEXT_VARIABLES | frozenset(field_keys)
    used = {name for text in texts for name in checked(text).variables}
    return {
        name: next(iter(get_close_matches(name, sorted(names), n=1)), None)
        for name in sorted(used - names)
    }
