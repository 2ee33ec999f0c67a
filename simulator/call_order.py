"""What does the form of Calls.create ask for?"""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from simulator.call import Callback, CallOrder
from simulator.rest import Refusal

_EVENTS = ("initiated", "ringing", "answered", "completed")
_MOST_TWIML = 4000


def order_from(form: Mapping[str, list[str]]) -> CallOrder:
    """Raises Refusal with the provider's code for what is missing or wrong."""
    first = {key: values[0] for key, values in form.items()}
    voice = voice_from(first)
    _check_content(first, voice)
    detection = _detection(first)
    return CallOrder(
        to=_required(first, "To", 21201),
        from_=_required(first, "From", 21213),
        voice=voice,
        twiml=first.get("Twiml", ""),
        status=_callback(first, "StatusCallback", 21609),
        status_events=_events(form.get("StatusCallbackEvent", [])),
        timeout_s=_number(first, "Timeout", 60, 1, 600),
        time_limit_s=_number(first, "TimeLimit", 14_400, 1, 86_400),
        record=_is_true(first, "Record"),
        recording_channels=2 if first.get("RecordingChannels") == "dual" else 1,
        recording=_callback(first, "RecordingStatusCallback", 21609),
        recording_events=_words(form.get("RecordingStatusCallbackEvent", [])),
        machine_detection=detection,
        async_amd=_is_true(first, "AsyncAmd"),
        amd=_callback(first, "AsyncAmdStatusCallback", 21609),
        amd_timeout_s=_number(first, "MachineDetectionTimeout", 30, 3, 59),
    )


def voice_from(first: Mapping[str, str]) -> Callback:
    """Url with its method and its fallback. Raises Refusal."""
    return Callback(
        url=_address(first.get("Url", ""), 21205),
        method=first.get("Method", "POST"),
        fallback_url=_address(first.get("FallbackUrl", ""), 21205),
        fallback_method=first.get("FallbackMethod", "POST"),
    )


def _check_content(first: Mapping[str, str], voice: Callback) -> None:
    if first.get("ApplicationSid"):
        raise Refusal(400, 21218, "The simulator has no applications: give a Url or Twiml")
    if not voice.url and not first.get("Twiml"):
        raise Refusal(400, 21205, "Url parameter is required.")
    if len(first.get("Twiml", "")) > _MOST_TWIML:
        raise Refusal(400, 21218, f"Twiml is longer than {_MOST_TWIML} characters")


def _detection(first: Mapping[str, str]) -> Literal["", "Enable", "DetectMessageEnd"]:
    # Digits to send switch the detection off, as documented.
    given = "" if first.get("SendDigits") else first.get("MachineDetection", "")
    match given:
        case "":
            return ""
        case "Enable":
            return "Enable"
        case "DetectMessageEnd":
            return "DetectMessageEnd"
        case _:
            raise Refusal(400, 20001, f"MachineDetection {given} is unknown")


def _callback(first: Mapping[str, str], name: str, code: int) -> Callback:
    return Callback(
        url=_address(first.get(name, ""), code), method=first.get(f"{name}Method", "POST")
    )


def _address(url: str, code: int) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "_" in parts.hostname:
        raise Refusal(400, code, f"{url} is not a valid URL")
    return url


def _required(first: Mapping[str, str], name: str, code: int) -> str:
    if not first.get(name):
        raise Refusal(400, code, f"No '{name}' number is specified")
    return first[name]


def _events(given: list[str]) -> frozenset[str]:
    words = _words(given)
    if unknown := words - set(_EVENTS):
        raise Refusal(400, 21626, f"StatusCallbackEvent {sorted(unknown)[0]} is unknown")
    return words


def _words(given: list[str]) -> frozenset[str]:
    """Repeated keys and words in one value mean the same; none means completed alone."""
    return frozenset(word for value in given for word in value.split()) or frozenset({"completed"})


def _is_true(first: Mapping[str, str], name: str) -> bool:
    return first.get(name, "").lower() == "true"


def _number(first: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = first.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise Refusal(400, 20001, f"{name} must be a number")
    return min(max(int(text), least), most)
