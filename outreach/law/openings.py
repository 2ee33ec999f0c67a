"""What must the first words say, and which of it do they not say?

A reader of patterns: it can miss an unusual wording, so it names what it looked for. It never
approves what says nothing of the kind.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from outreach.agent_document import Agent
from outreach.channel import ChannelName
from outreach.inbound_opener import inbound_opener
from outreach.law.law import Law
from outreach.law.row import Opening
from outreach.whatsapp_template_document import WhatsAppTemplate

ALWAYS_SAID: Final[frozenset[Opening]] = frozenset({"identity", "ai"})
"""Our policy, and the law in more and more places: nobody is left to guess who or what speaks."""
ORDER: Final[tuple[Opening, ...]] = ("identity", "ai", "recording", "permission")

SENTENCES: Final[Mapping[Opening, str]] = {
    "identity": "who calls and for whom, such as “this is Ada, calling for Northwind”",
    "ai": "that no human speaks, such as “an AI assistant”",
    "recording": "that the call is recorded, such as “this call is recorded”",
    "permission": "whether to go on, such as “may I continue?”",
}

PATTERNS: Final[Mapping[str, Mapping[Opening, str]]] = {
    "en": {
        "identity": r"\b(this is|my name is|i am|i'm|calling (from|for|on behalf of)|here from)\b",
        "ai": r"\b(ai|a\.i\.|artificial|automated|virtual|digital|computer|robot|bot)\b",
        "recording": r"\brecord(ed|ing)\b",
        "permission": r"\b(may|can|could|is it (ok|okay|all right)|would you)\b[^.]*\?",
    },
    "de": {
        "identity": r"\b(hier (ist|spricht)|mein name ist|ich bin|im auftrag)\b",
        "ai": r"\b(ki|ki-\w+|künstliche\w*|automat\w+|virtuelle\w*|digitale\w*|computer|roboter)\b",
        "recording": r"\b(aufgezeichnet|aufgenommen|aufzeichnung|aufnahme)\b",
        "permission": r"\b(darf|dürfen|kann|können|möchten|passt)\b[^.]*\?",
    },
    "fr": {
        "identity": r"\b(ici|je suis|je m'appelle|je vous appelle|de la part de|pour le compte)\b",
        "ai": r"\b(ia|intelligence artificielle|automatique|automatisée?|virtuelle?|robot)\b",
        "recording": r"\benregistr\w+",
        "permission": r"\b(puis-je|pouvons-nous|voulez-vous|souhaitez-vous)\b[^.]*\?",
    },
    "es": {
        "identity": r"\b(soy|me llamo|mi nombre es|le llamo|llamo de|en nombre de|habla)\b",
        "ai": r"\b(ia|inteligencia artificial|automátic\w+|virtual|robot)\b",
        "recording": r"\b(graba\w*|grabación)\b",
        "permission": r"\b(puedo|podemos|quiere|le parece|desea)\b[^.]*\?",
    },
    "it": {
        "identity": r"\b(sono|mi chiamo|chiamo (da|per)|per conto di)\b",
        "ai": r"\b(ia|ai|intelligenza artificiale|automatic\w+|virtuale|robot)\b",
        "recording": r"\bregistra\w*",
        "permission": r"\b(posso|possiamo|vuole|le va|desidera)\b[^.]*\?",
    },
    "pt": {
        "identity": r"\b(sou|aqui é|meu nome é|chamo-me|ligo d[aeo]|em nome d[aeo])\b",
        "ai": r"\b(ia|inteligência artificial|automátic\w+|virtual|robô)\b",
        "recording": r"\bgrava\w*",
        "permission": r"\b(posso|podemos|quer|gostaria|deseja)\b[^.]*\?",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A sentence that the first words must have."""

    sentence: Opening
    rules: tuple[str, ...]
    """Whose law asks for it, by id; empty: our own policy alone."""


def opening_requirements(law: Law | None, channel: ChannelName) -> tuple[Requirement, ...]:
    """What an opening must say, in this order: our policy, and what law asks besides.

    Calls are recorded, and a number never proves where somebody is, so every call says so. With no
    law it is our policy alone.
    """
    by_law: Mapping[Opening, tuple[str, ...]] = {} if law is None else law.opening
    wanted = ALWAYS_SAID | by_law.keys()
    if channel is ChannelName.VOICE:
        wanted |= {"recording"}
    else:
        wanted -= {"recording", "permission"}
    return tuple(
        Requirement(sentence=one, rules=by_law.get(one, ())) for one in ORDER if one in wanted
    )


def unsaid(
    text: str, wanted: Sequence[Requirement], language: str
) -> tuple[Requirement, ...] | None:
    """What the text does not say; None where nobody here reads its language."""
    patterns = PATTERNS.get(re.split(r"[-_]", language)[0])
    if patterns is None:
        return None
    plain = text.casefold().replace("\u2019", "'")
    return tuple(one for one in wanted if re.search(patterns[one.sentence], plain) is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWords:
    """A text that opens a call or a chat."""

    name: str
    """What people call it, such as `opener in fr`."""
    key: str
    """The key of its document under which it stands."""
    text: str
    language: str
    channel: ChannelName


def first_words(document: Agent | WhatsAppTemplate) -> tuple[FirstWords, ...]:
    """Every text of a document that opens, in each of its languages."""
    match document:
        case Agent():
            own = FirstWords(
                name="opener",
                key="opener",
                text=document.opener,
                language=document.language,
                channel=ChannelName.VOICE,
            )
            calling = FirstWords(
                name="inbound opener",
                key="inbound_opener",
                text=inbound_opener(document),
                language=document.language,
                channel=ChannelName.VOICE,
            )
            # What is made of the opener says all that the opener says.
            inbound = () if document.inbound_opener is None else (calling,)
            others = (
                FirstWords(
                    name=f"opener in {one.language}",
                    key="other_languages",
                    text=one.opener,
                    language=one.language,
                    channel=ChannelName.VOICE,
                )
                for one in document.other_languages
            )
            return (own, *inbound, *others)
        case WhatsAppTemplate():
            body = FirstWords(
                name="body",
                key="body",
                text=document.body,
                language=document.language,
                channel=ChannelName.WHATSAPP,
            )
            return (body,)


def lacking(said: FirstWords, law: Law | None) -> tuple[Requirement, ...] | None:
    """What first words must say and do not; None where their language is not read."""
    return unsaid(said.text, opening_requirements(law, said.channel), said.language)


def words(found: Sequence[Requirement]) -> str:
    """The sentences that are missing, each with the rules that ask for it."""
    return "; ".join(
        SENTENCES[one.sentence]
        + (f" (by the rules of {', '.join(one.rules)})" if one.rules else "")
        for one in found
    )


def complaint(said: FirstWords, law: Law | None = None) -> str | None:
    """A sentence about what first words lack; None where they say it all."""
    found = lacking(said, law)
    if found is None:
        return (
            f"the {said.name} is in a language that is not read here; see that it says all it must."
        )
    return f"the {said.name} does not say {words(found)}." if found else None
