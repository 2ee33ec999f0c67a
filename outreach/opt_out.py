"""Did this person ask not to be contacted any more?"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from outreach import opt_out_languages


class How(StrEnum):
    WORD = "word"
    """A whole message that is nothing but the word."""
    PHRASE = "phrase"
    """A request within a sentence, written or spoken."""
    BUTTON = "button"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    how: How
    words: str
    """What was recognised, as it was said."""


WORDS: Final = frozenset(
    {
        # English; the American rule names seven of these (47 CFR 64.1200(a)(10)).
        "stop",
        "stopall",
        "stop all",
        "unsubscribe",
        "quit",
        "end",
        "cancel",
        "revoke",
        "opt out",
        "optout",
        "remove",
        "remove me",
        "no more",
        "stop it",
        "stop this",
        "stop now",
        "unsub",
        # Spanish
        "alto",
        "parar",
        "baja",
        "dar de baja",
        "cancelar",
        "no mas",
        "detener",
        # Portuguese
        "pare",
        "sair",
        "remover",
        # French
        "arret",
        "arrete",
        "arretez",
        "desabonner",
        # German
        "stopp",
        "abmelden",
        "abbestellen",
        # Hindi
        "band",
        "roko",
        "बंद",
        "रोको",
    }
)
"""Whole messages, folded as `_folded` folds them."""

# fmt: off
POLITE: Final = frozenset(
    {
        "please", "pls", "plz", "thanks", "thank", "you", "thx", "ok", "okay", "just", "no",
        "hi", "hello", "bitte", "danke", "nein", "gracias", "por", "favor", "merci",
        "obrigado", "obrigada", "grazie",
    }
)
# fmt: on
"""What people put around the word."""
ONLY_ALONE: Final = frozenset(
    {"end", "cancel", "quit", "no more", "band", "remove", "pare", "parar", "alto", "cancelar"}
)
"""With anything around them these may speak of a meeting, a contract or the call itself."""

BUTTONS: Final = frozenset({"STOP_PROMOTIONS", "OPT_OUT"})

CONTACTING: Final = (
    r"(?:call|calls|calling|ring|ringing|phone|phoning|contact|contacting|"
    r"text|texts|texting|message|messages|messaging|bother|bothering|write|writing|"
    r"reach out|reaching out|disturb|disturbing|spam|spamming|harass|harassing|pestering|"
    r"solicit|soliciting)"
    # "Never call it cheap" names something.
    r"(?! (?:it|that)(?! (?:number|phone|line)))"
)
NO_WISH: Final = (
    r"(?:(?:do not|dont|no longer|didnt|never) (?:want|wish|like|care|need|ask)(?:ed)?)"
)
DONT: Final = (
    # "I never call back" and "you never call me" say how things are and ask for nothing.
    r"(?:(?<!\bi )(?<!\bid )(?<!\bive )(?<!\bwe )(?<!\bthey )(?<!\byou )(?<!\bwhy )"
    r"(?:do not|dont|never)(?: you)?|"
    r"(?:must|should|may|shall) (?:not|never)|(?:asked|told|telling|asking) you not to|"
    r"stop|quit)"
)
ONLY_FOR_NOW: Final = (
    r"(?!(?: (?:me|us|here|back|again))* (?:now|right now|just now|today|tonight|yet|tomorrow|"
    r"before|after|until|till|between|during|while|when|"
    r"at (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"noon|work|night|lunch|dinner|home|the moment|this time|this hour|weekends)|"
    r"on (?:\w+days?|(?:the |a )?weekends?|weekdays)|in the|in an?|"
    r"this (?:morning|afternoon|evening|week|month|early|late)|so (?:early|late)|"
    r"for (?:now|a|the next|another)))"
)
"""What turns the request into a wish for another time."""
FOR_EVER: Final = r"(?: \w+){0,8} (?:ever|anymore|any more|at all)\b"
"""What makes it final, whatever time is named on the way."""

PHRASES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{DONT} (?:ever |keep |even |dare |dare to )?{CONTACTING}\b{ONLY_FOR_NOW}",
        rf"\b{DONT} (?:ever |keep |even |dare |dare to )?{CONTACTING}\b{FOR_EVER}",
        rf"\b{NO_WISH}(?: you)? to (?:be|get) (?:contacted|called|phoned|texted|messaged|bothered)"
        rf"\b{ONLY_FOR_NOW}",
        rf"\b{NO_WISH}(?: to (?:get|receive|have))? (?:any|any more|more|any further|your|these) "
        rf"(?:calls|messages|texts)\b{ONLY_FOR_NOW}",
        rf"\b{NO_WISH} to receive (?:these|them|anything|any more)\b",
        rf"\b{NO_WISH} (?:to hear from|you (?:to call|calling|texting|contacting))\b{ONLY_FOR_NOW}",
        r"\brather you (?:did not|didnt) (?:call|text|contact|message|write)\b",
        r"\b(?:stop|quit) sending\b",
        rf"\b{DONT} (?:ever )?send (?:me |us )?(?:anything (?:else|more)|any ?more|"
        r"(?:any |more |these )?(?:messages|texts|offers|ads))\b",
        r"\b(?:told|asked|said to|telling|asking) you (?:people |guys |all )?to stop\b(?! by)",
        r"\b(?:delete|erase) (?:all )?my (?:personal )?(?:data|details|information)\b",
        r"\b(?:take|remove|get|delete|strike|scrub) (?:me|us|(?:my|our) (?:\w+ )?(?:number|name)|"
        r"this number) (?:off|from|out of)\b(?! (?:the )?(?:call|line|phone|hold)\b)",
        r"\b(?:lose|delete|forget|erase) (?:my|this|our) (?:phone )?number\b",
        r"\b(?:unsubscribe (?:me|us)|want to unsubscribe|opt(?:ing)? (?:me |us )?out|"
        r"opted out)\b",
        r"\b(?:revoke|withdraw)(?:ing)? (?:my|our) (?:consent|permission)\b",
        r"\b(?:on|to) (?:your|the|a) do not (?:call|contact)\b",
        r"\bno (?:more|further) (?:calls|messages|texts)\b",
        r"\bwant (?:to (?:be|get) )?off (?:of )?(?:this|your|the) list\b",
        r"\bcease and desist\b",
        r"\b(?:nobody|no one) (?:ever )?(?:calls|contacts|texts|rings) (?:me|us|here) again\b",
        r"\bnot to be (?:called|contacted|phoned|rung|texted|messaged) (?:again|any ?more|ever)\b",
        r"\bstop (?:all |with )?(?:the|these|your) (?:calls|messages|texts)\b",
        r"\bleave (?:me|us) alone\b",
    )
)

DENIED: Final = re.compile(
    r"\b(?:dont|do not|never|didnt|wont|cant|cannot) "
    r"(?:want to |wish to |need to |want you to )?"
    r"(?:unsubscribe|opt(?:ing)? out|opted out|revoke|remove|take|delete)\b"
)
"""Who says that they do not want to be removed wants to stay."""
DRAWN_OUT: Final = re.compile(r"^s+t+o+p+$")
CLAUSE_END: Final = re.compile(r"[.,;:!?\n]+")


def by_word(text: str) -> OptOut | None:
    """Whether the whole message is an opt-out word, whatever its case, accents or punctuation."""
    return OptOut(how=How.WORD, words=text.strip()) if _word(_folded(text)) else None


def _word(folded: str) -> str | None:
    """The opt-out word that this is: alone, spelt out, repeated, drawn out or with courtesies."""
    if folded in WORDS:
        return folded
    if len(spelt := folded.replace(" ", "")) * 2 - 1 == len(folded):
        folded = spelt
    kept = [DRAWN_OUT.sub("stop", one) for one in folded.split() if one not in POLITE]
    core = kept[0] if kept and len(set(kept)) == 1 else " ".join(kept)
    return core if core in WORDS - ONLY_ALONE else None


def by_phrase(text: str) -> OptOut | None:
    """Whether a sentence asks for it; "not now" and "not before noon" do not."""
    # Clause by clause, so that "not interested, remove me" and "don't call. Tomorrow I am away"
    # keep their sense; then as a whole, for "not today, not tomorrow, not ever".
    clauses = [DENIED.sub(" ", _folded(clause)) for clause in CLAUSE_END.split(text)]
    for said in (*clauses, " ".join(clauses)):
        for pattern in (*PHRASES, *opt_out_languages.REQUESTS):
            match = pattern.search(said)
            if match is not None:
                return OptOut(how=How.PHRASE, words=match[0])
    return None


def by_button(payload: str) -> OptOut | None:
    """Whether a quick reply's payload is one that our templates use for it."""
    name = payload.strip().upper()
    return OptOut(how=How.BUTTON, words=name) if name in BUTTONS else None


def written(text: str, button: str = "") -> OptOut | None:
    """An incoming message: its button, its whole text or a clause of it, a request within it."""
    return by_button(button) or by_word(text) or _by_clause(text) or by_phrase(text)


def _by_clause(text: str) -> OptOut | None:
    """Whether one of several clauses is nothing but the word: "No thanks, stop."."""
    clauses = [clause for clause in CLAUSE_END.split(text) if _folded(clause)]
    words = (clause for clause in clauses if (_word(_folded(clause)) or "end") not in ONLY_ALONE)
    found = next(words, None)
    return None if found is None else OptOut(how=How.WORD, words=found.strip())


def spoken(text: str) -> OptOut | None:
    """A finished turn of a call.

    A bare "stop" is said to talking machines for many reasons, yet nobody is wronged by being
    left alone; only "end", "cancel" and "no more" alone are too common to decide.
    """
    word = by_word(text)
    if word is not None and _word(_folded(text)) not in TOO_COMMON_SPOKEN:
        return word
    return by_phrase(text)


TOO_COMMON_SPOKEN: Final = frozenset({"end", "cancel", "no more", "band", "remove", "pare", "alto"})


def _folded(text: str) -> str:
    """Lower case without accents, apostrophes, punctuation and emoji; single blanks."""
    text = text.casefold().replace("\u2019", "").replace("'", "").replace("`", "")
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(
        one if one.isalnum() or unicodedata.category(one) in ("Mc", "Mn") else " "
        for one in decomposed
        if not "\u0300" <= one <= "\u036f"
    )
    return unicodedata.normalize("NFC", " ".join(kept.split()))
