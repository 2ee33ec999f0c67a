"""The concrete providers that a configuration asks for: channels, model, speech."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from aiohttp import ClientSession, ClientTimeout

from agents.openai_model import OpenAIModel, connect
from agents.voice.call import ServiceSettings, SpeechSettings
from channels.base import Channel
from channels.hosted_routes import ByNumber
from channels.pre_dial import Asker, PreDial
from channels.pre_dial_hook import PreDialHook
from channels.twilio_http import TwilioAccount, open_pool
from channels.twilio_lookup import TwilioLookup
from channels.twilio_recordings import TwilioRecordings
from channels.twilio_voice import TwilioVoice
from channels.twilio_whatsapp import TwilioWhatsApp
from connectors.downloads import Downloads, Trusted
from orchestrator.config import Config, Twilio
from orchestrator.hosted_providers import check_platforms, with_platforms
from orchestrator.sections.compliance import PreDialSection
from orchestrator.sections.speech import (
    Llm,
    Recognizer,
    SpareModel,
    SpareRecognizer,
    SpareVoice,
    Voice,
)
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.pace import Pace
from outreach.phone import BadPhone, parse_phone
from storage.senders import Sender

Clock = Callable[[], Awaitable[datetime]]
"""Business time."""

PROVIDER = "twilio"
TWILIO_HOME = "https://api.twilio.com"


def open_channels(config: Config, clock: Clock) -> dict[ChannelName, Channel]:
    """The ways to reach people; none where no provider is configured.

    Call it inside a running loop; each channel is closed by its owner.
    """
    twilio = config.twilio
    if twilio is None:
        check_platforms(config.hosted, None)
    else:
        calling = [_number(text, "twilio.voice_numbers") for text in twilio.voice_numbers]
        check_platforms(config.hosted, _account(twilio).simulated, calling)
    channels = _twilio_channels(config, clock)
    timeout = config.limits.provider_timeout / 2
    voice = with_platforms(channels.get(ChannelName.VOICE), config.hosted, timeout)
    if voice is not None:
        channels[ChannelName.VOICE] = voice
    return channels


def _twilio_channels(config: Config, clock: Clock) -> dict[ChannelName, Channel]:
    twilio = config.twilio
    if twilio is None:
        return {}
    if config.public_url is None:
        raise Rejected(
            "public_url_missing",
            "Twilio is configured, and public_url is not: it could never report back.",
            "Set public_url to the address at which Twilio reaches this machine.",
            "public_url",
        )
    account = _account(twilio)
    public_url = config.public_url.rstrip("/")
    channels: dict[ChannelName, Channel] = {}
    # A way to reach people is one only if somebody can speak on it.
    if speech_settings(config) is not None:
        channels[ChannelName.VOICE] = TwilioVoice(pool=open_pool(account), public_url=public_url)
    if config.llm is not None:
        channels[ChannelName.WHATSAPP] = TwilioWhatsApp(
            pool=open_pool(account), public_url=public_url, clock=clock
        )
    return channels


def open_recordings(config: Config) -> TwilioRecordings | None:
    """Where the carrier's recordings are deleted; None without one. Call it in a running loop."""
    if config.twilio is None:
        return None
    return TwilioRecordings(pool=open_pool(_account(config.twilio)))


def open_pre_dial(config: Config, seconds: Callable[[], int]) -> PreDial | None:
    """Whom to ask before dialling; None where nobody is. Call it inside a running loop.

    Raises Rejected where Twilio is to be asked and is not configured.
    """
    wanted = config.compliance.pre_dial
    if wanted is None:
        return None
    return PreDial(
        asker=_asker(config, wanted, seconds), valid_for=wanted.valid_for, within=wanted.within
    )


def _asker(config: Config, wanted: PreDialSection, seconds: Callable[[], int]) -> Asker:
    if wanted.ask == "hook":
        assert wanted.url is not None
        assert wanted.secret is not None
        return PreDialHook(
            session=ClientSession(timeout=ClientTimeout(total=wanted.within.total_seconds())),
            url=wanted.url,
            secret=wanted.secret.get_secret_value(),
            seconds=seconds,
        )
    if config.twilio is None:
        raise Rejected(
            "twilio_missing",
            "Numbers are to be looked up at Twilio, which is not configured.",
            "Add the section twilio, or ask a hook.",
            "compliance.pre_dial",
        )
    account = replace(_account(config.twilio), timeout=wanted.within)
    return TwilioLookup(pool=open_pool(account), allowed_lines=frozenset(wanted.allow))


def _account(twilio: Twilio) -> TwilioAccount:
    return TwilioAccount(
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token.get_secret_value(),
        base_url=twilio.base_url,
    )


def numbers(
    twilio: Twilio, channels: Mapping[ChannelName, Channel], new_id: Callable[[], UUID]
) -> list[Sender]:
    """The numbers we speak from, each with its pace. Raises Rejected for one that is none."""
    wanted = (
        (ChannelName.VOICE, twilio.voice_numbers, twilio.calls_per_second),
        (ChannelName.WHATSAPP, twilio.whatsapp_numbers, twilio.messages_per_second),
    )
    return [
        Sender(
            id=new_id(),
            channel=channel,
            provider=PROVIDER,
            address=_number(text, f"twilio.{channel}_numbers"),
            simulated=channels[channel].simulated,
            pace=Pace(emission=timedelta(seconds=1 / rate), burst=1, spent_until=None),
        )
        for channel, texts, rate in wanted
        if channel in channels and _is_ours(channels[channel])
        for text in texts
    ]


def _is_ours(channel: Channel) -> bool:
    """Whether Twilio is behind it, perhaps beside other platforms."""
    return not isinstance(channel, ByNumber) or channel.ours is not None


def open_downloads(config: Config) -> Downloads:
    """Where recordings of providers may be fetched, with whose login."""
    trusted = [
        Trusted(source=name, prefix=one.calls.base_url.rstrip("/") + "/")
        for name, one in config.hosted.items()
        if one.calls is not None and one.calls.base_url is not None and one.is_simulated
    ]
    if config.twilio is not None:
        account = _account(config.twilio)
        home = (account.base_url or TWILIO_HOME).rstrip("/")
        trusted.append(
            Trusted(
                prefix=f"{home}/2010-04-01/Accounts/{account.account_sid}/",
                user=account.account_sid,
                password=account.auth_token,
                suffix=".wav",
            )
        )
    return Downloads(trusted=trusted)


def open_model(llm: Llm | None) -> OpenAIModel | None:
    """The language model that chats and reads; None where none is configured."""
    if llm is None:
        return None
    return connect(
        base_url=llm.base_url,
        api_key=llm.api_key.get_secret_value(),
        name=llm.model,
        timeout_s=llm.timeout_s,
    )


def speech_settings(config: Config) -> SpeechSettings | None:
    """Who hears, thinks and speaks on the phone; None where speech or model is missing."""
    if config.speech is None or config.llm is None:
        return None
    speech, llm = config.speech, config.llm
    stt, tts, spare_llm = speech.stt, speech.tts, llm.fallback
    return SpeechSettings(
        stt=replace(_service(stt), detects_language=stt.detects_language),
        llm=_model(llm),
        tts=replace(_service(tts), voice=speech.voice),
        spare_stt=_spare(stt.fallback),
        spare_llm=None if spare_llm is None else replace(_model(spare_llm), takes_over=True),
        spare_tts=None
        if tts.fallback is None
        else replace(_service(tts.fallback), voice=tts.fallback.voice, takes_over=True),
    )


def _spare(service: SpareRecognizer | None) -> ServiceSettings | None:
    return None if service is None else replace(_service(service), takes_over=True)


def _service(service: Recognizer | SpareRecognizer | Voice | SpareVoice) -> ServiceSettings:
    return ServiceSettings(
        service=service.service,
        base_url=service.base_url,
        api_key=service.api_key.get_secret_value(),
        model=service.model,
    )


def _model(model: Llm | SpareModel) -> ServiceSettings:
    return ServiceSettings(
        base_url=model.base_url, api_key=model.api_key.get_secret_value(), model=model.model
    )


def _number(text: str, where: str) -> str:
    phone = parse_phone(text)
    if isinstance(phone, BadPhone):
        raise Rejected(
            "number_invalid", f"{text!r}: {phone.message}", phone.suggestion or "", where
        )
    return phone.e164
