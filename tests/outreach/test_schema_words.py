"""What a value must look like is said in words with an example, never as a pattern."""

import pytest
from pydantic import BaseModel

from orchestrator.config import Config
from outreach.call_delivery import CallDelivery
from outreach.documents import KINDS, parse_document
from outreach.schema_words import FORMS


def patterns(schema: object) -> set[str]:
    """Every pattern anywhere in a JSON schema."""
    match schema:
        case dict():
            own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
            return own.union(*map(patterns, schema.values()))
        case list():
            return set().union(*map(patterns, schema))
    return set()


@pytest.mark.parametrize("model", [*KINDS.values(), Config, CallDelivery])
def test_every_form_that_a_schema_asks_for_has_words(model: type[BaseModel]):
    ours = {
        one for one in patterns(model.model_json_schema()) if one.startswith("^[") or one in FORMS
    }

    assert ours <= set(FORMS)


def test_all_forms_are_asked_for_somewhere():
    models = [*KINDS.values(), Config, CallDelivery]

    assert set(FORMS) <= set().union(*(patterns(one.model_json_schema()) for one in models))


def test_a_bad_name_is_refused_with_the_form_and_an_example():
    found = parse_document({"kind": "agent", "name": "Ada Lovelace"}, lambda path: "ada.yaml:2")

    assert isinstance(found, tuple)
    (named,) = (one for one in found if one.where.endswith(" name"))
    assert "small letters and digits" in named.message
    assert "such as spring-phone" in named.message
    assert "[" not in named.message + named.fix
