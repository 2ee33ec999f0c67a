"""Platforms are configuration: what the page shows works, what cannot work is refused by name."""

import re
from pathlib import Path
from typing import Any

import pytest

from channels.hosted_routes import ByNumber
from orchestrator.config_file import load_config
from orchestrator.hosted_providers import check_platforms, numbers_of, senders_of, sources
from orchestrator.mistakes import each
from orchestrator.providers import open_channels
from orchestrator.sections.hosted import Hosted
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.ids import new_id
from tests.channels.providers import NOW

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"
LISTEN = {"secret": "s", "signature": {"scheme": "standard_webhooks"}}
RETELL: dict[str, Any] = {
    "preset": "retell",
    "secret": "s",
    "calls": {"api_key": "k", "numbers": ["+12025550102"], "values": {"agent": "a"}},
}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RETELL_API_KEY", "ELEVENLABS_API_KEY", "ELEVENLABS_WEBHOOK_SECRET"):
        monkeypatch.setenv(name, f"the value of {name}")
    monkeypatch.setenv("ACME_SECRET", "acme")


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_example_of_the_page_is_a_valid_configuration(tmp_path: Path) -> None:
    secret = tmp_path / "other"
    secret.write_text("other", encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: list[str] = []
    for text in examples:
        config = load_config(written(tmp_path, text.replace("/run/secrets/other", str(secret))))
        names += config.hosted
        assert sources(config.hosted).keys() == config.hosted.keys()

    assert names == ["retell", "elevenlabs", "acme", "other"]


@pytest.mark.parametrize("key", ["secret: a", "calls: {api_key: a, numbers: ['+12025550102']}"])
def test_a_secret_in_the_file_is_refused(tmp_path: Path, key: str) -> None:
    text = f"hosted:\n  retell:\n    preset: retell\n    {key}\n"

    with pytest.raises(Rejected) as caught:
        load_config(written(tmp_path, text))

    (found,) = (one for one in each(caught.value) if one.code == "config_secret_in_file")
    assert "hosted.retell." in found.message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"secret": "s"}, "signature is needed"),
        ({**LISTEN, "secret": ""}, "secret is empty"),
        ({**LISTEN, "secret": " \n"}, "secret is empty"),
        ({**RETELL, "secret": " "}, "secret is empty"),
        ({**LISTEN, "secret": "whsec_"}, "nothing behind it"),
        ({**LISTEN, "secret": "whsec_=="}, "nothing behind it"),
        ({**LISTEN, "mapping": {"status": {"pth": "a"}}}, "mapping.status.0.path"),
        ({**LISTEN, "calls": RETELL["calls"]}, "platform and base_url"),
        ({**RETELL, "calls": {**RETELL["calls"], "values": {}}}, "needs agent"),
        ({"secret": "s", "signature": {"scheme": "hmac_body"}}, "needs header"),
        (
            {"secret": "s", "signature": {"scheme": "hmac_timestamp", "header": "X"}},
            "form or in timestamp_header",
        ),
        (
            {"secret": "s", "signature": {"scheme": "hmac_body", "header": "X", "form": "x"}},
            "{signature} once",
        ),
    ],
)
def test_what_cannot_work_is_refused_by_name(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Hosted.model_validate(given)


@pytest.mark.parametrize(
    ("base_url", "stated", "simulated"),
    [
        (None, None, False),
        ("http://127.0.0.1:4010", None, True),
        ("https://elsewhere.example.com", None, True),
        ("https://eu.example.com", False, False),
    ],
)
def test_a_platform_at_another_address_is_simulated(
    base_url: str | None, stated: bool | None, simulated: bool
) -> None:
    calls = {**RETELL["calls"], "base_url": base_url, "simulated": stated}

    assert Hosted.model_validate({**RETELL, "calls": calls}).is_simulated is simulated


def test_one_number_belongs_to_one_platform() -> None:
    two = {name: Hosted.model_validate(RETELL) for name in ("one", "two")}

    with pytest.raises(Rejected, match="used by one and by two"):
        check_platforms(two, None)
    with pytest.raises(Rejected, match="used by twilio and by one"):
        check_platforms({"one": two["one"]}, False, ["+12025550102"])


def test_made_up_calls_and_real_ones_are_not_configured_together() -> None:
    here = {**RETELL["calls"], "base_url": "http://127.0.0.1:1", "numbers": ["+12025550103"]}
    two = {
        "real": Hosted.model_validate(RETELL),
        "simulated": Hosted.model_validate({**RETELL, "calls": here}),
    }

    with pytest.raises(Rejected, match="simulated"):
        check_platforms(two, None)
    with pytest.raises(Rejected, match="simulated"):
        check_platforms({"real": two["real"]}, True)
    check_platforms({"real": two["real"]}, False)


async def test_a_platform_alone_is_a_way_to_call_people(tmp_path: Path) -> None:
    config = load_config(
        written(
            tmp_path,
            "hosted:\n  retell:\n    preset: retell\n    secret: ${env:RETELL_API_KEY}\n"
            "    calls: {api_key: '${env:RETELL_API_KEY}', numbers: ['+12025550102'],"
            " values: {agent: a}}\n",
        )
    )

    async def clock() -> Any:
        return NOW

    channels = open_channels(config, clock)
    try:
        assert isinstance(channels[ChannelName.VOICE], ByNumber)
        (sender,) = senders_of(config.hosted, lambda: new_id(NOW, bytes(10)))
        assert (sender.address, sender.provider) == ("+12025550102", "hosted:retell")
        assert sender.is_hosted
        assert not sender.simulated
    finally:
        for channel in channels.values():
            await channel.close()


def test_the_variable_proposed_for_a_secret_can_be_set_in_a_shell(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"\$\{env:HOSTED_MY_CALLS_SECRET\}"):
        load_config(written(tmp_path, "hosted:\n  my-calls: {preset: retell, secret: abc}\n"))


def test_a_number_that_is_none_is_named() -> None:
    wrong = Hosted.model_validate({**RETELL, "calls": {**RETELL["calls"], "numbers": ["12"]}})

    with pytest.raises(Rejected) as caught:
        numbers_of("retell", wrong)

    assert caught.value.where == "hosted.retell.calls.numbers"
