"""What the simulated agent says next: a short-spoken person with a demo to offer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simulator import model_facts, model_languages
from simulator.model_chat import Answer, ChatMessage, ChatRequest, OfferedFunction
from simulator.model_fields import PEOPLE
from simulator.model_meaning import Meaning, meaning
from simulator.model_tools import call

_LAST_WORDS: Mapping[Meaning, str] = MappingProxyType(
    {
        Meaning.OPT_OUT: "You will not hear from us again.",
        Meaning.VOICEMAIL: "Hello, this was about a short product demo.",
        Meaning.MENU: "Thank you.",
        Meaning.LANGUAGE: "I am sorry, I only speak English.",
        Meaning.WRONG_PERSON: "I am sorry for the mistake.",
        Meaning.ANGRY: "I am sorry for the disturbance.",
        Meaning.NOT_INTERESTED: "I understand. Thank you for your time.",
        Meaning.INTERESTED: "Thank you. A colleague will send you the details.",
        Meaning.DETAILS: "Thank you. A colleague will send you the details.",
        Meaning.DONE: "Thank you, have a good day.",
    }
)
_DEEDS: Mapping[Meaning, str] = MappingProxyType(
    {
        Meaning.OPT_OUT: "do_not_contact",
        Meaning.HUMAN: "transfer_to_human",
        Meaning.CALLBACK: "schedule_callback",
    }
)
_CONNECTS = "I will connect you with a colleague now."
_OFFER = "Would a short demo of our product interest you?"
_ASK_BOTH = "Great. How many people work with you, and when would you like to start?"
_ASK_SIZE = "Good to know. How many people work with you?"
_ASK_START = "Good to know. When would you like to start?"
_REFUSAL = "I cannot do that."
_OTHER_TIME = "That time does not work. Which day and hour would suit you?"
_END = "end_call"
_OTHER_LANGUAGE = "speak_language"
_NO = (
    r"\b(?:error|rejected|refused|failed|cannot|could not|not (?:a|clear|possible|allowed))\b"
    r'|"(?:ok|done)": ?false'
)
_MOST_OFFERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chat:
    prompt: str
    talk: list[ChatMessage]
    tools: Mapping[str, OfferedFunction]

    @property
    def writing(self) -> bool:
        """Whether this is a text chat: there, only words after the last tool reach the person."""
        return "WhatsApp" in self.prompt and "on the phone" not in self.prompt

    @property
    def told(self) -> str:
        """Everything the person said."""
        return " ".join(message.text for message in self.talk if message.role == "user")

    @property
    def last_words(self) -> str:
        """What the person said last, in however many pieces it arrived."""
        pieces: list[str] = []
        for message in reversed(self.talk):
            if message.role == "user":
                pieces.append(message.text)
            elif pieces:
                break
        return " ".join(reversed(pieces)).strip()

    def said(self, words: str, times: int = 1) -> bool:
        """Whether we have said this so often already."""
        ours = [each for each in self.talk if each.role == "assistant" and words in each.text]
        return len(ours) >= times

    @property
    def opened(self) -> bool:
        """Whether the person knows who we are: we spoke, or the prompt says somebody did."""
        return self.said("") or "your opening sentence was" in self.prompt


def answer(request: ChatRequest) -> Answer:
    """The assistant's turn in this chat; empty when nothing is left to say."""
    offered = () if request.tool_choice == "none" else request.tools or ()
    chat = _Chat(
        prompt=" ".join(m.text for m in request.messages if m.role in ("system", "developer")),
        talk=[m for m in request.messages if m.role in ("user", "assistant", "tool")],
        tools={tool.function.name: tool.function for tool in offered},
    )
    if chat.talk and chat.talk[-1].role == "tool":
        return _after_tool(chat)
    if not chat.last_words:
        return Answer(text=_greeting(chat))
    return _in_their_language(chat) or _reply(chat)


def _reply(chat: _Chat) -> Answer:
    wanted = meaning(chat.last_words)
    deed = _DEEDS.get(wanted)
    if deed is not None and deed in chat.tools:
        return Answer(tools=(call(chat.tools[deed], chat.last_words),))
    match wanted:
        case Meaning.SCREENING if not chat.said("calling about"):
            return Answer(text=f"{_identity(chat)} I am calling about a short product demo.")
        case Meaning.PRICE:
            return Answer(text="That depends on your size. Shall I send you an offer?")
        case Meaning.INTERESTED | Meaning.DETAILS:
            question = _question(chat)
            if question is not None:
                return Answer(text=question)
        case Meaning.HOSTILE if not chat.said(_REFUSAL):
            return Answer(text=f"{_REFUSAL} {_OFFER}")
        case Meaning.GREETING | Meaning.WHO | Meaning.OTHER:
            if not chat.opened:
                return Answer(text=_greeting(chat))
            if not chat.said(_OFFER, _MOST_OFFERS):
                return Answer(text=_OFFER)
    return _goodbye(chat)


def _in_their_language(chat: _Chat) -> Answer | None:
    """An offer in French, then good-bye, once that is asked for; before, the tool that asks."""
    if model_languages.asked_for(chat.prompt) != "fr":
        language = model_languages.language_of(chat.last_words)
        if language == "en" or _OTHER_LANGUAGE not in chat.tools:
            return None
        return Answer(tools=(call(chat.tools[_OTHER_LANGUAGE], language),))
    if not chat.said(model_languages.FRENCH_OFFER):
        return Answer(text=model_languages.FRENCH_OFFER)
    end = chat.tools.get(_END)
    ending = (call(end, chat.last_words),) if end is not None else ()
    return Answer(text=model_languages.FRENCH_GOODBYE, tools=ending)


def _question(chat: _Chat) -> str | None:
    """What is still unknown, asked once."""
    size = model_facts.counted(chat.told, PEOPLE) is not None
    start = model_facts.timeline(chat.told) is not None
    if not size and not start and not chat.said(_ASK_BOTH):
        return _ASK_BOTH
    if start and not size and not chat.said("How many people"):
        return _ASK_SIZE
    if size and not start and not chat.said("would you like to start"):
        return _ASK_START
    return None


def _after_tool(chat: _Chat) -> Answer:
    """What is said once a tool has done its work, or refused."""
    called = [each.function.name for message in chat.talk for each in message.tool_calls or ()]
    match called[-1] if called else "":
        case "transfer_to_human" if not _refused(chat.talk[-1].text):
            return Answer(text=_CONNECTS)
        case "schedule_callback" if _refused(chat.talk[-1].text):
            return Answer(text=_OTHER_TIME)
        # On the phone the last words were spoken with the call of the tool.
        case name if name == _END and not chat.writing:
            return Answer()
    if chat.writing:
        return Answer(text=_farewell(chat))
    return _goodbye(chat)


def _refused(result: str) -> bool:
    return re.search(_NO, result.lower()) is not None


def _goodbye(chat: _Chat) -> Answer:
    """The last words, and the end of the conversation where that can be asked for."""
    end = chat.tools.get(_END)
    if end is None:
        return Answer(text=f"{_farewell(chat)} Goodbye.")
    ending = call(end, chat.last_words)
    return Answer(text="" if chat.writing else _farewell(chat), tools=(ending,))


def _farewell(chat: _Chat) -> str:
    wanted = meaning(chat.last_words)
    if wanted is Meaning.CALLBACK:
        when = model_facts.moment_words(chat.last_words) or "another time"
        return f"Noted, we will call you {when}."
    return _LAST_WORDS.get(wanted, "Thank you for your time.")


def _identity(chat: _Chat) -> str:
    """Who the prompt says we are, in one sentence."""
    found = re.search(
        r"\b[Yy]ou are (?P<name>[A-Z]\w+)\b[^.\n]{0,60}? (?:from|of|at|for) "
        r"(?P<firm>[A-Z][\w&]*(?: [A-Z][\w&]*)*)",
        chat.prompt,
    )
    return f"This is {found['name']} from {found['firm']}." if found else "Hello."


def _greeting(chat: _Chat) -> str:
    return f"{_identity(chat)} {_OFFER}"
