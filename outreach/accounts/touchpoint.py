"""What somebody did that shows interest: how much it weighs, and whether it counts at all."""

from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """The kind of touchpoint that people filter by."""

    WEBSITE = "website"
    CONTENT = "content"
    ADVERTISING = "advertising"
    EMAIL = "email"
    MEETING = "meeting"
    FORM = "form"
    DOCUMENT = "document"
    CALL = "call"
    WHATSAPP = "whatsapp"


class Act(StrEnum):
    """What exactly was done."""

    PAGE = "page"
    AD_CLICK = "ad_click"
    ARTICLE = "article"
    HOW_TO = "how_to"
    REPORT = "report"
    VIDEO = "video"
    WEBINAR = "webinar"
    DOWNLOAD = "download"
    EMAIL_CLICK = "email_click"
    EMAIL_REPLY = "email_reply"
    MEETING_BOOKED = "meeting_booked"
    MEETING_ATTENDED = "meeting_attended"
    FORM = "form"
    TOOL_RESULT = "tool_result"
    DOCUMENT = "document"
    CALL = "call"
    CALL_INBOUND = "call_inbound"
    WA_REPLY = "wa_reply"
    WA_BUTTON = "wa_button"


class Origin(StrEnum):
    """By which way somebody came to it."""

    DIRECT = "direct"
    INBOUND_CALL = "inbound_call"
    REFERRAL = "referral"
    ORGANIC_SEARCH = "organic_search"
    REPLY = "reply"
    """To a call or a message of ours."""
    EMAIL = "email"
    PAID_SEARCH = "paid_search"
    ORGANIC_SOCIAL = "organic_social"
    PAID_SOCIAL = "paid_social"
    DISPLAY = "display"


TYPE_OF: Final[dict[Act, Type]] = {
    Act.PAGE: Type.WEBSITE,
    Act.AD_CLICK: Type.ADVERTISING,
    Act.ARTICLE: Type.CONTENT,
    Act.HOW_TO: Type.CONTENT,
    Act.REPORT: Type.CONTENT,
    Act.VIDEO: Type.CONTENT,
    Act.WEBINAR: Type.CONTENT,
    Act.DOWNLOAD: Type.CONTENT,
    Act.EMAIL_CLICK: Type.EMAIL,
    Act.EMAIL_REPLY: Type.EMAIL,
    Act.MEETING_BOOKED: Type.MEETING,
    Act.MEETING_ATTENDED: Type.MEETING,
    Act.FORM: Type.FORM,
    Act.TOOL_RESULT: Type.FORM,
    Act.DOCUMENT: Type.DOCUMENT,
    Act.CALL: Type.CALL,
    Act.CALL_INBOUND: Type.CALL,
    Act.WA_REPLY: Type.WHATSAPP,
    Act.WA_BUTTON: Type.WHATSAPP,
}
DEPTH: Final[dict[Act, int]] = {
    Act.PAGE: 300,
    Act.AD_CLICK: 200,
    Act.ARTICLE: 300,
    Act.HOW_TO: 300,
    Act.REPORT: 800,
    Act.VIDEO: 800,
    Act.WEBINAR: 800,
    Act.DOWNLOAD: 800,
    Act.EMAIL_CLICK: 400,
    Act.EMAIL_REPLY: 700,
    Act.MEETING_BOOKED: 1000,
    Act.MEETING_ATTENDED: 1000,
    Act.FORM: 900,
    Act.TOOL_RESULT: 900,
    Act.DOCUMENT: 900,
    Act.CALL: 700,
    Act.CALL_INBOUND: 900,
    Act.WA_REPLY: 600,
    Act.WA_BUTTON: 500,
}
"""How deep each goes, in thousandths."""
GOAL_DEPTH: Final = 900
"""Of a call in which a field that the agent was after became known."""
FILM_SEEN: Final = 750
"""From which part a video counts as seen; below it, it is a page. Thousandths."""
CREDIT: Final[dict[Origin, int]] = {
    Origin.DIRECT: 1000,
    Origin.INBOUND_CALL: 1000,
    Origin.REFERRAL: 900,
    Origin.ORGANIC_SEARCH: 900,
    Origin.REPLY: 800,
    Origin.EMAIL: 700,
    Origin.PAID_SEARCH: 600,
    Origin.ORGANIC_SOCIAL: 500,
    Origin.PAID_SOCIAL: 400,
    Origin.DISPLAY: 200,
}
"""How much of it was their own will, in thousandths."""
EXPECTED_S: Final[dict[Act, int]] = {
    Act.PAGE: 60,
    Act.AD_CLICK: 60,
    Act.ARTICLE: 180,
    Act.HOW_TO: 300,
    Act.REPORT: 900,
    Act.VIDEO: 180,
    Act.WEBINAR: 2700,
}
"""How long it takes as a rule, in seconds, where the source does not say."""
COMPLETED: Final = frozenset(Act) - EXPECTED_S.keys()
"""What is either done or not: done without a measure of attention, it had all it needs."""
AUTOMATIC: Final = frozenset({Act.MEETING_BOOKED, Act.MEETING_ATTENDED})
EXPECTED_WORDS: Final = 12
"""In a reply; a button counts as many."""
VOICE_NOTE_WORDS: Final = 2.5
"""Words in a second of a voice note."""
SHORTEST_CALL_S: Final = 5
MOST: Final = 2000
"""Attention beyond twice of what is expected says no more, in thousandths."""
REGULAR: Final = 3
"""So many earlier touchpoints in `FREQUENCY_DAYS` are all that frequency can give."""
FREQUENCY_DAYS: Final = 14


def ratio_of_time(seconds: float, expected_s: float) -> int:
    """Attention beside what is expected, in thousandths; both in seconds, expected above 0."""
    return round(1000 * seconds / expected_s)


def ratio_of_call(talk_s: float, expected_s: float, *, by_human: bool) -> int:
    """Of a call: only the time that a person was on the line, in thousandths."""
    if not by_human or talk_s < SHORTEST_CALL_S:
        return 0
    return ratio_of_time(talk_s, expected_s)


def ratio_of_words(words: float) -> int:
    """Of what somebody wrote, in thousandths."""
    return round(1000 * words / EXPECTED_WORDS)


def depth_of(act: Act, ratio: int) -> int:
    """How deep it goes, in thousandths; a film that was hardly seen is a page."""
    if act is Act.VIDEO and ratio < FILM_SEEN:
        return DEPTH[Act.PAGE]
    return DEPTH[act]


def score(
    *, ratio: int, depth: int, origin: Origin, earlier: int, automatic: bool = False
) -> int | None:
    """What it weighs, 0 to 100; None: it is noise, and no touchpoint.

    `ratio` and `depth` in thousandths; `earlier` counts the touchpoints of the same company (of
    the same contact, where there is none) in the fourteen days before.
    """
    if automatic:
        return 100
    if not _counts(ratio, depth, earlier):
        return None
    return weight(ratio=ratio, depth=depth, origin=origin, earlier=earlier)


def weight(*, ratio: int, depth: int, origin: Origin, earlier: int) -> int:
    """What it weighs if it counts, 0 to 100."""
    # Whole numbers all the way: 100 * (.40 * ratio / 2 + .30 * depth + .15 * F + .15 * credit).
    frequency = 1000 * min(earlier, REGULAR) // REGULAR
    parts = 20 * min(ratio, MOST) + 30 * depth + 15 * frequency + 15 * CREDIT[origin]
    return (parts + 500) // 1000


def _counts(ratio: int, depth: int, earlier: int) -> bool:
    if ratio > 1000:
        return True
    return ratio >= 500 and (depth >= 600 or earlier >= 2)
