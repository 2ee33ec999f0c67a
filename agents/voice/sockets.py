"""At which address does a service take sockets?"""

from urllib.parse import urlsplit


def websocket(url: str) -> str:
    """The same address for sockets, without a slash at its end."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    return parts._replace(scheme=scheme).geturl().rstrip("/")
