"""One touchpoint as a sentence."""

from collections.abc import Mapping
from typing import Final

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


def told_touchpoint(act: str, ratio: int, score: int | None, data: Mapping[str, object]) -> str:
    """What was done and what it weighs; `ratio` in thousandths."""
    title = data.get("title")
    what = ACTS.get(act, readable(act)) + (f": “{title}”" if title else "")
    if score is None:
        why = "taken back, or no interest" if data.get("void") else "too little attention"
        return f"{what}. It does not count: {why}."
    share = f", {ratio / 10:.0f} % of what is expected" if "seconds" in data else ""
    return f"{what}{share}. It weighs {score} of 100."
