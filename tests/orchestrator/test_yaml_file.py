"""YAML is read as people expect it, and every key knows its line."""

from orchestrator.yaml_file import parse_yaml


def test_words_stay_words_and_phones_stay_phones():
    file = parse_yaml(
        "country: NO\non: yes\nphone: +12025550100\nat: 12:30\nday: 2026-03-03\n", "f"
    )

    assert file.data == {
        "country": "NO",
        "on": "yes",
        "phone": "+12025550100",
        "at": "12:30",
        "day": "2026-03-03",
    }


def test_numbers_and_booleans_stay_what_they_are():
    assert parse_yaml("a: 3\nb: true\nc: 0.5\nd: -4\ne:\n", "f").data == {
        "a": 3,
        "b": True,
        "c": 0.5,
        "d": -4,
        "e": None,
    }


def test_a_key_that_is_missing_stands_where_its_parent_stands():
    file = parse_yaml("a:\n  b:\n    - c: 1\n", "f.yaml")

    assert file.where(("a", "b", 0, "c")) == "f.yaml:3"
    assert file.where(("a", "b", 0, "missing", "deep")) == "f.yaml:3"
    assert file.where(("other",)) == "f.yaml:1"
