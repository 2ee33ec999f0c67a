"""An agent: who speaks, what for, what it may say, and what is to be learnt."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from outreach.document import Line, Part, Slug, Text
from outreach.fields import FieldSpec
from outreach.languages import code_of
from outreach.phone import BadPhone, parse_phone
from outreach.variables import checked

Tool = Literal[
    "end_call",
    "book_meeting",
    "schedule_callback",
    "transfer_to_human",
    "do_not_contact",
    "send_whatsapp",
    "press_keys",
]
LanguageTag = Annotated[str, Field(pattern=r"^[a-z]{2,3}(?:-[A-Z]{2})?$")]


class Objection(Part):
    """Something people say against it, and what the agent may answer."""

    when: Line
    """What the person says."""
    say: Text
    """What the agent may answer."""


class VoiceChoice(Part):
    name: Line = "default"
    """A voice of the configured speech service."""
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    """How fast it speaks; 1 is as the service does."""


class OtherLanguage(Part):
    """How the agent goes on when the person speaks another language."""

    language: LanguageTag
    """Which, as a tag such as fr."""
    opener: Text
    """The first sentences once more, in this language; they say all that the opener says."""
    goodbye: Text
    """Its last sentence in a call."""
    voice: VoiceChoice = VoiceChoice()
    """How it sounds in this language."""


class Prompts(Part):
    """Texts that replace the built-in prompts; Markdown with `{{ variables }}`."""

    call: Text | None = None
    """For phone conversations; None: the built-in one."""
    chat: Text | None = None
    """For WhatsApp; None: the built-in one."""
    reading: Text | None = None
    """For reading what a conversation came to; None: the built-in one."""

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(text for text in (self.call, self.chat, self.reading) if text is not None)


class Agent(Part):
    kind: Literal["agent"]
    """What this document is."""
    name: Slug
    """What campaigns call it."""
    title: Line
    """For people."""
    persona: Text
    """Who is speaking and how: role, tone, manners."""
    goal: Text
    """What it tries to reach in a conversation."""
    opener: Text
    """The first sentences of a call: who calls for whom, and that it is an assistant."""
    inbound_opener: Text | None = None
    """The same when a person calls us; give names a default, since anybody may call. None: thanks
    for calling, and then the opener."""
    questions: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    """What it should find out."""
    facts: Annotated[tuple[Line, ...], Field(max_length=200)] = ()
    """All it may state about the offer; what is not here it does not know."""
    objections: Annotated[tuple[Objection, ...], Field(max_length=50)] = ()
    """What it may answer to what people say against it."""
    tools: tuple[Tool, ...] = ("end_call", "schedule_callback", "do_not_contact")
    """What it may do besides speaking."""
    transfer_to: Line | None = None
    """A colleague's number, such as +12025550123, for transfer_to_human; None: they call back."""
    language: LanguageTag = "en"
    """What it speaks, as a tag such as en or pt-BR."""
    voice: VoiceChoice = VoiceChoice()
    """How it sounds."""
    other_languages: Annotated[tuple[OtherLanguage, ...], Field(max_length=20)] = ()
    """What else it speaks in calls; with anybody else it says so once and ends the call."""
    extraction: Annotated[tuple[FieldSpec, ...], Field(max_length=50)] = ()
    """What is read from a conversation, each value with the words that prove it."""
    prompts: Prompts = Prompts()
    goodbye: Text = "Thank you for your time. Goodbye."
    """Its last sentence in a call."""
    voicemail_message: Text | None = None
    """Said after the beep where a rule allows it; None leaves no message."""
    max_call_s: Annotated[int, Field(ge=20, le=3600)] = 600
    """After so many seconds it says goodbye."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that is rendered for a lead."""
        own = (self.persona, self.goal, self.opener, self.goodbye, *self.facts, *self.questions)
        answers = tuple(objection.say for objection in self.objections)
        message = tuple(filter(None, (self.inbound_opener, self.voicemail_message)))
        others = tuple(text for one in self.other_languages for text in (one.opener, one.goodbye))
        return (*own, *answers, *message, *others)

    @property
    def transfers(self) -> bool:
        """Whether a call of it may go on with a colleague."""
        return "transfer_to_human" in self.tools and self.transfer_to is not None

    @field_validator("transfer_to")
    @classmethod
    def _colleague_has_a_number(cls, given: str | None) -> str | None:
        found = parse_phone(given) if given is not None else None
        if isinstance(found, BadPhone):
            raise ValueError(f"{found.message} {found.suggestion}")
        return given

    @model_validator(mode="after")
    def _texts_can_be_read(self) -> Self:
        for text in (*self.texts, *self.prompts.texts):
            checked(text)
        return self

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> Self:
        keys = [field.key for field in self.extraction]
        if len(set(keys)) != len(keys):
            raise ValueError("two fields of extraction have the same key")
        if len(set(self.tools)) != len(self.tools):
            raise ValueError("a tool is listed twice")
        return self

    @model_validator(mode="after")
    def _languages_are_distinct(self) -> Self:
        spoken = [self.language, *(one.language for one in self.other_languages)]
        codes = [code_of(tag) for tag in spoken]
        if len(set(codes)) != len(codes):
            raise ValueError("a language is listed twice, or is the agent's first")
        return self
