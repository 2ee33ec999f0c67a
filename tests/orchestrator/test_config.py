"""The configuration says what is wrong, where, and how to mend it."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from orchestrator.config import Config, is_secret, model_of
from orchestrator.config_file import load_config
from orchestrator.mistakes import each
from outreach.errors import Rejected
from outreach.hours import WeeklyHours

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


@pytest.fixture
def write(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("OPENAI_API_KEY", "key")


def test_the_example_is_a_valid_configuration():
    config = load_config(EXAMPLE)

    assert config.public_url == "https://outreach.example.com"
    assert config.twilio is not None
    assert config.twilio.auth_token.get_secret_value() == "token"
    assert config.limits.settle == timedelta(seconds=4)


def test_the_example_names_every_section():
    named = {line.split(":")[0] for line in EXAMPLE.read_text().splitlines() if line[:1].isalpha()}

    assert named == set(Config.model_fields)


def test_nothing_at_all_is_a_valid_configuration():
    assert load_config(None) == Config()


def test_the_environment_wins_over_the_file(write, monkeypatch):
    monkeypatch.setenv("OUTREACH__LIMITS__VOICE_SLOTS", "3")

    config = load_config(write("limits: {voice_slots: 9, claim_batch: 7}"))

    assert (config.limits.voice_slots, config.limits.claim_batch) == (3, 7)


@pytest.mark.parametrize(
    ("text", "code", "line", "fix"),
    [
        ("databse:\n  pool_size: 3\n", "config_unknown_key", 1, "database"),
        ("database:\n  pool_sise: 3\n", "config_unknown_key", 2, "pool_size"),
        ("database:\n\n  pool_size: none\n", "config_value", 3, ""),
        ("twilio:\n  account_sid: AC1\n", "config_missing_key", 1, "OUTREACH__TWILIO__AUTH_TOKEN"),
        (
            "twilio:\n  auth_token: abc\n  account_sid: AC1\n",
            "config_secret_in_file",
            2,
            "${env:TWILIO_AUTH_TOKEN}",
        ),
        ("llm:\n  api_key: ${env:NOT_SET_ANYWHERE}\n", "config_env_missing", 2, "NOT_SET_ANYWHERE"),
        ("limits:\n  tick: 1\n  tick: 2\n", "yaml_repeated_key", 3, "one of them"),
        ("compliance:\n  quiet_hours: {daily: 07:30-21:00}\n", "config_value", 2, ""),
        ("compliance:\n  quiet_hours: {sat: 10:00-22:00}\n", "config_value", 2, ""),
        ("compliance:\n  quiet_hours: {daily: []}\n", "config_value", 2, ""),
        ("compliance:\n  quiet_hours: {daily: morning}\n", "config_value", 2, ""),
        ("limits: [\n", "yaml_syntax", 2, "missing"),
        ("- a\n", "config_shape", None, "key: value"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_fix(write, text, code, line, fix):
    path = write(text)

    with pytest.raises(Rejected) as caught:
        load_config(path)

    assert caught.value.code == code
    assert caught.value.where == (f"{path}:{line}" if line else str(path))
    assert fix in caught.value.fix


def test_hours_that_reach_beyond_the_law_are_refused_by_name(write):
    with pytest.raises(Rejected, match=r"07:30-21:00 reaches beyond 08:00-21:00"):
        load_config(write('compliance: {quiet_hours: {mon-fri: "07:30-21:00"}}'))


def test_hours_of_the_deployment_reach_the_engine(write):
    narrow = load_config(write('compliance: {quiet_hours: {mon-sat: "09:00-20:00"}}'))

    assert narrow.compliance.hours == (WeeklyHours.parse({"mon-sat": "09:00-20:00"}),)
    assert Config().compliance.hours == ()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Rejected, match="no file"):
        load_config(tmp_path / "absent.yaml")


def secrets_of(model: type[BaseModel], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The path of every key whose type hides its value."""
    found: set[tuple[str, ...]] = set()
    for name, field in model.model_fields.items():
        inner = model_of(field.annotation)
        if inner is not None:
            found |= secrets_of(inner, (*path, name))
        elif "SecretStr" in str(field.annotation):
            found.add((*path, name))
    return found


def test_exactly_the_keys_that_hide_their_value_are_secrets():
    found = secrets_of(Config)

    assert ("twilio", "auth_token") in found
    assert ("speech", "stt", "api_key") in found
    assert all(is_secret(path) for path in found)
    assert not any(is_secret(path) for path in [("twilio", "account_sid"), ("llm",), ("nothing",)])


def test_every_mistake_of_a_file_is_named_at_once_in_the_order_of_the_file(write, monkeypatch):
    monkeypatch.setenv("OUTREACH__LIMITS__DRAIN", "soon")
    path = write(
        "databse: {pool_size: 3}\n"
        "database:\n  pool_size: many\n"
        "twilio:\n  account_sid: AC1\n  auth_token: hunter2\n  calls_per_second: 0\n"
        "llm:\n  api_key: ${env:NOT_SET_ANYWHERE}\n  timeout_s: [1]\n"
        "limits:\n  tick: soon\n"
        "telemetry: {log_level: loud}\n"
    )

    with pytest.raises(Rejected) as caught:
        load_config(path)

    found = each(caught.value)
    assert [(one.code, one.where.removeprefix(f"{path}:")) for one in found] == [
        ("config_unknown_key", "1"),
        ("config_value", "3"),
        ("config_secret_in_file", "6"),
        ("config_value", "7"),
        ("config_env_missing", "9"),
        ("config_value", "10"),
        ("config_value", "environment variable OUTREACH__LIMITS__DRAIN"),
        ("config_value", "12"),
        ("config_value", "13"),
    ]
    said = "\n".join(map(str, found))
    assert "hunter2" not in said
    assert all(one.fix for one in found)
    assert "It must be a whole number" in said
    assert "It must be more than 0" in said
    assert "It must be a span such as PT30S" in said
    assert "It must be one of debug, info, warning, error" in said
    for raw in ("Input should", "timedelta", "valid integer", "pydantic"):
        assert raw not in said


def test_a_variable_that_names_no_section_is_not_passed_over(monkeypatch):
    monkeypatch.setenv("OUTREACH__LIMTS__TICK", "PT1S")

    with pytest.raises(Rejected, match=r"OUTREACH__LIMTS__TICK.*Did you mean 'limits'"):
        load_config(None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: b: c\n", "a colon stands where no key can begin"),
        ("a: 'b\n", "a quote is opened and never closed"),
        ("a: [1, 2\n", "a bracket is opened and never closed"),
        ("a:\n  b: 1\n c: 2\n", "the indentation does not fit"),
        ("a:\n\tb: 1\n", "cannot begin a value"),
        ("a: *b\n", "no anchor names"),
    ],
)
def test_what_is_no_yaml_is_said_in_plain_words(write, text, words):
    with pytest.raises(Rejected) as caught:
        load_config(write(text))

    assert caught.value.code == "yaml_syntax"
    assert words in caught.value.message


def test_a_lease_shorter_than_what_it_covers_is_refused(write):
    with pytest.raises(Rejected) as refused:
        load_config(write("limits: {provider_timeout: PT30S, lease: PT45S}"))

    assert refused.value.code == "config_value"
    assert "at least twice provider_timeout" in refused.value.message


PRICES = """
prices:
  currency: USD
  calls: {default: 0.05, "+44": 0.03}
  messages: {default: 0}
  hearing_per_minute: 0.003
  speaking_per_1000_characters: 0.015
  model: {input_per_million: 0.4, output_per_million: 1.6}
"""


def test_prices_are_money_and_become_exact_millionths(write):
    prices = load_config(write(PRICES)).prices

    assert prices is not None
    table = prices.table
    assert (table.currency, table.call_minute.of("+442079460123")) == ("USD", 30_000)
    assert (table.call_minute.default, table.hearing_minute) == (50_000, 3_000)
    assert (table.input_million, table.output_million, table.message.default) == (
        400_000,
        1_600_000,
        0,
    )


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("default: 0.05, ", "", "Default is missing"),
        ('"+44"', "abc", "no beginning of a number"),
        ('"+44": 0.03', '"+44": 0.03, "44": 0.04', "twice"),
        ("0.003", "-1", "0 or more"),
        ("currency: USD", "currency: dollars", "currency"),
        ("  hearing_per_minute: 0.003\n", "", "hearing_per_minute"),
    ],
)
def test_a_price_table_that_leaves_something_open_is_refused(write, was, becomes, told):
    with pytest.raises(Rejected) as refused:
        load_config(write(PRICES.replace(was, becomes)))

    assert told in str(refused.value)
