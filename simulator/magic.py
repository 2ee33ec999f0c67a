"""Which numbers does the carrier refuse at once? The shape, and the provider's magic numbers."""

import re

from simulator.message import bare
from simulator.rest import Refusal

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_CALLS = {
    "+15005550001": (21217, "not a valid phone number"),
    "+15005550002": (21214, "the number cannot be reached"),
    "+15005550003": (21215, "the account may not call this country"),
    "+15005550004": (21216, "the number is blocked"),
}
_MESSAGES = {
    "+15005550001": (21211, "not a valid phone number"),
    "+15005550002": (21612, "the number cannot be reached from here"),
    "+15005550003": (21408, "the account may not write to this country"),
    "+15005550004": (21610, "the recipient has opted out"),
    "+15005550009": (21614, "not a mobile number"),
}


def check_call(to: str, from_: str) -> None:
    """Raises Refusal."""
    _check_shape(to, from_, sender_code=21212)
    if to in _CALLS:
        code, why = _CALLS[to]
        raise Refusal(400, code, f"To {to}: {why}")


def check_message(to: str, from_: str) -> None:
    """Raises Refusal."""
    _check_shape(bare(to), bare(from_), sender_code=21212)
    if to.startswith("whatsapp:") != from_.startswith("whatsapp:"):
        raise Refusal(400, 21910, "From and To must be of the same channel")
    if bare(to) in _MESSAGES:
        code, why = _MESSAGES[bare(to)]
        raise Refusal(400, code, f"To {to}: {why}")


def _check_shape(to: str, from_: str, *, sender_code: int) -> None:
    if not _E164.fullmatch(to):
        raise Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if not _E164.fullmatch(from_) or from_ == "+15005550001":
        raise Refusal(400, sender_code, f"The 'From' number {from_} is not a valid phone number.")
    if to == from_:
        raise Refusal(400, 21211, "'To' and 'From' cannot be the same.")
