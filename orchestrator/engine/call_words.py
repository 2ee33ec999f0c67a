"""The fixed words of a call that no document says, by the language that is spoken."""

from typing import Final

from agents.prompting import InLanguage
from agents.voice.call import Spoken
from outreach.languages import code_of, name_of

_ENGLISH: Final = "en"
_STILL_THERE: Final = {
    "de": "Sind Sie noch da?",
    "en": "Are you still there?",
    "es": "¿Sigue ahí?",
    "fr": "Vous êtes toujours là ?",
    "it": "È ancora lì?",
    "nl": "Bent u er nog?",
    "pt": "Ainda está aí?",
}
_NO_COMMON_LANGUAGE: Final = {
    "de": "Es tut mir leid, ich spreche nur Deutsch. Auf Wiederhören.",
    "es": "Lo siento, solo hablo español. Adiós.",
    "fr": "Je suis désolée, je ne parle que français. Au revoir.",
    "it": "Mi dispiace, parlo solo italiano. Arrivederci.",
    "nl": "Het spijt me, ik spreek alleen Nederlands. Tot ziens.",
    "pt": "Desculpe, só falo português. Adeus.",
}
DEFAULT_VOICE: Final = "default"


def plain(tag: str) -> str:
    """A language's code without its region."""
    return code_of(tag) or _ENGLISH


def still_there(language: str) -> str:
    return _STILL_THERE.get(language, _STILL_THERE[_ENGLISH])


def no_common_language(language: str) -> str:
    """What the agent says to whom it does not understand, in its own first language."""
    in_english = f"I am sorry, I only speak {name_of(language)}. Goodbye."
    return _NO_COMMON_LANGUAGE.get(language, in_english)


def chosen_voice(name: str) -> str | None:
    """The voice a document names; None where it leaves that to the configuration."""
    return None if name == DEFAULT_VOICE else name


def spoken(words: InLanguage) -> Spoken:
    """What the agent is in another of its languages."""
    language = plain(words.language)
    return Spoken(
        language=language,
        system_prompt=words.system,
        opener=words.opener,
        goodbye=words.goodbye,
        still_there=still_there(language),
        voice=chosen_voice(words.voice),
    )


_NOBODY_FREE: Final = {
    "de": ("Es ist gerade niemand frei. Wir rufen Sie zurück. Auf Wiederhören.", "de-DE"),
    "en": ("I am sorry, nobody is free just now. A colleague calls you back. Goodbye.", "en-US"),
    "es": ("Lo siento, nadie está libre ahora. Le devolveremos la llamada. Adiós.", "es-ES"),
    "fr": ("Personne n'est libre en ce moment. Nous vous rappelons. Au revoir.", "fr-FR"),
    "it": ("Al momento nessuno è libero. La richiamiamo. Arrivederci.", "it-IT"),
    "nl": ("Er is nu niemand vrij. We bellen u terug. Tot ziens.", "nl-NL"),
    "pt": ("Ninguém está livre agora. Ligamos de volta. Adeus.", "pt-PT"),
}


def nobody_free(language: str) -> tuple[str, str]:
    """What is said where no colleague took the call, and the tag of its language."""
    return _NOBODY_FREE.get(language, _NOBODY_FREE[_ENGLISH])
