"""Turns an agent's document and one person's values into the texts that a model is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

from agents.tools import SPECS
from outreach.agent_document import Agent, OtherLanguage
from outreach.campaign import Campaign
from outreach.inbound_opener import inbound_opener
from outreach.languages import name_of
from outreach.message_template import Missing, render
from outreach.variables import checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """The person an agent speaks with."""

    values: Mapping[str, str]
    """Reserved columns and custom fields of the lead; absent or empty ones are left to defaults."""
    zone: str
    """IANA name; the likeliest of the zones the person may be in."""
    brief: str = ""
    """What is known of their company, written as data; never an instruction."""

    def local(self, now: datetime) -> datetime:
        return now.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """How a call comes about."""

    context: str = ""
    """What came before, in words; empty: nothing."""
    they_called: bool = False
    """The person has called us."""


FIRST_CALL = Occasion()


@dataclass(frozen=True, slots=True, kw_only=True)
class InLanguage:
    """The fixed words of a call in another language of the agent."""

    language: str
    """Its tag."""
    system: str
    opener: str
    goodbye: str
    voice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonePrompt:
    system: str
    opener: str
    goodbye: str
    machine_message: str | None
    """What a machine is left after its beep; None: nothing."""
    others: tuple[InLanguage, ...] = ()


def phone_prompt(
    agent: Agent,
    campaign: Campaign,
    listener: Listener,
    now: datetime,
    occasion: Occasion = FIRST_CALL,
) -> PhonePrompt | Missing:
    """What the agent knows when the two hear each other."""
    values = _values(agent, campaign, listener, now)
    first_words = inbound_opener(agent) if occasion.they_called else agent.opener
    opener, goodbye = _rendered(first_words, values), _rendered(agent.goodbye, values)
    message = _rendered(agent.voicemail_message or "", values)
    if isinstance(opener, Missing) or isinstance(goodbye, Missing) or isinstance(message, Missing):
        return _joined(opener, goodbye, message)
    own = agent.prompts.call
    system = (
        _rendered(own, values)
        if own is not None
        else _built_in(
            "phone.md",
            agent,
            campaign,
            _details(listener, values, now, occasion, opener),
        )
    )
    if isinstance(system, Missing):
        return system
    others: list[InLanguage] = []
    for one in agent.other_languages:
        spoken = _in_language(one, system, values)
        if isinstance(spoken, Missing):
            return spoken
        others.append(spoken)
    return PhonePrompt(
        system=system,
        opener=opener,
        goodbye=goodbye,
        machine_message=message or None,
        others=tuple(others),
    )


def _in_language(
    one: OtherLanguage, system: str, values: Mapping[str, str]
) -> InLanguage | Missing:
    opener, goodbye = _rendered(one.opener, values), _rendered(one.goodbye, values)
    if isinstance(opener, Missing) or isinstance(goodbye, Missing):
        return _joined(opener, goodbye)
    name = name_of(one.language)
    now = f"From now on speak {name} ({one.language}) only: the person does. You have just said"
    return InLanguage(
        language=one.language,
        system=f'{system}\n{now}, in {name}: "{opener}".\n',
        opener=opener,
        goodbye=goodbye,
        voice=one.voice.name,
    )


def chat_prompt(
    agent: Agent, campaign: Campaign, listener: Listener, now: datetime, context: str = ""
) -> str | Missing:
    """What the agent knows when it writes."""
    values = _values(agent, campaign, listener, now)
    if agent.prompts.chat is not None:
        return _rendered(agent.prompts.chat, values)
    details = _details(listener, values, now, Occasion(context=context))
    return _built_in("whatsapp.md", agent, campaign, details)


def missing_values(agent: Agent, campaign: Campaign, values: Mapping[str, str]) -> tuple[str, ...]:
    """Names that some text of this agent or campaign needs and this person lacks, sorted."""
    known = {**{name: "-" for name in _CONTEXT}, **values}
    texts = (*agent.texts, *agent.prompts.texts, campaign.goal)
    lacking = (render(checked(text), known) for text in texts)
    return tuple(
        sorted({name for one in lacking if isinstance(one, Missing) for name in one.names})
    )


def prompt_text(name: str) -> str:
    """One of the prompts that come with the program."""
    return (files("agents") / "prompts" / name).read_text(encoding="utf-8")


_CONTEXT = ("campaign_title", "campaign_goal", "agent_name", "today")


def _values(
    agent: Agent, campaign: Campaign, listener: Listener, now: datetime
) -> Mapping[str, str]:
    today = listener.local(now)
    known = {
        **listener.values,
        "campaign_title": campaign.title,
        "agent_name": agent.title,
        "today": f"{today:%A, %d %B %Y}",
    }
    goal = _rendered(campaign.goal, known)
    return {**known, "campaign_goal": goal if isinstance(goal, str) else campaign.title}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Details:
    """What differs from one conversation of an agent to the next."""

    values: Mapping[str, str]
    local: datetime
    context: str
    opener: str = ""
    they_called: bool = False


def _details(
    listener: Listener,
    values: Mapping[str, str],
    now: datetime,
    occasion: Occasion,
    opener: str = "",
) -> _Details:
    before = occasion.context or "This is the first contact."
    context = f"{before}\n\n{listener.brief}" if listener.brief else occasion.context
    return _Details(
        values=values,
        local=listener.local(now),
        context=context,
        opener=opener,
        they_called=occasion.they_called,
    )


def _built_in(name: str, agent: Agent, campaign: Campaign, details: _Details) -> str | Missing:
    values, local, context = details.values, details.local, details.context
    person = _person(values)
    said = {
        "persona": _rendered(agent.persona, values),
        "person": person,
        "approach": f"{person} has called you."
        if details.they_called
        else f"You have called {person}.",
        "goal": _lines((agent.goal, campaign.goal), values, mark=""),
        "opener": details.opener or "(none)",
        "questions": _lines(agent.questions, values) or "(nothing in particular)",
        "facts": _lines(agent.facts, values) or "(none)",
        "objections": _lines(tuple(f"{one.when} {one.say}" for one in agent.objections), values)
        or "Answer honestly and briefly.",
        "language": agent.language,
        "tools": "\n".join(
            f"- {tool}: {SPECS[tool].description}" for tool in agent.tools if tool in SPECS
        ),
        "local_time": f"{local:%A %d %B %Y, %H:%M}",
        "context": context or "This is the first contact.",
    }
    missing = {name for text in said.values() if isinstance(text, Missing) for name in text.names}
    if missing:
        return Missing(names=tuple(sorted(missing)))
    return _rendered(prompt_text(name), {key: str(text) for key, text in said.items()})


def _person(values: Mapping[str, str]) -> str:
    name = " ".join(part for part in (values.get("first_name"), values.get("last_name")) if part)
    return " of ".join(part for part in (name or "somebody", values.get("company")) if part)


def _lines(texts: tuple[str, ...], values: Mapping[str, str], mark: str = "- ") -> str | Missing:
    rendered = [_rendered(text, values) for text in texts]
    missing = {name for one in rendered if isinstance(one, Missing) for name in one.names}
    if missing:
        return Missing(names=tuple(sorted(missing)))
    return "\n".join(f"{mark}{one}" for one in rendered)


def _rendered(text: str, values: Mapping[str, str]) -> str | Missing:
    return render(checked(text), values)


def _joined(*texts: str | Missing) -> Missing:
    names = {name for text in texts if isinstance(text, Missing) for name in text.names}
    return Missing(names=tuple(sorted(names)))
