"""Cartesia's recognizer and voices."""

from pipecat.services.cartesia.stt import CartesiaSTTService
from pipecat.services.cartesia.tts import CartesiaTTSService

from agents.voice.mulaw import RATE_HZ
from agents.voice.sockets import websocket
from agents.voice.wish import Wish
from outreach.errors import Rejected

_HOME = "wss://api.cartesia.ai"


def stt(wish: Wish) -> CartesiaSTTService:
    return CartesiaSTTService(
        api_key=wish.settings.api_key,
        base_url=websocket(wish.settings.base_url or _HOME),
        sample_rate=RATE_HZ,
        audio_passthrough=False,
        settings=CartesiaSTTService.Settings(model=wish.settings.model, language=wish.language),
    )


def tts(wish: Wish) -> CartesiaTTSService:
    if wish.voice is None:
        raise Rejected(
            code="voice_missing",
            message="Cartesia speaks with a voice that you choose.",
            fix="Write the voice's id as speech.voice.",
            where="speech.voice",
        )
    settings = CartesiaTTSService.Settings(
        model=wish.settings.model, voice=wish.voice, language=wish.language
    )
    return CartesiaTTSService(
        api_key=wish.settings.api_key,
        url=f"{websocket(wish.settings.base_url or _HOME)}/tts/websocket",
        sample_rate=RATE_HZ,
        settings=settings,
    )
