"""What the law says about one lead, in sentences: where, by which rules, until when."""

from collections.abc import Iterator

from orchestrator.engine.legality import Legality
from outreach.law.explaining import bound_by, located
from outreach.telling.setting import Setting


def law_in_words(found: Legality, setting: Setting) -> Iterator[str]:
    """For a person; the first sentence says whether now is a time."""
    now = found.now
    if now.open_until is not None:
        yield f"May be contacted now, until {setting.local(now.open_until)}."
    elif now.opens_at is not None and now.opens_at > now.at:
        yield f"May not be contacted now; hours open {setting.local(now.opens_at)}."
    else:
        yield "May not be contacted now."
    for reason in now.why_not:
        yield f"  {reason}"
    if found.planned is not None and found.moved:
        wanted, due = found.planned.wanted_at, found.planned.due_at
        yield f"Planned for {setting.local(due)}, moved from {setting.local(wanted)}:"
        for reason in found.moved:
            yield f"  {reason}"
    for listing in found.listings:
        yield f"The number is {listing}."
    for lacks in found.consent_lacks:
        yield f"Consent is not enough. Needed for {lacks}."
    yield located(found.law)
    for rule in bound_by(found.law):
        yield f"  {rule}"


def law_as_data(found: Legality) -> dict[str, object]:
    """For a program."""
    return {
        "places": sorted(found.law.places),
        "rules": [row.id for row in found.law.rows],
        "open_until": found.now.open_until,
        "opens_at": found.now.opens_at,
        "consent_lacks": found.consent_lacks,
        "do_not_call": found.listings,
        "why_not": found.now.why_not,
        "moved_by": found.moved,
    }
