"""The sections `llm`, `speech` and `inbound`: who thinks, hears and speaks on the phone."""

from typing import Literal

from pydantic import Field, SecretStr

from orchestrator.sections.section import Section


class SpareModel(Section):
    """Speaks on the phone when the other model has failed."""

    base_url: str | None = Field(None, description="An OpenAI-compatible address; none: OpenAI.")
    api_key: SecretStr = Field(description="Its key.")
    model: str = Field(description="By the service's own name for it.")


class Llm(Section):
    """The language model that speaks and reads."""

    base_url: str | None = Field(None, description="An OpenAI-compatible address; none: OpenAI.")
    api_key: SecretStr = Field(description="Its key; any word where a server of yours asks none.")
    model: str = Field("gpt-5.4-mini", description="Speaks with people.")
    timeout_s: float = Field(30, gt=0, le=120, description="How long one answer may take.")
    fallback: SpareModel | None = None


class SpeechService(Section):
    """One service that hears or speaks."""

    base_url: str | None = Field(None, description="Another address that offers the same API.")
    api_key: SecretStr = Field(description="Its key.")
    model: str = Field(description="By the service's own name for it.")


class SpareRecognizer(SpeechService):
    """Hears when the other has failed."""

    service: Literal["openai", "deepgram", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )


class SpareVoice(SpeechService):
    """Speaks when the other has failed."""

    service: Literal["openai", "deepgram", "elevenlabs", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )
    voice: str | None = Field(
        None, description="Its voice, for every agent; none: its first, where it has one."
    )


class Voice(SpeechService):
    """A service that speaks."""

    service: Literal["openai", "deepgram", "elevenlabs", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )
    fallback: SpareVoice | None = None


class Recognizer(SpeechService):
    """A service that hears."""

    service: Literal["openai", "deepgram", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )
    fallback: SpareRecognizer | None = None
    detects_language: bool = Field(
        False,
        description="Whether the model tells which language it heard, as OpenAI's whisper-1 does."
        " Without it the model that speaks has to notice.",
    )


class Speech(Section):
    """Hearing and speaking on the phone; without it no campaign can call."""

    stt: Recognizer = Field(description="Turns what people say into text.")
    tts: Voice = Field(description="Turns what the agent says into speech.")
    voice: str | None = Field(
        None,
        description="The agent's voice where its document names none; none: OpenAI's alloy, or"
        " Deepgram's model; ElevenLabs and Cartesia need one.",
    )


class Inbound(Section):
    """People who call us."""

    campaign: str | None = Field(
        None,
        description="The campaign whose agent answers whom nobody knows, and whose lead they"
        " become; none: they hear that a colleague calls back. Known people reach the agent of"
        " their last campaign.",
    )
