"""The list of checks, put together for one configuration and its database."""

import asyncio
import secrets
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from agents.openai_checks import ModelCheck
from agents.speech_checks import SpeechCheck
from channels.hosted_checks import PlatformCheck
from channels.pre_dial_check import PreDialCheck
from channels.twilio_checks import (
    AccountCheck,
    NumbersCheck,
    ProviderClockCheck,
    SendersCheck,
    TemplatesCheck,
)
from channels.twilio_http import TwilioAccount, TwilioPool, open_pool
from orchestrator.config import Config, Twilio
from orchestrator.doctor.configured import CompleteCheck, GivenCheck
from orchestrator.doctor.examine import Examined, examine, problem_of
from orchestrator.engine.limits import Limits
from orchestrator.hosted_providers import numbers_of, open_calls
from orchestrator.law.reading import read_rulebook
from orchestrator.providers import open_pre_dial
from orchestrator.sections.speech import Recognizer, SpareRecognizer, SpareVoice, Voice
from orchestrator.store import Store, open_as_it_is
from outreach.checkup import Check, Report
from outreach.errors import Rejected
from storage import checkup, embedded
from storage.database import transaction
from storage.old_lists import OldListsCheck
from webhooks.self_check import MediaCheck, PublicUrlCheck

INBOUND_CALLS: Final = "/webhooks/twilio/voice/inbound"
INBOUND_MESSAGES: Final = "/webhooks/twilio/whatsapp/inbound"
DATABASE_WITHIN_S: Final = 20
"""Our own server may have to be started first."""
ANSWER_WITHIN: Final = timedelta(seconds=8)
SILENCE: Final = Limits().process_silence
DATABASE: Final = "database"
WANTED: Final = ("webhooks", "voice", "scheduler", "worker")
"""Roles that somebody has to play for campaigns to go on."""


async def check_up(config: Config) -> list[Examined]:
    """Look at everything, side by side; nothing is changed anywhere."""
    async with AsyncExitStack() as stack:
        store, database = await _opened(config, stack)
        pool = _pool(config, stack)
        checks: list[Check] = [CompleteCheck(config=config), database]
        if store is not None:
            checks += _inside(config, store)
        if pool is not None and config.twilio is not None:
            checks += _twilio(config, config.twilio, pool)
            if store is not None:
                checks.append(await _templates(store, pool))
        checks += _platforms(config, stack)
        checks += _models(config)
        checks += _pre_dial(config, stack)
        checks += await _ways_in(config, store)
        return await examine(checks)


async def _opened(config: Config, stack: AsyncExitStack) -> tuple[Store | None, Check]:
    """The database, and what is to be said of it; None where it cannot be had."""
    try:
        async with asyncio.timeout(DATABASE_WITHIN_S):
            store = await stack.enter_async_context(open_as_it_is(config))
    except Rejected as rejected:
        return None, GivenCheck(name=DATABASE, report=Report.of(problem_of(rejected)))
    except TimeoutError:
        late = Rejected(
            "database_unreachable",
            f"The database does not answer within {DATABASE_WITHIN_S} s.",
            "See that it runs and that database.url leads to it.",
        )
        return None, GivenCheck(name=DATABASE, report=Report.of(problem_of(late)))
    return store, GivenCheck(name=DATABASE, report=Report(facts=("It answers.", *_place(config))))


def _place(config: Config) -> tuple[str, ...]:
    """Where the data of our own server lie, which for root is not where the configuration says."""
    if config.database.url is not None:
        return ()
    return (f"Its data lie in {embedded.resting_place(config.database.data_dir)}.",)


def _pool(config: Config, stack: AsyncExitStack) -> TwilioPool | None:
    if config.twilio is None:
        return None
    pool = open_pool(
        TwilioAccount(
            account_sid=config.twilio.account_sid,
            auth_token=config.twilio.auth_token.get_secret_value(),
            base_url=config.twilio.base_url,
            timeout=ANSWER_WITHIN,
        )
    )
    stack.push_async_callback(pool.close)
    return pool


def _inside(config: Config, store: Store) -> list[Check]:
    wanted = [role for role in WANTED if role != "voice" or _calls(config)]
    return [
        checkup.SchemaCheck(direct_url=store.direct_url),
        checkup.DatabaseClockCheck(engine=store.engine, host_now=host_now),
        checkup.StopCheck(engine=store.engine),
        checkup.ProcessesCheck(engine=store.engine, wanted=wanted, silence=SILENCE),
        checkup.UnusedSendersCheck(engine=store.engine),
        OldListsCheck(
            engine=store.engine,
            rulebook=read_rulebook(config.compliance.hours, config.compliance.jurisdictions),
            most=config.compliance.do_not_call_age,
        ),
    ]


def _twilio(config: Config, twilio: Twilio, pool: TwilioPool) -> list[Check]:
    checks: list[Check] = [
        AccountCheck(pool=pool),
        ProviderClockCheck(pool=pool, host_now=host_now),
    ]
    if config.public_url is not None:
        public_url = config.public_url.rstrip("/")
        checks += [
            NumbersCheck(
                pool=pool, numbers=twilio.voice_numbers, inbound_url=f"{public_url}{INBOUND_CALLS}"
            ),
            SendersCheck(
                pool=pool,
                numbers=twilio.whatsapp_numbers,
                inbound_url=f"{public_url}{INBOUND_MESSAGES}",
            ),
        ]
    return checks


def _platforms(config: Config, stack: AsyncExitStack) -> list[Check]:
    """Those from which calls are ordered; one that only tells us of calls cannot be asked."""
    checks: list[Check] = []
    for name, one in config.hosted.items():
        calls = open_calls(one, ANSWER_WITHIN)
        if calls is not None:
            stack.push_async_callback(calls.close)
            number = numbers_of(name, one)[0]
            checks.append(PlatformCheck(platform=name, calls=calls, number=number, now=host_now))
    return checks


async def _templates(store: Store, pool: TwilioPool) -> Check:
    try:
        async with transaction(store.engine) as tx:
            templates = await checkup.templates_in_use(tx)
    except SQLAlchemyError:
        # The schema is another program's: the check of the schema says so.
        skipped = Report(skipped="The database cannot say which templates are used.")
        return GivenCheck(name="templates", report=skipped)
    return TemplatesCheck(pool=pool, templates=templates)


def _pre_dial(config: Config, stack: AsyncExitStack) -> list[Check]:
    asked = open_pre_dial(config, host_seconds)
    if asked is None:
        return []
    stack.push_async_callback(asked.asker.close)
    return [PreDialCheck(asked=asked)]


def _models(config: Config) -> list[Check]:
    checks: list[Check] = []
    if config.llm is not None:
        checks.append(
            ModelCheck(
                name="language model",
                section="llm",
                base_url=config.llm.base_url,
                api_key=config.llm.api_key.get_secret_value(),
                model=config.llm.model,
            )
        )
    if config.speech is not None:
        stt, tts = config.speech.stt, config.speech.tts
        wanted = (
            ("speech to text", "speech.stt", stt),
            ("speech to text, fallback", "speech.stt.fallback", stt.fallback),
            ("text to speech", "speech.tts", tts),
            ("text to speech, fallback", "speech.tts.fallback", tts.fallback),
        )
        checks += [_speech(name, section, one) for name, section, one in wanted if one is not None]
    return checks


def _speech(
    name: str, section: str, service: Recognizer | SpareRecognizer | Voice | SpareVoice
) -> Check:
    if service.service != "openai":
        return SpeechCheck(
            name=name,
            section=section,
            service=service.service,
            base_url=service.base_url,
            api_key=service.api_key.get_secret_value(),
        )
    return ModelCheck(
        name=name,
        section=section,
        base_url=service.base_url,
        api_key=service.api_key.get_secret_value(),
        model=service.model,
    )


async def _ways_in(config: Config, store: Store | None) -> list[Check]:
    """From outside to us: reports, and the sockets of calls."""
    if config.twilio is None or config.public_url is None:
        return []
    checks: list[Check] = [
        PublicUrlCheck(
            public_url=config.public_url,
            auth_token=config.twilio.auth_token.get_secret_value(),
            nonce=secrets.token_urlsafe,
        )
    ]
    if _calls(config):
        needs_tls = config.twilio.base_url is None
        urls = await _media_urls(config.public_url, store)
        checks += [MediaCheck(media_url=url, needs_tls=needs_tls) for url in urls]
    return checks


async def _media_urls(public_url: str, store: Store | None) -> list[str]:
    if store is not None:
        with suppress(SQLAlchemyError):
            async with transaction(store.engine) as tx:
                return await checkup.media_urls(tx, SILENCE) or [public_url]
    return [public_url]


def _calls(config: Config) -> bool:
    twilio = config.twilio
    return config.speech is not None and twilio is not None and bool(twilio.voice_numbers)


def host_seconds() -> int:
    """Machine time since 1970, for signatures."""
    return int(host_now().timestamp())


def host_now() -> datetime:
    """The clock of this machine: here it is what is looked at."""
    return datetime.now(UTC)
