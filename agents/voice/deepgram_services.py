"""Deepgram's recognizer and voices; the recognizer needs Deepgram's own package."""

from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.deepgram.tts import DeepgramTTSService

from agents.voice.mulaw import RATE_HZ
from agents.voice.sockets import websocket
from agents.voice.wish import Wish

_HOME = "wss://api.deepgram.com"


def stt(wish: Wish) -> DeepgramSTTService:
    settings = DeepgramSTTService.Settings(
        model=wish.settings.model,
        language="multi" if wish.call.others else wish.language,
        interim_results=True,
        smart_format=False,
    )
    return DeepgramSTTService(
        api_key=wish.settings.api_key,
        base_url=wish.settings.base_url or "",
        sample_rate=RATE_HZ,
        audio_passthrough=False,
        settings=settings,
    )


def tts(wish: Wish) -> DeepgramTTSService:
    """At Deepgram a voice is a model: the agent's, else the configured one, else `model`."""
    return DeepgramTTSService(
        api_key=wish.settings.api_key,
        base_url=websocket(wish.settings.base_url or _HOME),
        sample_rate=RATE_HZ,
        settings=DeepgramTTSService.Settings(voice=wish.voice or wish.settings.model),
    )
