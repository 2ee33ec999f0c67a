"""What people say to be left alone, and what only sounds like it, in six languages.

Each sentence is heard twice: as a message and as a turn of a call.
"""

from collections.abc import Mapping
from typing import Final

import pytest

from outreach.opt_out import spoken, written

TABLE_WORDS: Final = ("stop", "quit", "revoke", "opt out", "unsubscribe", "stop all", "remove me")
TABLE: Final = (
    "do not ever call me",
    "don't contact us again",
    "never ring here",
    "stop texting me",
    "take me off your list",
    "remove my number from the database",
    "put me on your do-not-call list",
)
"""Of the table of rules, with its words and its five near misses: nineteen."""
TABLE_NEAR_MISSES: Final = (
    "don't call me now, call me at five",
    "can you stop by tomorrow",
    "don't stop, go on",
    "do not call before noon",
    "I can't stop talking about it",
)

ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "I don't want to hear from you guys again",
        "please take my name off your records",
        "make sure nobody calls me again",
        "this number is not to be called again",
        "scrub me from your list",
        "do not solicit me",
        "this is a cease and desist",
        "I want off this list",
        "please stop with the calls",
        "not interested, don't ever call back",
    ),
    "de": (
        "Bitte melden Sie mich ab",
        "Ich möchte keine Anrufe mehr",
        "Hören Sie auf, mich anzurufen",
        "Hör auf, mir zu schreiben",
        "Streichen Sie mich aus Ihrer Liste",
        "Ich widerrufe meine Einwilligung",
        "Ruf mich nie wieder an",
        "Keine Werbung mehr, bitte",
        "Ich will nicht mehr angerufen werden",
        "Lassen Sie uns in Frieden",
    ),
    "fr": (
        "Je ne veux plus être appelé",
        "Je ne veux plus recevoir vos messages",
        "Je ne souhaite plus être contactée",
        "Laissez-moi tranquille",
        "Désinscrivez-moi",
        "Je retire mon consentement",
        "Cessez de me contacter",
        "Ne m'écrivez plus",
        "Rayez mon nom de votre liste",
        "Arrêtez de me téléphoner",
    ),
    "es": (
        "Quítenme de su lista",
        "No vuelva a llamarme",
        "No me vuelvan a llamar",
        "Déjenme en paz",
        "Retiro mi consentimiento",
        "Paren de llamar",
        "Ya no quiero recibir mensajes",
        "No me contacten nunca más",
        "Borren mi número",
        "No quiero más llamadas",
    ),
    "it": (
        "Non voglio più essere chiamato",
        "Lasciatemi in pace",
        "Cancellate il mio numero",
        "Revoco il mio consenso",
        "Non voglio ricevere altri messaggi",
        "Basta chiamate",
        "Toglietemi dalla lista",
        "Smettetela di chiamarmi",
        "Non mi contatti più",
        "Non chiamatemi mai più",
    ),
    "pt": (
        "Deixem-me em paz",
        "Quero cancelar a inscrição",
        "Me tirem da lista",
        "Retiro o meu consentimento",
        "Não quero mais ser contatado",
        "Nunca mais me ligue",
        "Não me liguem mais",
        "Parem de me mandar mensagens",
        "Não quero receber mais ligações",
        "Tirem o meu número da lista",
    ),
}
"""Ten each: sixty."""

NOT_ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        "don't call me now",
        "stop by on Tuesday",
        "I'll stop you there",
        "let me stop you there",
        "please stop for a second",
        "can you stop talking so fast",
        "stop me if I'm wrong",
        "don't hang up",
        "don't call it a discount",
        "I'd never call that cheap",
        "the calls stop at six",
        "I want to stop paying so much",
        "no more questions",
        "no more than five people",
        "remove the second item from my order",
        "cancel the appointment on Monday",
        "nobody called me again about it",
    ),
    "de": (
        "Rufen Sie mich nicht heute an",
        "Rufen Sie jetzt nicht an, morgen passt es",
        "Ich möchte mich für den Termin abmelden",
        "Hören Sie mal",
        "Ich kann Sie nicht mehr hören",
        "Wir nehmen keine Anrufe am Sonntag an",
        "Ich will keine Anrufe am Abend",
        "Können Sie mir das schreiben?",
    ),
    "fr": (
        "Ne m'appelez pas maintenant",
        "Je ne vous entends plus",
        "Arrêtez-vous au bureau mardi",
        "Je n'ai plus le temps",
        "Ne raccrochez pas",
        "Rappelez-moi plus tard",
        "Je ne veux plus attendre, dites-moi le prix",
        "Laissez-moi réfléchir",
    ),
    "es": (
        "No me llame ahora, mañana mejor",
        "No puedo hablar más",
        "Pare un momento",
        "No cuelgue",
        "No me llamen antes de las nueve",
        "Quiero más información",
        "Déjeme pensar",
        "Ya no quiero el plan grande",
    ),
    "it": (
        "Non chiamarmi adesso",
        "Non la sento più",
        "Fermatevi in ufficio martedì",
        "Non posso più parlare ora",
        "Non chiamatemi prima delle nove",
        "Mi lasci pensare",
        "Basta così, grazie",
    ),
    "pt": (
        "Não me ligue agora",
        "Não posso mais falar",
        "Passe aqui na terça",
        "Não me ligue antes das nove",
        "Pare um pouco",
        "Não consigo mais ouvir",
        "Deixe-me pensar",
        "Quero cancelar a reunião de terça",
    ),
}


def each(of: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [sentence for sentences in of.values() for sentence in sentences]


def test_there_are_as_many_as_were_promised() -> None:
    assert len(TABLE_WORDS) + len(TABLE) + len(TABLE_NEAR_MISSES) == 19
    assert len(each(ASKED)) == 60
    assert ASKED.keys() == NOT_ASKED.keys()


@pytest.mark.parametrize("word", TABLE_WORDS)
def test_a_word_of_the_table_is_enough(word: str) -> None:
    for text in (word, word.upper(), f"{word.capitalize()}."):
        assert written(text) is not None
        assert spoken(text) is not None


@pytest.mark.parametrize("text", [*TABLE, *each(ASKED)])
def test_who_asks_to_be_left_alone_is_heard_in_writing_and_in_a_call(text: str) -> None:
    assert written(text) is not None
    assert spoken(text) is not None
    assert spoken(f"Okay. {text.lower()}") is not None
    assert written(f"Hello. {text}!") is not None


@pytest.mark.parametrize("text", [*TABLE_NEAR_MISSES, *each(NOT_ASKED)])
def test_what_only_sounds_like_it_silences_nobody(text: str) -> None:
    assert written(text) is None
    assert spoken(text) is None
    assert spoken(text.lower()) is None
