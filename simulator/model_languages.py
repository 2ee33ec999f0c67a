"""Which language a sentence is in, and the little that the simulated agent can say in French."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from simulator.persona import Language

_WORDS: Mapping[Language, re.Pattern[str]] = MappingProxyType(
    {
        "fr": re.compile(
            r"\b(?:je|ne|pas|vous|êtes|c'est|bonjour|bonne|merci|désolée?|allô|une?|de|est|au)\b"
            r"|[àâçèêëîïôùû]"
        ),
        "de": re.compile(r"\b(?:ich|nicht|kein|sie|und|der|die|das|ist|auf|noch|guten)\b|[äöüß]"),
    }
)
NAMES: Mapping[Language, str] = MappingProxyType({"en": "english", "fr": "french", "de": "german"})
_FEWEST = 2
"""Words or letters of a language that an English sentence does not have by chance."""
_TOLD = re.compile(r"From now on speak (?P<name>\w+)")

FRENCH_OFFER = "Je parle aussi français. Une courte démonstration vous intéresse ?"
FRENCH_GOODBYE = "Merci et bonne journée."


def language_of(text: str) -> Language:
    """The language with the most of its common words in the text."""
    plain = text.lower().replace("\u2019", "'")
    found = {language: len(words.findall(plain)) for language, words in _WORDS.items()}
    best = max(found, key=lambda language: found[language])
    return best if found[best] >= _FEWEST else "en"


def asked_for(prompt: str) -> Language | None:
    """The language that the prompt asks for instead of its first one."""
    told = _TOLD.findall(prompt)
    if not told:
        return None
    return next((code for code, name in NAMES.items() if name == told[-1].lower()), None)
