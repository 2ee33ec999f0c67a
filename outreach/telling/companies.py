"""Companies in sentences: what happened to them, and why they fit or not."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.accounts.fit import Label, Meets
from outreach.accounts.icp_document import Disqualification
from outreach.events import Kind
from outreach.telling.codes import readable
from outreach.telling.setting import Setting

Data = Mapping[str, object]

LABELS: Final[Mapping[Label, str]] = {
    Label.STRONG: "Strong",
    Label.MODERATE: "Moderate",
    Label.UNKNOWN: "Unknown",
    Label.NOT_A_FIT: "Not a fit",
}
MEETS: Final[Mapping[Meets, str]] = {
    Meets.YES: "fits",
    Meets.NEARLY: "nearly fits",
    Meets.NO: "does not fit",
    Meets.UNKNOWN: "not known",
}
DISQUALIFIED: Final[Mapping[Disqualification, str]] = {
    Disqualification.COMPETITOR: "It is a competitor.",
    Disqualification.WRONG_INDUSTRY: "It is of the wrong industry.",
    Disqualification.WRONG_BUSINESS_MODEL: "It makes its business in another way.",
    Disqualification.WRONG_GEOGRAPHY: "It is in the wrong place.",
    Disqualification.COMPANY_TOO_SMALL: "It is too small.",
    Disqualification.COMPANY_TOO_LARGE: "It is too large.",
    Disqualification.BUDGET_TOO_SMALL: "It has too little to spend.",
    Disqualification.NO_USE_CASE: "It has no use for what we offer.",
    Disqualification.TECHNOLOGY_MISSING: "It lacks a technology that is needed.",
    Disqualification.TECHNOLOGY_INCOMPATIBLE: "It works with what does not go together with ours.",
    Disqualification.REGULATORY_RESTRICTIONS: "Rules of its trade forbid it.",
    Disqualification.OTHER: "A hard rule of the profile says so.",
}
SOURCES: Final[Mapping[str, str]] = {
    "person": "by hand",
    "crm": "from the CRM",
    "research": "found by research",
    "discovery": "found by discovery",
    "import": "from a list",
}
FIELD_WORDS: Final[Mapping[str, str]] = {"tech": "Tech stack", "linkedin": "LinkedIn"}


def field_words(name: str) -> str:
    """A field of a profile as a title."""
    return FIELD_WORDS.get(name, readable(name).capitalize())


def label(code: object) -> str:
    """A fit as people say it."""
    known = {str(one): words for one, words in LABELS.items()}
    return known.get(str(code), readable(code).capitalize())


def verdict(
    computed: Label, score: int | None, coverage: int, disqualified: tuple[Disqualification, ...]
) -> str:
    """Why a company has the fit that was computed; `score` and `coverage` in percent."""
    if disqualified:
        return " ".join(DISQUALIFIED[one] for one in disqualified)
    if score is None:
        return "Nothing is known of what the profile asks for."
    known = f"It fits by {score} %, and {coverage} % of what the profile asks for is known."
    return f"Too little is known. {known}" if computed is Label.UNKNOWN else known


def added(data: Data, setting: Setting) -> str:
    return f"The company was added {SOURCES.get(str(data.get('source')), '')}".rstrip() + "."


def edited(data: Data, setting: Setting) -> str:
    names = data.get("fields")
    said = ", ".join(readable(one) for one in names) if isinstance(names, list) else ""
    return f"What is known of the company was changed: {said}." if said else "It was changed."


def merged(data: Data, setting: Setting) -> str:
    return "Another company turned out to be the same, and was merged into it."


def kept(data: Data, setting: Setting) -> str:
    if data.get("kept"):
        return "It stays in the list of companies, whatever its fit."
    return "It stands in the list of companies by its fit alone."


def fits(data: Data, setting: Setting) -> str:
    before, after = data.get("score_from"), data.get("score_to")
    if data.get("from") == data.get("to") and isinstance(after, int):
        was = f", and was by {before} %" if isinstance(before, int) else ""
        return f"Its fit is “{label(data.get('to'))}” as before, by {after} % now{was}."
    return f"Its fit is “{label(data.get('to'))}” now, and was “{label(data.get('from'))}”."


SENTENCES: Final[Mapping[str, Callable[[Data, Setting], str]]] = {
    Kind.COMPANY_ADDED: added,
    Kind.COMPANY_EDITED: edited,
    Kind.COMPANY_MERGED: merged,
    Kind.COMPANY_FIT: fits,
    Kind.COMPANY_KEPT: kept,
}
