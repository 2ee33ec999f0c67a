"""What must the first words say, and which of it do they not say?

A reader of patterns: it can miss an unusual wording, so it names what it looked for. It never
approves what says nothing of the kind.
"""

import re
from collections.abc import Mapping
from typing import Final

from outreach.agent_document import Agent
from outreach.channel import ChannelName
from outreach.law.row import Opening
from outreach.law.rulebook import ALWAYS_SAID
from outreach.whatsapp_template_document import WhatsAppTemplate

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


def required(law: frozenset[Opening], channel: ChannelName) -> tuple[Opening, ...]:
    """What an opening must say, in this order: our policy, and what law asks besides.

    Calls are recorded, and a number never proves where somebody is, so every call says so.
    """
    wanted = ALWAYS_SAID | law
    if channel is ChannelName.VOICE:
        wanted |= {"recording"}
    else:
        wanted -= {"recording", "permission"}
    return tuple(one for one in ORDER if one in wanted)


def unsaid(text: str, wanted: tuple[Opening, ...], language: str) -> tuple[Opening, ...] | None:
    """What the text does not say; None where nobody here reads its language."""
    patterns = PATTERNS.get(re.split(r"[-_]", language)[0])
    if patterns is None:
        return None
    plain = text.casefold().replace("\u2019", "'")
    return tuple(one for one in wanted if re.search(patterns[one], plain) is None)


def complaint(document: Agent | WhatsAppTemplate) -> str | None:
    """A sentence about what the document's first words lack; None where they say it all."""
    match document:
        case Agent():
            first = _lacking("opener", document.opener, document.language, ChannelName.VOICE)
            others = (
                _lacking(f"opener in {one.language}", one.opener, one.language, ChannelName.VOICE)
                for one in document.other_languages
            )
            return " ".join(told for told in (first, *others) if told is not None) or None
        case WhatsAppTemplate():
            return _lacking("body", document.body, document.language, ChannelName.WHATSAPP)


def _lacking(what: str, text: str, language: str, channel: ChannelName) -> str | None:
    found = unsaid(text, required(frozenset(), channel), language)
    if found is None:
        return f"the {what} is in a language that is not read here; see that it says all it must."
    if not found:
        return None
    lacking = "; ".join(SENTENCES[one] for one in found)
    return f"the {what} does not say {lacking}."
