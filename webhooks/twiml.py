"""What is Twilio told to do with a call? Pure functions from our decision to its XML."""

from typing import Final, assert_never
from urllib.parse import urlsplit, urlunsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from webhooks.edge import AnswerPlan, Connect, HangUp

MEDIA_PATH: Final = "/webhooks/twilio/media"
SOCKETS: Final = {"http": "ws", "https": "wss"}


def answer(plan: AnswerPlan, public_url: str) -> bytes:
    """The document for an answered call."""
    match plan:
        case Connect(media_url=media_url, token=token):
            return connect(socket_url(media_url or public_url), token)
        case HangUp(words=words):
            return hang_up(words)
    assert_never(plan)


def connect(url: str, token: str) -> bytes:
    """A stream both ways. When our side closes it nothing follows, and the call ends."""
    response = Element("Response")
    stream = SubElement(SubElement(response, "Connect"), "Stream", url=url)
    # Twilio drops the query of a stream's address, so the token travels beside it.
    SubElement(stream, "Parameter", name="token", value=token)
    return _document(response)


def hang_up(words: str = "") -> bytes:
    response = Element("Response")
    if words:
        SubElement(response, "Say").text = words
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
