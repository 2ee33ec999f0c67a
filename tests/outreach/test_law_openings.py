"""The first words say who speaks, that it is no human, and that it is recorded."""

import pytest

from orchestrator.commands.campaign_apply import read_all
from outreach.agent_document import Agent
from outreach.channel import ChannelName
from outreach.inbound_opener import inbound_opener
from outreach.law.openings import complaint, first_words, opening_requirements, unsaid, words
from outreach.whatsapp_template_document import WhatsAppTemplate
from tests.law import RULEBOOK
from tests.test_docs import ROOT

EMIRATES = RULEBOOK.law(frozenset({"AE"}), "service")
ALL = opening_requirements(EMIRATES, ChannelName.VOICE)
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

    (opener,) = first_words(agent)
    said = complaint(opener)

    assert said is not None
    assert lacking in said


def test_a_message_need_not_say_that_it_is_recorded() -> None:
    body = "Hello {{1}}, this is Ada, the AI assistant of Northwind."
    template = WhatsAppTemplate(
        kind="template", name="t", category="utility", body=body, variables={"1": "you"}
    )

    assert [complaint(one) for one in first_words(template)] == [None]


def test_a_language_that_nobody_reads_here_is_told_and_not_approved() -> None:
    assert unsaid("Merhaba", ALL, "tr") is None


def test_the_examples_open_as_they_must() -> None:
    for document in read_all(sorted((ROOT / "examples").glob("*/*.yaml"))):
        if isinstance(document, Agent | WhatsAppTemplate):
            assert [complaint(one) for one in first_words(document)] == [None]


def sentences(places: set[str], channel: ChannelName) -> list[tuple[str, tuple[str, ...]]]:
    law = RULEBOOK.law(frozenset(places), "service")
    return [(one.sentence, one.rules) for one in opening_requirements(law, channel)]


def test_an_opener_in_each_language_says_all_it_must() -> None:
    french = {"language": "fr", "opener": "Bonjour, ici Ada.", "goodbye": "Au revoir."}
    ada = next(
        one
        for one in read_all(sorted((ROOT / "examples/agents").glob("*.yaml")))
        if isinstance(one, Agent)
    )
    both = Agent.model_validate({**ada.model_dump(), "other_languages": [french]})

    own, other = (complaint(one) for one in first_words(both))

    assert own is None
    assert other is not None
    assert other.startswith("the opener in fr does not say")


def test_each_sentence_names_the_rules_that_ask_for_it() -> None:
    assert sentences({"AE", "FR"}, ChannelName.VOICE) == [
        ("identity", ("AE",)),
        ("ai", ("FR",)),
        ("recording", ("AE",)),
        ("permission", ("AE",)),
    ]
    assert sentences({"FR"}, ChannelName.WHATSAPP) == [("identity", ()), ("ai", ("FR",))]
    assert [one.rules for one in opening_requirements(None, ChannelName.VOICE)] == [(), (), ()]


def test_what_is_missing_is_told_with_its_rule() -> None:
    text = "Hello, this is Ada, an AI assistant of Northwind. This call is recorded."
    found = unsaid(text, ALL, "en")

    assert found is not None
    assert (
        words(found) == "whether to go on, such as \u201cmay I continue?\u201d (by the rules of AE)"
    )


def test_words_for_who_calls_us_are_held_to_the_same_and_default_to_what_the_opener_says() -> None:
    plain = Agent(kind="agent", name="ada", title="A", persona="A", goal="A", opener=WHOLE["en"])
    own = plain.model_copy(update={"inbound_opener": "Thank you for calling Northwind."})

    derived = inbound_opener(plain)
    _, said = first_words(own)

    assert unsaid(derived, ALL, "en") == ()
    assert derived.startswith("Thank you for calling. Hello, this is Ada")
    assert said.key == "inbound_opener"
    found = complaint(said)
    assert found is not None
    assert "no human speaks" in found
