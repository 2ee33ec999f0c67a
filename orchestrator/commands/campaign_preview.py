"""What `campaign apply` shows before it publishes: what is new, what differs, whom it moves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from orchestrator.commands.output import Output, in_words
from orchestrator.engine.actions.apply import Applied
from orchestrator.engine.actions.apply import in_words as difference_in_words
from orchestrator.engine.edits import Foreseen, Foresight
from outreach.campaign import Campaign
from outreach.documents import Document, Edition
from outreach.telling.codes import channel as in_plain
from outreach.telling.codes import why
from outreach.telling.edits import change, counted, plan_of

COLUMNS: Final = ("lead", "number", "what", "old", "new", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """What people call a lead."""

    name: str
    number: str


def tell_documents(output: Output, editions: Sequence[Edition], applied: Sequence[Applied]) -> None:
    """What publishing them would make of each."""
    for edition, one in zip(editions, applied, strict=True):
        document = edition.document
        if not one.changed:
            output.say(f"{one.kind} {one.name}: version {one.version} says so already.")
        elif one.version == 1:
            output.say(f"{one.kind} {one.name} is new: it would be created as version 1.")
            for line in _new(document):
                output.say(f"  {line}")
        else:
            tell_differences(output, one)


def tell_differences(output: Output, one: Applied) -> None:
    for difference in one.differences:
        output.say(f"{one.kind} {one.name}: {difference_in_words(difference)}")


def tell_moves(output: Output, foresights: Sequence[Foresight], people: Mapping[UUID, Who]) -> None:
    """Before whom the edit of a campaign that has leads moves."""
    for campaign in foresights:
        if not campaign.counts:
            continue
        output.say(f"Leads of {campaign.campaign} with something open:")
        for word, count in sorted(campaign.counts.items(), key=lambda one: -one[1]):
            output.say(f"  {count:>7} {counted(word)}")
        if campaign.first:
            output.rows(COLUMNS, [_row(one, people) for one in campaign.first])


def _new(document: Document) -> Iterator[str]:
    if not isinstance(document, Campaign):
        return
    yield f"{document.title}: a draft, until `outreach campaign launch {document.name}`"
    yield f"agent {document.agent}; {', then '.join(in_plain(s.channel) for s in document.steps)}"
    start, end = document.schedule.start_at, document.schedule.end_at
    begins = in_words(start) if start else "when it is launched"
    yield f"begins {begins}, ends {in_words(end) if end else 'when everybody is done'}"
    yield f"rules: {', '.join(rule.id for rule in document.rules)}"


def _row(one: Foreseen, people: Mapping[UUID, Who]) -> dict[str, object]:
    who = people.get(one.lead_id, Who(name="", number=""))
    return {
        "lead": who.name or "no name",
        "number": who.number,
        "what": change(one.kind),
        "old": plan_of(one.old_due_at, one.old_channel, one.zone),
        "new": plan_of(one.new_due_at, one.new_channel, one.zone),
        "why": why(one.reason),
    }
