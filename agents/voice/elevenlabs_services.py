"""ElevenLabs' voices."""

from pipecat.services.elevenlabs.tts import ElevenLabsTTSService

from agents.voice.mulaw import RATE_HZ
from agents.voice.sockets import websocket
from agents.voice.wish import Wish
from outreach.errors import Rejected

_HOME = "wss://api.elevenlabs.io"


def tts(wish: Wish) -> ElevenLabsTTSService:
    if wish.voice is None:
        raise Rejected(
            code="voice_missing",
            message="ElevenLabs speaks with a voice that you choose.",
            fix="Write the voice's id as speech.voice.",
            where="speech.voice",
        )
    settings = ElevenLabsTTSService.Settings(
        model=wish.settings.model, voice=wish.voice, language=wish.language
    )
    return ElevenLabsTTSService(
        api_key=wish.settings.api_key,
        url=websocket(wish.settings.base_url or _HOME),
        sample_rate=RATE_HZ,
        settings=settings,
    )
