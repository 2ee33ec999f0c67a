"""How leads are found by words: the text that is stored with each, and the question asked of it.

A word is found by its beginning, a number also by its end (four digits or more). One text column
serves two statements with the same meaning: a probe of the newest rows, and an index over words.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from outreach.errors import Rejected

# An index holds no endless word: a longer one is cut into several, when stored as when asked.
WORD: Final = re.compile(r"[^\W_]{1,64}")
NUMBER_LIKE: Final = re.compile(r"[+\d\s().\-/]+")
SHORTEST: Final = 2
SUFFIX_DIGITS: Final = 4
LONGEST_NUMBER: Final = 15
MOST_WORDS: Final = 300
MOST_ASKED: Final = 8


def words(text: str) -> list[str]:
    """The words of a text: lower case, without accents, in their order."""
    folded = text.lower()
    if not folded.isascii():
        folded = _without_accents(folded)
    return WORD.findall(folded)


def search_text(texts: Iterable[str], phones: Iterable[tuple[str, int]]) -> str:
    """What is stored in `leads.search`: each word once, then the numbers.

    `phones` are E.164 numbers with their country's calling code: a number is found from its start
    with and without that code, and from its end.
    """
    found = list(dict.fromkeys(words(" ".join(texts))))[:MOST_WORDS]
    for phone, calling_code in phones:
        digits = phone[1:]
        found += (digits, digits[len(str(calling_code)) :], "~" + digits[::-1])
    return " " + " ".join(found) if found else ""


def all_of(text: str) -> str:
    """Every word of a text as it stands, as the text of a tsquery: for one number or address."""
    return " & ".join(f"'{word}'" for word in dict.fromkeys(words(text)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Words that must all be found; each has at least two letters or digits, and nothing else."""

    words: tuple[str, ...]

    @property
    def pattern_groups(self) -> tuple[tuple[str, ...], ...]:
        """For each word the LIKE patterns of which one must hold."""
        return tuple(tuple(f"% {form}%" for form in _forms(word)) for word in self.words)

    @property
    def tsquery(self) -> str:
        """The same for the index, as the text of a tsquery."""
        groups = (" | ".join(f"'{form}':*" for form in _forms(word)) for word in self.words)
        return " & ".join(f"({group})" for group in groups)


def parse_question(text: str) -> Question | None:
    """What a person typed; None where nothing was asked.

    Raises:
        Rejected: when no word of it is long enough.
    """
    if not text.strip():
        return None
    asked = _number(text) or words(text)
    long_enough = [word for word in asked if len(word) >= SHORTEST]
    if not long_enough:
        raise Rejected(
            code="search_too_short",
            message=f"A search needs a word of at least {SHORTEST} letters or digits.",
            fix="Type more of the name, the number or the value.",
            where="search",
        )
    return Question(words=tuple(dict.fromkeys(long_enough))[:MOST_ASKED])


def _number(text: str) -> list[str] | None:
    """A number typed with blanks or a trunk zero, as one word."""
    if NUMBER_LIKE.fullmatch(text.strip()) is None:
        return None
    digits = "".join(WORD.findall(text))
    if not digits.isascii() or len(digits) < SUFFIX_DIGITS:
        return None
    # "0123" is an end that a person remembers; "020 7946 0123" begins with a trunk zero.
    number = digits if len(digits) <= SUFFIX_DIGITS + 2 else digits.lstrip("0") or digits
    return [number[:LONGEST_NUMBER]]


def _forms(word: str) -> tuple[str, ...]:
    if word.isascii() and word.isdigit() and len(word) >= SUFFIX_DIGITS:
        return (word, "~" + word[::-1])
    return (word,)


def _without_accents(text: str) -> str:
    split = unicodedata.normalize("NFKD", text)
    return "".join(one for one in split if not unicodedata.combining(one)).lower()
