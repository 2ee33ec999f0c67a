"""One touchpoint as a sentence."""

from collections.abc import Mapping
from typing import Final

from outreach.accounts.touchpoint import AUTOMATIC
from outreach.telling.codes import readable

ACTS: Final[Mapping[str, str]] = {
    "page": "Looked at a page",
    "ad_click": "Came by an advertisement",
    "article": "Read an article",
    "how_to": "Read a how-to",
    "report": "Read a report",
    "video": "Watched a video",
    "webinar": "Watched a webinar",
    "download": "Downloaded something",
    "email_click": "Followed a link in an e-mail",
    "email_reply": "Answered an e-mail",
    "meeting_booked": "Booked a meeting",
    "meeting_attended": "Came to a meeting",
    "form": "Filled in a form",
    "tool_result": "Used a tool to its result",
    "document": "Opened a document that was sent",
    "call": "Talked with us",
    "call_inbound": "Called us",
    "wa_reply": "Answered on WhatsApp",
    "wa_button": "Pressed a button on WhatsApp",
}


ORIGINS: Final[Mapping[str, str]] = {
    "direct": "came by themselves",
    "inbound_call": "called us",
    "reply": "in answer to us",
    "organic_search": "by a search",
    "organic_social": "by a social network",
    "paid_search": "by a paid search",
    "paid_social": "by a paid post",
    "display": "by an advertisement",
    "referral": "by a recommendation",
    "email": "by an e-mail",
}


def what_was_done(act: str, data: Mapping[str, object]) -> str:
    """What somebody did, in words."""
    title = data.get("title")
    return ACTS.get(act, readable(act)) + (f": “{title}”" if title else "")


def why_counted(act: str, ratio: int, depth: int, origin: str, data: Mapping[str, object]) -> str:
    """Why it counts as it does; `ratio` and `depth` in thousandths."""
    if act in AUTOMATIC:
        return "always counts in full"
    came = ORIGINS.get(origin, readable(origin))
    return f"{ratio / 10:.0f} % of the attention expected, depth {depth / 1000:.1f}, {came}"


def why_noise(data: Mapping[str, object]) -> str:
    return "taken back, or no interest" if data.get("void") else "too little attention"


def told_touchpoint(act: str, ratio: int, score: int | None, data: Mapping[str, object]) -> str:
    """What was done and what it weighs; `ratio` in thousandths."""
    what = what_was_done(act, data)
    if score is None:
        return f"{what}. It does not count: {why_noise(data)}."
    share = f", {ratio / 10:.0f} % of what is expected" if "seconds" in data else ""
    return f"{what}{share}. It weighs {score} of 100."
