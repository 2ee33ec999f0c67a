"""The doctor looks at the platforms that run calls for us, and knows that they are enough."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.config import Config
from orchestrator.doctor.assembly import check_up
from orchestrator.doctor.configured import CompleteCheck
from tests.channels.platform import KEY, Dialect, StandIn, stand_in
from tests.orchestrator.doctor.installation import Installation, installed
from tests.orchestrator.doctor.test_doctor import free_port, only

VALUES = {"agent": "agent_1", "phone_number": "phnum_1"}


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> AsyncIterator[Installation]:
    async with installed(tmp_path, database_url) as made:
        yield made


@pytest.fixture(params=["retell", "elevenlabs"])
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[StandIn]:
    dialect: Dialect = request.param
    async with stand_in(dialect, datetime.now(UTC)) as opened:
        yield opened


def hosted(platform: StandIn, key: str) -> dict[str, Any]:
    calls = {
        "api_key": key,
        "base_url": platform.base_url,
        "numbers": ["+12025550102"],
        "values": VALUES,
    }
    return {"acme": {"preset": platform.dialect, "secret": key, "calls": calls}}


async def test_a_platform_that_takes_our_key_is_no_problem_and_calls_nobody(
    home: Installation, platform: StandIn
) -> None:
    home.values["hosted"] = hosted(platform, home.secret("platform", KEY))

    examined = await check_up(home.config())

    assert [problem for one in examined for problem in one.report.problems] == []
    (report,) = [one.report for one in examined if one.name == "platform acme"]
    assert report.facts == ("It answers and takes our key.",)
    assert platform.orders == 0


async def test_a_key_that_a_platform_refuses_is_named_by_its_section(
    home: Installation, platform: StandIn
) -> None:
    home.values["hosted"] = hosted(platform, home.secret("platform", "another"))

    assert "hosted.acme.calls.api_key" in only(await home.problems(), "platform_key_refused")


async def test_a_platform_that_does_not_answer_is_named(
    home: Installation, platform: StandIn
) -> None:
    platform.base_url = f"http://127.0.0.1:{free_port()}"
    home.values["hosted"] = hosted(platform, home.secret("platform", KEY))

    fix = only(await home.problems(), "platform_unreachable")

    assert "hosted.acme.calls.base_url" in fix


async def test_calls_of_a_platform_are_a_way_to_reach_people(platform: StandIn) -> None:
    alone = Config.model_validate(
        {"public_url": "https://outreach.example.com", "hosted": hosted(platform, KEY)}
    )

    found = [one.code for one in (await CompleteCheck(config=alone).look()).problems]

    assert found == ["model_missing"]
    nowhere = alone.model_copy(update={"public_url": None})
    assert "public_url_missing" in {
        one.code for one in (await CompleteCheck(config=nowhere).look()).problems
    }
