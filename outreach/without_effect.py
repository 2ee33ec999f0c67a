"""What a campaign's document says and nothing obeys, in sentences for its author."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from outreach.campaign import Campaign
from outreach.fields import FieldSpec, FieldType
from outreach.follow_up_rules import Rule
from outreach.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class InVain:
    """One thing that a document asks for in vain."""

    path: tuple[str | int, ...]
    """Where it stands in the document."""
    said: str


def without_effect(
    campaign: Campaign, extraction: Sequence[FieldSpec] | None = None
) -> tuple[InVain, ...]:
    """What the rules ask for in vain, in their order; empty where all of it counts.

    `extraction` is what the campaign's agent reads from conversations; None: nobody knows.
    """
    # Rules that the author did not write are not the author's mistake.
    if "rules" not in campaign.model_fields_set:
        return ()
    found: list[InVain] = []
    for place, rule in enumerate(campaign.rules):
        found += _not_obeyed(rule, ("rules", place))
        if extraction is not None:
            found += _never_read(rule, ("rules", place), extraction)
    return tuple(found)


def _not_obeyed(rule: Rule, path: tuple[str | int, ...]) -> Iterator[InVain]:
    when, then = rule.when, rule.then
    goes_on = then.retry or then.channel or then.schedule_at or then.else_channel
    if Outcome.MEETING_BOOKED in when.outcome and goes_on:
        yield InVain(
            path=(*path, "then"),
            said=f"rule {rule.id}: nothing is planned after a booked meeting; it always stops.",
        )


def _never_read(
    rule: Rule, path: tuple[str | int, ...], extraction: Sequence[FieldSpec]
) -> Iterator[InVain]:
    """Fields and values that no conversation can give."""
    known = {field.key: field for field in extraction}
    for key, value in rule.when.extraction.items():
        here = (*path, "when", "extraction", key)
        if key not in known:
            yield InVain(
                path=here,
                said=f"rule {rule.id}: the agent extracts no {key}, so the rule never applies."
                f" {_instead(key, known)}",
            )
        elif not _possible(known[key], value):
            yield InVain(
                path=here,
                said=f"rule {rule.id}: {key} is never {_written(value)}, so the rule never"
                f" applies. {_values(known[key])}",
            )
    wanted = rule.then.schedule_at
    if wanted is not None and wanted not in known:
        yield InVain(
            path=(*path, "then", "schedule_at"),
            said=f"rule {rule.id}: the agent extracts no {wanted}, so this always plans for the"
            f" next day. {_instead(wanted, known)}",
        )


def _instead(key: str, known: dict[str, FieldSpec]) -> str:
    nearest = get_close_matches(key, known, n=1)
    if nearest:
        return f"Did you mean {nearest[0]}?"
    if not known:
        return "Add it to the agent's `extraction`."
    return f"Add it to the agent's `extraction`, or use one of {', '.join(known)}."


def _possible(field: FieldSpec, value: object) -> bool:
    match field.type:
        case FieldType.CHOICE:
            return str(value).strip().casefold() in {one.casefold() for one in field.choices}
        case FieldType.BOOLEAN:
            return isinstance(value, bool)
        case FieldType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case FieldType.TEXT | FieldType.DATETIME:
            return isinstance(value, str)


def _values(field: FieldSpec) -> str:
    match field.type:
        case FieldType.CHOICE:
            return f"Its values are {', '.join(field.choices)}."
        case FieldType.BOOLEAN:
            return "Its values are true and false."
        case FieldType.NUMBER:
            return "Its values are numbers."
        case FieldType.TEXT | FieldType.DATETIME:
            return "Its values are texts: put it in quotes."


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
