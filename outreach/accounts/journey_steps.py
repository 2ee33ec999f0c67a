"""The stages of a journey, and what lifts a company from each at once, whatever its score."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

from outreach.accounts.engagement import Scored, Signal, engaged
from outreach.accounts.touchpoint import Act, Type

FORTNIGHT: Final = timedelta(days=14)
SESSION: Final = timedelta(minutes=30)
"""Between two pages of one visit."""
CONVERSATIONS: Final = frozenset({Act.CALL, Act.CALL_INBOUND, Act.WA_REPLY, Act.EMAIL_REPLY})
PRICING: Final = "pricing"
HOW_TO: Final = "how_to"
ASKED: Final = frozenset({Signal.ASKED_PRODUCT, Signal.ASKED_PRICE})
AGREED: Final = frozenset(
    {Signal.AGREED_MEETING, Signal.AGREED_PROPOSAL, Signal.AGREED_SECURITY_REVIEW}
)


class Stage(StrEnum):
    TARGET = "target"
    EDUCATION = "education"
    SOLUTION = "solution"
    EVALUATION = "evaluation"

    @property
    def rank(self) -> int:
        return list(Stage).index(self)

    def after(self) -> "Stage":
        """The next one; the last is its own."""
        return list(Stage)[min(self.rank + 1, 3)]

    def before(self) -> "Stage":
        return list(Stage)[max(self.rank - 1, 0)]


Test = Callable[[Scored, Sequence[Scored]], bool]
"""Whether the newest touchpoint takes a step, given all up to it (itself the last)."""


def _first_call(one: Scored, seen: Sequence[Scored]) -> bool:
    return one.raw.type is Type.CALL and one.raw.ratio > 1000


def _whatsapp_reply(one: Scored, seen: Sequence[Scored]) -> bool:
    return one.raw.act is Act.WA_REPLY


def _three_contents(one: Scored, seen: Sequence[Scored]) -> bool:
    since = one.raw.at - FORTNIGHT
    views = [other for other in seen if other.raw.type is Type.CONTENT and other.raw.at > since]
    return one.raw.type is Type.CONTENT and len(views) >= 3


def _download(one: Scored, seen: Sequence[Scored]) -> bool:
    return one.raw.act in (Act.DOWNLOAD, Act.REPORT) and one.raw.ratio > 1200


def _webinar(one: Scored, seen: Sequence[Scored]) -> bool:
    return one.raw.act is Act.WEBINAR and one.raw.ratio > 750


def _asked(one: Scored, seen: Sequence[Scored]) -> bool:
    return bool(one.raw.signals & ASKED)


def _second_conversation(one: Scored, seen: Sequence[Scored]) -> bool:
    if one.raw.act not in CONVERSATIONS:
        return False
    return sum(other.raw.act in CONVERSATIONS for other in seen) >= 2


def _how_to(one: Scored, seen: Sequence[Scored]) -> bool:
    is_how_to = one.raw.act is Act.HOW_TO or one.raw.topic == HOW_TO
    return is_how_to and one.raw.ratio > 600


def _pricing_visit(one: Scored, seen: Sequence[Scored]) -> bool:
    if one.raw.topic != PRICING:
        return False
    return any(
        other.raw.topic == PRICING
        and other.raw.contact_id == one.raw.contact_id
        and one.raw.at - other.raw.at <= SESSION
        for other in seen
        if other is not one
    )


def _agreed(one: Scored, seen: Sequence[Scored]) -> bool:
    return bool(one.raw.signals & AGREED)


def _colleagues_and_pricing(one: Scored, seen: Sequence[Scored]) -> bool:
    since = one.raw.at - timedelta(days=30)
    priced = any(other.raw.topic == PRICING and other.raw.at > since for other in seen)
    return priced and len(engaged(seen, one.raw.at)) >= 2


STEPS: Final[dict[Stage, dict[str, Test]]] = {
    Stage.TARGET: {
        "long_call": _first_call,
        "whatsapp_reply": _whatsapp_reply,
        "three_contents": _three_contents,
        "download": _download,
        "webinar": _webinar,
    },
    Stage.EDUCATION: {
        "asked": _asked,
        "second_conversation": _second_conversation,
        "how_to": _how_to,
        "pricing_visit": _pricing_visit,
    },
    Stage.SOLUTION: {
        "agreed": _agreed,
        "colleagues_and_pricing": _colleagues_and_pricing,
    },
    Stage.EVALUATION: {},
}
"""By code, what lifts from each stage to the next; a booked meeting lifts from every one."""

WORDS: Final[dict[str, str]] = {
    "score": "enough interest altogether",
    "decay": "silence",
    "meeting": "a meeting is booked",
    "long_call": "a call that lasts longer than expected",
    "whatsapp_reply": "a real answer on WhatsApp",
    "three_contents": "three pieces of content within fourteen days",
    "download": "a report or download read longer than expected",
    "webinar": "more than three quarters of a webinar",
    "asked": "a question about the product or its price",
    "second_conversation": "a second conversation",
    "how_to": "more than 60 % of a how-to",
    "pricing_visit": "two looks at the prices in one visit",
    "agreed": "a yes to a meeting, a proposal or a security review",
    "colleagues_and_pricing": "two engaged people, and a look at the prices",
    "attention": "more interest, until a colleague is called",
}


def lifts(stage: Stage, one: Scored, seen: Sequence[Scored]) -> str | None:
    """The code of the step that the newest touchpoint takes; None where it takes none."""
    return next((code for code, test in STEPS[stage].items() if test(one, seen)), None)


def ways_forward(stage: Stage) -> tuple[str, ...]:
    """The codes of what would move it on; any one of them does."""
    if stage is Stage.EVALUATION:
        return ("attention",)
    return ("score", *STEPS[stage], "meeting")
