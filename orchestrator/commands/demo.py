"""`outreach demo`: the whole product on a simulated world, with no account and no network."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as civil_time
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import SecretStr
from rich.console import Console

from orchestrator.application import ROLES, Application, running
from orchestrator.commands.campaign_apply import in_order, read_all
from orchestrator.commands.conductor import Conductor
from orchestrator.commands.demo_display import Display
from orchestrator.commands.demo_report import DemoReport, collect, in_tables
from orchestrator.commands.demo_world import SimulatedWorld, simulated_world
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import run
from orchestrator.config import Config, Database, Recordings, Telemetry, Twilio
from orchestrator.engine.actions import accounts
from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.accounts import NewUser
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.roles import Role
from orchestrator.engine.actions.suppress import Reach, suppress_point
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.request import ImportReport, ImportRequest, Only
from orchestrator.http_server import listen, serving
from orchestrator.logs import set_up_logs
from orchestrator.sections.limits import Limits
from orchestrator.sections.speech import Llm, Recognizer, Speech, Voice
from orchestrator.store import Store, open_store
from orchestrator.web_app import build
from outreach.campaign import Campaign
from outreach.errors import Rejected
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage import clock
from storage.database import transaction

BESIDE_THE_SOURCE = Path(__file__).parents[2] / "examples"
IN_THE_WHEEL = Path(__file__).parents[1] / "examples"
EXAMPLES = BESIDE_THE_SOURCE if BESIDE_THE_SOURCE.exists() else IN_THE_WHEEL
FOLDER = Path(".outreach/demo")
WORLD = "world"
SEGMENTS = {"spring-phone": "phone", "spring-whatsapp": "whatsapp", "spring-both": "both"}
"""Which rows of the list each campaign takes, by their column `segment`."""
VOICE_NUMBER, WHATSAPP_NUMBER = "+12025550100", "+12025550101"
SPEED = 40.0
"""Divides the carrier's waits, so that nobody rings for longer than a second."""
PLAYS_FOR = timedelta(days=10)
"""Business time; follow-ups that are due later stay planned."""
VISITOR = "demo@example.com"
"""Who looks around in the console."""
KEY = SecretStr("no-key-is-needed-here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that a play of the demo uses."""

    config: Config
    store: Store
    world: SimulatedWorld
    application: Application
    starts_at: datetime
    console: Console


def demo(
    exit_: Annotated[
        bool, typer.Option("--exit", help="End when the play is over instead of serving on.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what became of everybody as JSON.")
    ] = None,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 7,
) -> None:
    """Play three campaigns on a list of 200 people: no account, no key, no network."""
    if report is not None and not report.parent.is_dir():
        raise Rejected(
            "folder_missing",
            f"There is no folder {report.parent}.",
            "Name a --report FILE in a folder that exists.",
        )
    set_up_logs("warning", "console")
    (FOLDER / WORLD).mkdir(parents=True, exist_ok=True)
    raise typer.Exit(run(_demo(exit_, report, port, seed)))


async def _demo(exit_: bool, report_file: Path | None, port: int, seed: int) -> int:
    console = Console(highlight=False)
    began = time.monotonic()
    _end_all_on_sigterm()
    async with _staged(console, port, seed) as stage:
        link = await _console_link(stage)
        console.print(f"The console: {link}", soft_wrap=True)
        imports = await _set_up(stage)
        await _play(stage)
        report = await _report(stage, imports)
        console.print(in_tables(report))
        console.print(f"\nPlayed in {time.monotonic() - began:.0f} s.")
        if report_file is not None:
            _write(report_file, report)
            console.print(f"The report is in {report_file}.")
        if not exit_:
            console.print(
                f"\nServing on. The console: {link}"
                "\nThat link signs one browser in; another one: outreach user link"
                f" {VISITOR} --config {FOLDER}/config.yaml"
                "\nOr look around in another terminal, for example:"
                f"\n  outreach leads list --config {FOLDER}/config.yaml"
                "\nCtrl-C ends.",
                soft_wrap=True,
            )
            await _until_told()
    return 0 if report.is_clean else 1


@asynccontextmanager
async def _staged(console: Console, port: int, seed: int) -> AsyncIterator[Stage]:
    """A fresh database, a simulated world and the product, all running."""
    starts_at = next_tuesday(datetime.now(UTC))
    listener = listen("127.0.0.1", port)
    public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    console.print("Starting the simulated world and the database ...")
    async with simulated_world(
        now=starts_at, seed=seed, speed=SPEED, folder=FOLDER / WORLD
    ) as world:
        config = configuration(world, public_url)
        _write_config(config)
        async with open_store(config, fresh=True) as store:
            async with transaction(store.engine) as tx:
                await clock.simulate(tx)
                await clock.move(tx, starts_at)
            async with (
                running(config, store, ROLES) as application,
                serving(build(config, application), listener),
            ):
                yield Stage(
                    config=config,
                    store=store,
                    world=world,
                    application=application,
                    starts_at=starts_at,
                    console=console,
                )
                await application.stop()


async def _set_up(stage: Stage) -> list[ImportReport]:
    """Documents, numbers, the list, and who must not be contacted; then launch."""
    console = stage.console
    files = sorted(EXAMPLES.glob("*/*.yaml"))
    documents = in_order(read_all(files))
    ctx = stage.application.ctx
    for document in documents:
        if isinstance(document, WhatsAppTemplate) and document.content_sid is not None:
            await stage.world.set_template(document.content_sid, document.body)
    await _connect_numbers(stage)
    async with transaction(stage.store.engine) as tx:
        for document in documents:
            await apply(ctx, tx, document, OPERATOR)
    await _suppress(stage, (EXAMPLES / "do-not-contact.txt").read_text().splitlines())
    imports = []
    for campaign in (one.name for one in documents if isinstance(one, Campaign)):
        request = ImportRequest(
            file=EXAMPLES / "leads.csv",
            campaign=campaign,
            actor=OPERATOR,
            rulebook=ctx.rulebook,
            marks=ctx.marks,
            only=Only(column="segment", value=SEGMENTS[campaign]),
        )
        imports.append(await import_leads(stage.store.engine, request))
        async with transaction(stage.store.engine) as tx:
            await deeds.launch(ctx, tx, campaign, OPERATOR)
        done = imports[-1]
        console.print(f"{campaign}: {done.imported} of {done.rows_read} rows imported, launched.")
    return imports


async def _console_link(stage: Stage) -> str:
    """Whoever plays the demo may do everything in it, by a link that signs in once."""
    ctx = stage.application.ctx
    async with transaction(stage.store.engine) as tx:
        wanted = NewUser(email=VISITOR, name="Demo Owner", role=Role.OWNER, password_hash=None)
        user = await accounts.add_user(ctx, tx, wanted, OPERATOR)
        token = await accounts.make_link(tx, user.id)
    return f"{stage.config.public_url}/enter?token={token}"


async def _connect_numbers(stage: Stage) -> None:
    """Tell the carrier where our numbers are answered."""
    public_url = stage.config.public_url
    await stage.world.set_number(
        VOICE_NUMBER,
        voice_url=f"{public_url}/webhooks/twilio/voice/inbound",
        status_callback=f"{public_url}/webhooks/twilio/voice/inbound/status",
    )
    await stage.world.set_number(
        f"whatsapp:{WHATSAPP_NUMBER}", sms_url=f"{public_url}/webhooks/twilio/whatsapp/inbound"
    )


async def _suppress(stage: Stage, lines: Sequence[str]) -> None:
    """Numbers that asked to be left alone before we ever knew them."""
    ctx = stage.application.ctx
    reach = Reach(source="do-not-contact.txt", reason="opted_out", by=OPERATOR)
    async with transaction(stage.store.engine) as tx:
        now = await clock.now(tx)
        for line in lines:
            if line.startswith("+"):
                await suppress_point(ctx, tx, "phone", line.strip(), reach, now)


async def _play(stage: Stage) -> None:
    display = Display(database=stage.store.engine, console=stage.console)
    conductor = Conductor(
        database=stage.store.engine,
        world=stage.world,
        ends_at=stage.starts_at + PLAYS_FOR,
        look=display.look,
        nudge=stage.application.scheduler.run_each,
    )
    with display.live:
        await conductor.conduct()


async def _report(stage: Stage, imports: Sequence[ImportReport]) -> DemoReport:
    oracle = await stage.world.oracle()
    async with transaction(stage.store.engine) as tx:
        return await collect(tx, imports, oracle)


def configuration(world: SimulatedWorld, public_url: str) -> Config:
    """What a user would write into config.yaml to use the simulated world."""
    model_url = f"{world.base_url}/v1"

    return Config(
        public_url=public_url,
        database=Database(data_dir=FOLDER / "postgres"),
        twilio=Twilio(
            account_sid=world.account_sid,
            auth_token=SecretStr(world.auth_token),
            base_url=world.base_url,
            voice_numbers=(VOICE_NUMBER,),
            whatsapp_numbers=(WHATSAPP_NUMBER,),
            calls_per_second=16,
        ),
        llm=Llm(base_url=model_url, api_key=KEY, model="simulated"),
        speech=Speech(
            stt=Recognizer(
                base_url=model_url, api_key=KEY, model="simulated-ears", detects_language=True
            ),
            tts=Voice(base_url=model_url, api_key=KEY, model="simulated-voice"),
        ),
        recordings=Recordings(folder=FOLDER / "recordings"),
        limits=Limits(voice_slots=12, claim_batch=40, tick=timedelta(milliseconds=400)),
        telemetry=Telemetry(log_level="warning", log_format="console"),
    )


def next_tuesday(now: datetime) -> datetime:
    """The first Tuesday 14:00 UTC after `now`: working hours on both sides of the Atlantic."""
    days = (1 - now.weekday()) % 7 or 7
    return datetime.combine(now.date() + timedelta(days=days), civil_time(14), tzinfo=UTC)


def _write_config(config: Config) -> None:
    """Leave a configuration with which other commands see the demo's database."""
    assert config.twilio is not None
    assert config.llm is not None
    (FOLDER / "twilio-token").write_text(config.twilio.auth_token.get_secret_value())
    (FOLDER / "model-key").write_text(KEY.get_secret_value())
    values = config.model_dump(mode="json", exclude_defaults=True)
    values["twilio"]["auth_token"] = f"${{file:{FOLDER}/twilio-token}}"
    key = f"${{file:{FOLDER}/model-key}}"
    values["llm"]["api_key"] = key
    values["speech"]["stt"]["api_key"] = values["speech"]["tts"]["api_key"] = key
    (FOLDER / "config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))


def _write(file: Path, report: DemoReport) -> None:
    try:
        file.write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise Rejected(
            "report_unwritable",
            f"{file} cannot be written: {error.strerror}.",
            "Name a file in a folder that exists.",
            "--report",
        ) from None


def _end_all_on_sigterm() -> None:
    """Leave through every block, so that the world and the database end with us."""
    playing = asyncio.current_task()
    assert playing is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)


async def _until_told() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()
