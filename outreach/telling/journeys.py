"""What happened to a company's journey, in sentences."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.accounts.journey_steps import WORDS
from outreach.events import Kind
from outreach.telling.codes import readable
from outreach.telling.setting import Setting

Data = Mapping[str, object]


def received(data: Data, setting: Setting) -> str:
    return f"{data.get('new', 'Some')} new touchpoints came in."


def stage(data: Data, setting: Setting) -> str:
    code = str(data.get("because") or "")
    why = WORDS.get(code, "a result was corrected" if code == "corrected" else readable(code))
    was, now = readable(data.get("was") or "target"), readable(data.get("stage") or "target")
    return f"The company moved from {was} to {now}: {why}."


def attention(data: Data, setting: Setting) -> str:
    if data.get("needs_attention"):
        return "The company is ready for a colleague's attention."
    return "The company no longer needs a colleague's attention."


def fired(data: Data, setting: Setting) -> str:
    return f"The trigger {data.get('trigger') or 'of somebody'} fired."


SENTENCES: Final[Mapping[str, Callable[[Data, Setting], str]]] = {
    Kind.TOUCHPOINTS_RECEIVED: received,
    Kind.COMPANY_STAGE: stage,
    Kind.COMPANY_ATTENTION: attention,
    Kind.TRIGGER_FIRED: fired,
}
