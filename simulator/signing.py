"""How does the carrier sign what it sends? Its own code, never shared with who verifies."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def sign(auth_token: str, url: str, pairs: Iterable[tuple[str, str]] = ()) -> str:
    """The value of X-Twilio-Signature for a form POST, or for a GET when `pairs` is empty.

    Keys are sorted, values of one key are sorted and counted once; the URL is used as it was
    configured, without its fragment.
    """
    text = url.partition("#")[0] + "".join(key + value for key, value in sorted(set(pairs)))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
