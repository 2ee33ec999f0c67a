"""One event as a sentence: what happened, why, and who did it."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.telling import attempts, companies, journeys, people, work
from outreach.telling.setting import Setting

Tell = Callable[[Mapping[str, object], Setting], str]

SENTENCES: Final[Mapping[str, Tell]] = {
    **attempts.SENTENCES,
    **journeys.SENTENCES,
    **people.SENTENCES,
    **companies.SENTENCES,
    **work.SENTENCES,
}
"""A sentence for every kind of event; a test holds this against the list of kinds."""

ACTORS: Final[Mapping[str, str]] = {
    "engine": "",
    "gate": "",
    "provider": "The provider said so.",
    "agent": "The agent did it.",
    "reader": "",
    "person": "They did it themselves.",
    "cli": "Somebody did it at the command line.",
    "restored": "The restore of a backup did it.",
}


def tell(kind: str, actor: str, data: Mapping[str, object], setting: Setting) -> str:
    """What happened, in one or more plain sentences without ids and codes."""
    told = SENTENCES[kind](data, setting)
    by = ACTORS.get(actor)
    if by is None:
        by = f"{setting.name(actor.partition(':')[2], 'A colleague')} did it."
    # Parts that had nothing to say leave a gap.
    return " ".join(f"{told} {by}".split())
