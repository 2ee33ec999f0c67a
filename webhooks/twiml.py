"""What is Twilio told to do with a call? Pure functions from our decision to its XML."""

from typing import Final, assert_never
from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from channels.twilio_urls import call_url
from webhooks.edge import AnswerPlan, Brief, Connect, Dial, HangUp

MEDIA_PATH: Final = "/webhooks/twilio/media"
SOCKETS: Final = {"http": "ws", "https": "wss"}


def answer(plan: AnswerPlan, public_url: str) -> bytes:
    """The document for an answered call."""
    match plan:
        case Connect(media_url=media_url, token=token, then=then):
            after = "" if then is None else call_url(public_url, then, "after")
            return connect(socket_url(media_url or public_url), token, after)
        case HangUp(words=words, language=language):
            return hang_up(words, language)
    assert_never(plan)


def connect(url: str, token: str, after: str = "") -> bytes:
    """A stream both ways. When our side closes it `after` is asked; without, the call ends."""
    response = Element("Response")
    connecting = SubElement(response, "Connect", {"action": after} if after else {})
    stream = SubElement(connecting, "Stream", url=url)
    # Twilio drops the query of a stream's address, so the token travels beside it.
    SubElement(stream, "Parameter", name="token", value=token)
    return _document(response)


def dial(plan: Dial, public_url: str) -> bytes:
    """Call somebody, let them hear who waits, and join the two."""
    response = Element("Response")
    calling = SubElement(
        response,
        "Dial",
        action=call_url(public_url, plan.attempt_id, "transferred"),
        timeout=str(round(plan.rings.total_seconds())),
        callerId=plan.from_,
    )
    briefing = call_url(public_url, plan.attempt_id, "briefing")
    SubElement(calling, "Number", url=briefing).text = plan.to
    return _document(response)


def brief(plan: Brief, public_url: str) -> bytes:
    """Only a key joins them: a mailbox presses none."""
    response = Element("Response")
    accepting = call_url(public_url, plan.attempt_id, "accepted")
    gather = SubElement(response, "Gather", numDigits="1", timeout="10", action=accepting)
    SubElement(gather, "Say").text = plan.words
    SubElement(response, "Hangup")
    return _document(response)


def hang_up(words: str = "", language: str = "") -> bytes:
    response = Element("Response")
    if words:
        SubElement(response, "Say", {"language": language} if language else {}).text = words
    SubElement(response, "Hangup")
    return _document(response)


def nothing() -> bytes:
    """Heard, and no answer is sent this way."""
    return _document(Element("Response"))


def socket_url(base_url: str) -> str:
    """Where media is spoken at a process whose address is `base_url`."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/").removesuffix(MEDIA_PATH) + MEDIA_PATH
    return urlunsplit((SOCKETS.get(parts.scheme, parts.scheme), parts.netloc, path, "", ""))


def _document(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
