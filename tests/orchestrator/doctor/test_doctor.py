"""The doctor finds each planted fault and says how to mend it, over real sockets."""

import asyncio
import http.server
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from channels.twilio_checks import ProviderClockCheck
from channels.twilio_http import TwilioAccount, open_pool
from orchestrator.commands.simulated_account import furnish
from orchestrator.config_file import load_config
from orchestrator.doctor.assembly import check_up
from orchestrator.doctor.examine import examine
from orchestrator.documents import read_document
from outreach.checkup import Problem, Report
from outreach.whatsapp_template_document import WhatsAppTemplate
from simulator.world import ACCOUNT_SID, AUTH_TOKEN
from storage.checkup import DatabaseClockCheck
from storage.database import transaction
from tests.orchestrator.commands.conftest import EXAMPLES, Shell
from tests.orchestrator.doctor.installation import (
    CALLS,
    TEMPLATE,
    WRITES,
    Installation,
    installed,
)


@pytest.fixture
async def home(tmp_path: Path, database_url: str) -> AsyncIterator[Installation]:
    async with installed(tmp_path, database_url) as made:
        yield made


def only(problems: list[Problem], code: str) -> str:
    """The fix of the one problem there is."""
    assert [problem.code for problem in problems] == [code], problems
    return problems[0].fix


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def somebody_else() -> Iterator[str]:
    """A web server that is not ours and is content with whatever it is sent."""

    class Content(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Content)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_where_all_is_well_it_finds_nothing_and_changes_nothing(home: Installation):
    async def rows() -> list[object]:
        async with transaction(home.engine) as tx:
            counts = text(
                "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM inbox),"
                " (SELECT count(*) FROM webhook_rejections), (SELECT count(*) FROM senders)"
            )
            return list((await tx.execute(counts)).one())

    before = await rows()

    examined = await check_up(home.config())

    assert [(one.name, one.report.problems) for one in examined if one.report.problems] == []
    assert [one.name for one in examined if one.report.skipped] == []
    assert len(examined) >= 16
    assert await rows() == before


async def test_an_account_that_the_simulator_furnishes_is_as_the_configuration_expects(
    home: Installation,
):
    world = home.simulator.world
    world.numbers.clear()
    world.templates.clear()
    assert len(await home.problems()) >= 3

    intro = read_document(EXAMPLES / "templates" / "intro.yaml")
    assert isinstance(intro, WhatsAppTemplate)
    said = list(furnish(world, home.config(), [intro]))

    assert await home.problems() == []
    assert said == [
        "+12025550100 takes calls",
        "+12025550101 takes WhatsApp messages",
        "template intro is approved",
    ]


def test_the_tutorials_simulator_and_configuration_fit_each_other(tmp_path: Path, monkeypatch):
    tutorial = (EXAMPLES.parent / "docs" / "tutorial.md").read_text(encoding="utf-8")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", tutorial, re.DOTALL)
    exported = dict(re.findall(r"([A-Z_]+)=(\w+)", re.search(r"export (.*)", tutorial)[1]))
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config.yaml").write_text(yaml)
    config = load_config(tmp_path / "config.yaml")

    assert config.twilio is not None
    assert config.twilio.account_sid == ACCOUNT_SID
    assert config.twilio.auth_token.get_secret_value() == AUTH_TOKEN
    assert "outreach simulator --port 4010 --config config.yaml --template" in tutorial
    assert ":4010" in str(config.twilio.base_url)


async def test_a_wrong_token_is_one_problem_and_not_one_for_each_thing_asked(home: Installation):
    examined = await check_up(home.config(twilio={"auth_token": home.secret("token", "wrong")}))
    found = {problem.code: problem.fix for one in examined for problem in one.report.problems}

    assert "primary auth token" in found.pop("twilio_credentials_refused")
    # The process that runs has the right one.
    assert "twilio.auth_token" in found.pop("public_url_signature_refused")
    assert found == {}
    assert sum(bool(one.report.skipped) for one in examined) >= 3


async def test_an_unknown_account_is_named(home: Installation):
    problems = await home.problems(twilio={"account_sid": "AC" + "9" * 32})

    assert problems[0].code == "twilio_credentials_refused"
    assert "account SID" in only(problems, "twilio_credentials_refused")


async def test_a_number_of_somebody_else_is_named(home: Installation):
    problems = await home.problems(twilio={"voice_numbers": [CALLS, "+12025550177"]})

    assert "+12025550177" in problems[0].message
    assert "buy or verify" in only(problems, "number_not_owned")


async def test_a_number_that_cannot_call_is_named(home: Installation):
    await home.steer("numbers", {"number": CALLS, "is_voice": False})

    assert "twilio.voice_numbers" in only(await home.problems(), "number_without_voice")


@pytest.mark.parametrize("url", ["https://old.example.com/voice", ""])
async def test_a_number_that_reports_elsewhere_is_told_the_right_address(
    home: Installation, url: str
):
    await home.steer("numbers", {"number": CALLS, "voice_url": url})

    fix = only(await home.problems(), "number_reports_elsewhere")

    assert f"{home.public_url}/webhooks/twilio/voice/inbound" in fix


async def test_a_whatsapp_sender_that_is_missing_is_named(home: Installation):
    problems = await home.problems(twilio={"whatsapp_numbers": ["+12025550178"]})

    assert "twilio.whatsapp_numbers" in only(problems, "whatsapp_sender_missing")


async def test_a_whatsapp_sender_that_is_offline_or_reports_elsewhere_is_named(
    home: Installation,
):
    number = f"whatsapp:{WRITES}"
    await home.steer("numbers", {"number": number, "sender_status": "OFFLINE"})
    assert "registration" in only(await home.problems(), "whatsapp_sender_offline")

    await home.steer("numbers", {"number": number, "sms_url": "https://old.example.com"})
    assert home.public_url in only(await home.problems(), "whatsapp_reports_elsewhere")


@pytest.mark.parametrize("approval", ["pending", "rejected", "paused"])
async def test_a_template_that_is_not_approved_is_named(home: Installation, approval: str):
    said = {"sid": TEMPLATE, "body": "Hello.", "approval": approval}
    await home.steer("templates", said)

    problems = await home.problems()

    assert "intro" in problems[0].message
    assert "approval" in only(problems, "template_not_approved")


async def test_an_unknown_or_missing_content_sid_is_named(home: Installation):
    change = "UPDATE documents SET body = cast(:body AS jsonb) WHERE kind = 'template'"
    await home.do(change, body=json.dumps({"content_sid": "HX" + "f" * 32}))
    assert "content_sid" in only(await home.problems(), "template_unknown")

    await home.do(change, body="{}")
    assert "Submit it" in only(await home.problems(), "template_not_submitted")


async def test_a_template_of_a_campaign_that_is_over_is_nobodys_problem(home: Installation):
    await home.do("UPDATE documents SET body = '{}' WHERE kind = 'template'")
    await home.do("UPDATE campaigns SET status = 'archived'")

    assert await home.problems() == []


async def test_a_database_that_is_down_is_named_without_its_password(home: Installation):
    url = f"postgresql://ann:hunter2@127.0.0.1:{free_port()}/nothing"

    problems = await home.problems(database={"url": home.secret("url", url)})

    assert "hunter2" not in str(problems)
    assert "database.url" in only(problems, "database_unreachable")


@pytest.mark.parametrize(
    ("revision", "code", "fix"),
    [("0001", "schema_older", "outreach db migrate"), ("9999", "schema_newer", "newer one")],
)
async def test_a_schema_of_another_age_is_named(
    home: Installation, revision: str, code: str, fix: str
):
    await home.do("UPDATE alembic_version SET version_num = :revision", revision=revision)

    assert fix in only(await home.problems(), code)


async def test_an_empty_database_is_named_and_not_filled(
    home: Installation, empty_database_url: str
):
    problems = await home.problems(database={"url": home.secret("url", empty_database_url)})
    again = await home.problems(database={"url": home.secret("url", empty_database_url)})

    assert "outreach db migrate" in only(problems, "schema_older")
    assert again == problems


async def test_a_public_url_that_nobody_answers_at_is_named(home: Installation):
    url = f"http://127.0.0.1:{free_port()}"
    found = {problem.code: problem.fix for problem in await home.problems(public_url=url)}

    assert "role webhooks" in found["public_url_unreachable"]
    assert "websocket upgrades" in found["media_url_unreachable"]


async def test_a_public_url_that_leads_elsewhere_is_named(home: Installation):
    with somebody_else() as url:
        found = {problem.code: problem.fix for problem in await home.problems(public_url=url)}

    assert "Correct public_url" in found["public_url_elsewhere"]
    assert "websocket upgrades" in found["media_url_unreachable"]


async def test_a_public_url_that_the_serving_process_does_not_know_is_named(home: Installation):
    url = f"http://localhost:{home.port}"
    found = {problem.code: problem.fix for problem in await home.problems(public_url=url)}

    assert "same public_url" in found["public_url_signature_refused"]


async def test_sockets_that_twilio_would_not_open_are_named(home: Installation):
    problems = await home.problems(twilio={"base_url": None})
    found = {problem.code: problem.fix for problem in problems}

    assert "https" in found["media_url_without_tls"]


async def test_a_speech_service_that_is_missing_or_dead_is_named(home: Installation):
    found = {problem.code: problem.fix for problem in await home.problems(speech=None)}
    assert "stt.api_key" in found["speech_missing"]

    dead = {**home.values["speech"]["tts"], "base_url": f"http://127.0.0.1:{free_port()}/v1"}
    fix = only(await home.problems(speech={"tts": dead}), "model_unreachable")
    assert "speech.tts.base_url" in fix


async def test_a_model_that_does_not_exist_is_named_with_one_that_does(home: Installation):
    fix = only(await home.problems(llm={"model": "simulated-chats"}), "model_unknown")

    assert "llm.model" in fix
    assert "simulated-chat" in fix


async def test_a_key_that_is_refused_is_named_by_its_section(home: Installation):
    await home.steer("model", {"api_key": "another-key"})

    problems = await home.problems()

    assert {problem.code for problem in problems} == {"model_key_refused"}
    assert [problem.fix.split()[1] for problem in problems] == [
        "llm.api_key",
        "speech.stt.api_key",
        "speech.tts.api_key",
    ]


@pytest.mark.parametrize(("ahead_s", "word"), [(90, "ahead of"), (-90, "behind")])
async def test_a_clock_that_differs_from_the_databases_is_named(
    home: Installation, ahead_s: int, word: str
):
    check = DatabaseClockCheck(
        engine=home.engine, host_now=lambda: datetime.now(UTC) + timedelta(seconds=ahead_s)
    )

    (examined,) = await examine([check])

    (problem,) = examined.report.problems
    assert word in problem.message
    assert "NTP" in problem.fix


@pytest.mark.parametrize(("ahead_s", "word"), [(300, "ahead of"), (-300, "behind")])
async def test_a_clock_that_differs_from_the_providers_is_named(
    home: Installation, ahead_s: int, word: str
):
    world = home.simulator
    pool = open_pool(
        TwilioAccount(
            account_sid=world.account_sid, auth_token=world.auth_token, base_url=world.base_url
        )
    )
    check = ProviderClockCheck(
        pool=pool, host_now=lambda: datetime.now(UTC) + timedelta(seconds=ahead_s)
    )

    (examined,) = await examine([check])
    await pool.close()

    (problem,) = examined.report.problems
    assert word in problem.message


async def test_a_provider_whose_date_is_ahead_of_ours_is_named(home: Installation):
    await home.steer("knobs", {"date_skew_s": 120})

    problems = await home.problems()

    assert "behind Twilio's" in problems[0].message
    assert "NTP" in only(problems, "clock_differs_from_provider")


async def test_an_emergency_stop_is_named(home: Installation):
    await home.do("UPDATE operator_stop SET stopped = true")

    assert "outreach resume-all" in only(await home.problems(), "stopped_by_operator")


async def test_a_role_that_no_living_process_plays_is_named(home: Installation):
    await home.do("UPDATE processes SET roles = '{web,webhooks,scheduler,worker}'")

    assert "outreach serve" in only(await home.problems(), "no_voice_process")


async def test_a_parked_number_is_named_with_what_lifts_it(home: Installation):
    await home.do(
        "UPDATE senders SET status = 'parked', status_reason = 'credentials_refused'"
        " WHERE channel = 'voice'"
    )

    problems = await home.problems()

    assert CALLS in problems[0].message
    assert "twilio.auth_token" in only(problems, "sender_parked")


async def test_a_check_that_hangs_or_breaks_keeps_nobody_waiting():
    class Hangs:
        name = "a hanging one"

        async def look(self) -> Report:
            await asyncio.Event().wait()
            return Report()

    class Breaks:
        name = "a broken one"

        async def look(self) -> Report:
            raise KeyError("x")

    class Works:
        name = "a good one"

        async def look(self) -> Report:
            return Report(facts=("Fine.",))

    examined = await examine([Hangs(), Breaks(), Works()], within_s=0.05)

    assert [[problem.code for problem in one.report.problems] for one in examined] == [
        ["check_timed_out"],
        ["check_failed"],
        [],
    ]
    assert all(problem.fix for one in examined for problem in one.report.problems)


def test_the_command_says_problems_by_its_status_and_hides_secrets(
    shell: Shell, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "config.yaml").write_text(
        "public_url: http://127.0.0.1:9\n"
        "twilio:\n  account_sid: AC1\n  auth_token: ${env:A_TOKEN}\n"
        "  base_url: http://127.0.0.1:9\nlimits: {tick: PT2S}\n"
    )
    monkeypatch.setenv("A_TOKEN", "hunter2")

    ran = shell("doctor", "--json")
    told = shell("doctor", "--values")

    assert ran.status == told.status == 1
    codes = {problem["code"] for check in ran.data["checks"] for problem in check["problems"]}
    assert {"twilio_unreachable", "model_missing", "no_scheduler_process"} <= codes
    keys = {one["key"]: (one["value"], one["source"]) for one in ran.data["config"]}
    assert keys["limits.tick"] == ("PT2S", "config.yaml:6")
    assert keys["limits.settle"] == ("PT4S", "default")
    assert keys["twilio.auth_token"] == (
        "set from the environment",
        "${env:A_TOKEN} in config.yaml:4",
    )
    assert keys["database.url"] == ("set from the environment", "OUTREACH__DATABASE__URL")
    assert keys["llm"] == (None, "default")
    for said in (ran.out, ran.err, told.out, told.err):
        assert "hunter2" not in said
        assert database_url not in said
    assert told.out.count("fix:") == ran.data["problems"]
    assert "limits.tick" in told.out


def test_a_configuration_that_cannot_be_read_is_status_2(lone_shell: Shell, tmp_path: Path):
    (tmp_path / "config.yaml").write_text("databse: 1\n")

    ran = lone_shell("doctor", "--json")

    assert (ran.status, ran.out) == (2, "")


def test_a_private_database_that_was_never_made_is_not_made(lone_shell: Shell, tmp_path: Path):
    ran = lone_shell("doctor", "--json")

    codes = [problem["code"] for check in ran.data["checks"] for problem in check["problems"]]
    assert (ran.status, "database_missing" in codes) == (1, True)
    assert not (tmp_path / ".outreach").exists()
