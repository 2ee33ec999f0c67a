"""The first words say who speaks, that it is no human, and that it is recorded."""

import pytest

from orchestrator.commands.campaign_apply import read_all
from outreach.agent_document import Agent
from outreach.channel import ChannelName
from outreach.law.openings import complaint, required, unsaid
from outreach.whatsapp_template_document import WhatsAppTemplate
from tests.law import RULEBOOK
from tests.test_docs import ROOT

ALL = required(frozenset({"permission"}), ChannelName.VOICE)
WHOLE = {
    "en": "Hello, this is Ada, an AI assistant for Northwind. This call is recorded. May I go on?",
    "de": "Guten Tag, hier spricht Ada, ein KI-Assistent. Wir werden aufgezeichnet. Darf ich?",
    "fr": "Bonjour, ici Ada, une assistante virtuelle. L'appel est enregistré. Puis-je continuer ?",
    "es": "Hola, soy Ada, una asistente virtual. La llamada se graba. ¿Puedo seguir?",
    "it": "Buongiorno, sono Ada, un'assistente virtuale. La chiamata è registrata. Posso?",
    "pt": "Olá, sou a Ada, uma assistente virtual. A chamada é gravada. Posso continuar?",
}


@pytest.mark.parametrize("language", WHOLE)
def test_an_opening_that_says_all_passes_in_each_language(language: str) -> None:
    assert unsaid(WHOLE[language], ALL, language) == ()


@pytest.mark.parametrize("language", WHOLE)
def test_an_opening_that_says_nothing_lacks_everything(language: str) -> None:
    assert unsaid("Northwind.", ALL, language) == ALL


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("Hello, an AI assistant speaking. This call is recorded.", "who calls"),
        ("Hello, this is Ada of Northwind. This call is recorded.", "no human speaks"),
        ("Hello, this is Ada, an AI assistant of Northwind.", "is recorded"),
        # A maid is no AI, and nobody plays a record.
        ("This is Ada, the maid, with a record offer. This call is recorded.", "no human"),
    ],
)
def test_the_missing_sentence_is_named(text: str, lacking: str) -> None:
    agent = Agent(kind="agent", name="ada", title="A", persona="A", goal="A", opener=text)

    said = complaint(agent)

    assert said is not None
    assert lacking in said


def test_a_message_need_not_say_that_it_is_recorded() -> None:
    body = "Hello {{1}}, this is Ada, the AI assistant of Northwind."
    template = WhatsAppTemplate(
        kind="template", name="t", category="utility", body=body, variables={"1": "you"}
    )

    assert complaint(template) is None


def test_a_language_that_nobody_reads_here_is_told_and_not_approved() -> None:
    assert unsaid("Merhaba", ALL, "tr") is None


def test_the_examples_open_as_they_must() -> None:
    for document in read_all(sorted((ROOT / "examples").glob("*/*.yaml"))):
        if isinstance(document, Agent | WhatsAppTemplate):
            assert complaint(document) is None


def test_a_place_can_ask_for_more() -> None:
    emirates = RULEBOOK.law(frozenset({"AE"}), "service").opening

    assert required(emirates, ChannelName.VOICE) == ("identity", "ai", "recording", "permission")
    assert required(frozenset(), ChannelName.VOICE) == ("identity", "ai", "recording")


def test_an_opener_in_each_language_says_all_it_must() -> None:
    french = {"language": "fr", "opener": "Bonjour, ici Ada.", "goodbye": "Au revoir."}
    ada = next(
        one
        for one in read_all(sorted((ROOT / "examples/agents").glob("*.yaml")))
        if isinstance(one, Agent)
    )
    said = complaint(Agent.model_validate({**ada.model_dump(), "other_languages": [french]}))

    assert said is not None
    assert said.startswith("the opener in fr does not say")
