"""Which language is meant, however it is written."""

import pytest

from outreach.languages import NAMES, code_of, name_of


@pytest.mark.parametrize("said", ["fr", "FR", "fr-CA", "fr_FR", "French", " french "])
def test_a_language_is_known_by_code_tag_and_name(said: str) -> None:
    assert code_of(said) == "fr"


@pytest.mark.parametrize("said", ["", "the usual one", "speak up!", "-"])
def test_what_names_no_language_is_none(said: str) -> None:
    assert code_of(said) is None


@pytest.mark.parametrize("code", NAMES)
def test_every_name_leads_back_to_its_code(code: str) -> None:
    assert code_of(name_of(code)) == code
