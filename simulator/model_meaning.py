"""What a sentence means to the simulated model, found by words and nothing deeper."""

import re
from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType


class Meaning(StrEnum):
    """What a person wants, the most binding first: the first that fits a sentence wins."""

    OPT_OUT = auto()
    HOSTILE = auto()
    VOICEMAIL = auto()
    SCREENING = auto()
    MENU = auto()
    LANGUAGE = auto()
    WRONG_PERSON = auto()
    HUMAN = auto()
    CALLBACK = auto()
    ANGRY = auto()
    NOT_INTERESTED = auto()
    PRICE = auto()
    INTERESTED = auto()
    DETAILS = auto()
    WHO = auto()
    DONE = auto()
    GREETING = auto()
    OTHER = auto()


_DAY = r"(?:today|tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_PATTERNS: Mapping[Meaning, str] = MappingProxyType(
    {
        Meaning.OPT_OUT: r"^\W*(?:stop|stopall|unsubscribe|cancel|end|quit)\W*$"
        r"|(?:remove|delete|take) (?:me|us|my number|my name) |never (?:contact|call|write)"
        r"|(?:do not|don't|stop) (?:ever )?(?:contact|call|calling|write|writing|messag)\w* "
        r"?(?:me|us)?|unsubscribe",
        Meaning.HOSTILE: r"(?:ignore|disregard|forget) .*instructions|mark (?:me|this \w+) as",
        Meaning.VOICEMAIL: r"mailbox|voice ?mail|after the (?:tone|beep)|leave (?:a|your) message",
        Meaning.SCREENING: r"state your name|reason for your call|why you are calling"
        r"|hold the line|cannot take the call",
        Meaning.MENU: r"\bpress (?:one|two|three|zero|\d)|your selection",
        Meaning.LANGUAGE: r"\b(?:je|ne|pas|bonjour|bonne|merci|désolé|allô)\b"
        r"|\b(?:ich|nicht|kein|deutsch)\b|\b(?:no hablo|español)\b"
        r"|(?:do not|don't) speak english",
        Meaning.WRONG_PERSON: r"wrong (?:number|person)|nobody by that name"
        r"|(?:do not|don't) know (?:that|this) person|not (?:the right person|me you want)",
        Meaning.HUMAN: r"\b(?:somebody|someone|anybody) human|\bhuman being"
        r"|(?:speak|talk) (?:to|with) (?:a|your|some) (?:human|colleague|manager|person)",
        Meaning.CALLBACK: rf"(?:call|ring|phone|contact|try|reach)\b.*\b(?:{_DAY}|later|again"
        rf"|next week|in an? (?:hour|week)|o'clock)|(?:talk|speak) .*\b{_DAY}\b"
        r"|another time|not a good time",
        Meaning.ANGRY: r"outrageous|wasting my|leave me alone|how dare|get lost|harass",
        Meaning.NOT_INTERESTED: r"\bnot (?:at all |really )?interested|no,? thank|no interest"
        r"|do(?:n't| not) (?:need|want)|already (?:have|work|use)|^\W*no\W*$",
        Meaning.PRICE: r"\bcosts?\b|\bprices?\b|\bpricing\b|how much|expensive",
        Meaning.INTERESTED: r"\binterested|tell me more|sounds? (?:useful|good|great|interesting)"
        r"|send me|go ahead|^\W*(?:yes|yeah|sure|okay|ok)\b(?!.*\?)|\b(?:book|demo)\b",
        Meaning.DETAILS: r"\b(?:people|employees|colleagues|staff|of us)\b"
        r"|\b(?:this|next) (?:week|month|quarter|year)\b",
        Meaning.WHO: r"\bwho\b.*\?|what (?:is it|do you need|would you like)|how can i help"
        r"|what (?:is|'s) (?:this|it) about|make it quick",
        Meaning.DONE: r"that is all|thank(?:s| you)|\bbye\b|goodbye|perfect|until then",
        Meaning.GREETING: r"\b(?:hello|hi|hey|good (?:morning|afternoon|evening)|speaking)\b",
    }
)
_COMPILED = MappingProxyType({what: re.compile(how) for what, how in _PATTERNS.items()})


def meaning(text: str) -> Meaning:
    """What this turn wants, by its most binding sentence."""
    plain = text.lower().replace("\u2019", "'").strip()
    for what, pattern in _COMPILED.items():
        if pattern.search(plain):
            return what
    return Meaning.OTHER


def sentence_with(text: str, wanted: Meaning) -> str:
    """The sentence of the turn that carries this meaning, verbatim; the whole turn if none does."""
    for sentence in sentences(text):
        if _COMPILED[wanted].search(sentence.lower().replace("\u2019", "'")):
            return sentence
    return text


def sentences(text: str) -> list[str]:
    """The turn cut at its full stops."""
    return [part for part in re.split(r"(?<=[.?!])\s+", text.strip()) if part]
