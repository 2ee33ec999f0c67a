"""What does a TwiML document tell the carrier to do? Text in, verbs out."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, fromstring


class BadTwiml(ValueError):
    """The document is no XML, or no <Response>."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    url: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectStream:
    url: str
    parameters: tuple[tuple[str, str], ...]
    status_callback: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    channels: int
    callback: str
    events: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    seconds: float
    action: str
    callback: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    seconds: float
    action: str = ""
    """Asked when somebody presses a key."""
    prompts: tuple["Verb", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Call one number and join it with this call."""

    number: str
    caller_id: str
    seconds: float
    """How long it rings."""
    action: str
    briefing: str
    """Asked for what the called party hears before they are joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    tag: str


Verb = (
    Say
    | Play
    | Pause
    | Hangup
    | Reject
    | Redirect
    | ConnectStream
    | StartRecording
    | Record
    | Gather
    | Dial
    | Unknown
)


def parse(text: str) -> tuple[Verb, ...]:
    """The verbs in document order; an empty body is an empty document. Raises BadTwiml."""
    if not text.strip():
        return ()
    try:
        root = fromstring(text.strip())
    except ParseError as error:
        raise BadTwiml(str(error)) from error
    if root.tag != "Response":
        raise BadTwiml(f"the root is <{root.tag}>, not <Response>")
    return tuple(_verb(element) for element in root)


def _verb(element: Element) -> Verb:
    match element.tag:
        case "Say":
            return Say(text="".join(element.itertext()).strip())
        case "Play":
            return Play(url=(element.text or "").strip())
        case "Pause":
            return Pause(seconds=_seconds(element, "length", 1))
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(reason=element.get("reason", "rejected"))
        case "Redirect":
            return Redirect(
                url=(element.text or "").strip(), method=element.get("method", "POST").upper()
            )
        case _:
            return _compound(element)


def _compound(element: Element) -> Verb:
    """The verbs that hold others, or that record."""
    match element.tag:
        case "Connect" if (stream := element.find("Stream")) is not None:
            return _stream(stream, element.get("action", ""))
        case "Start" if (recording := element.find("Recording")) is not None:
            return StartRecording(
                channels=2 if recording.get("channels") == "dual" else 1,
                callback=recording.get("recordingStatusCallback", ""),
                events=frozenset(
                    recording.get("recordingStatusCallbackEvent", "completed").split()
                ),
            )
        case "Record":
            return Record(
                seconds=_seconds(element, "maxLength", 3600),
                action=element.get("action", ""),
                callback=element.get("recordingStatusCallback", ""),
            )
        case "Gather":
            return Gather(
                seconds=_seconds(element, "timeout", 5),
                action=element.get("action", ""),
                prompts=tuple(_verb(child) for child in element),
            )
        case "Dial" if (number := element.find("Number")) is not None:
            return Dial(
                number=(number.text or "").strip(),
                caller_id=element.get("callerId", ""),
                seconds=_seconds(element, "timeout", 30),
                action=element.get("action", ""),
                briefing=number.get("url", ""),
            )
        case _:
            return Unknown(tag=element.tag)


def _stream(stream: Element, action: str) -> ConnectStream:
    return ConnectStream(
        url=stream.get("url", ""),
        parameters=tuple(
            (parameter.get("name", ""), parameter.get("value", ""))
            for parameter in stream.iter("Parameter")
        ),
        status_callback=stream.get("statusCallback", ""),
        action=action,
    )


def _seconds(element: Element, name: str, default: float) -> float:
    try:
        return max(float(element.get(name, default)), 0.0)
    except ValueError:
        return default
