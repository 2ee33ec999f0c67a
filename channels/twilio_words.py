"""What do Twilio's words mean in ours?"""

from outreach.outcome import AnsweredBy

ANSWERED_BY: dict[str, AnsweredBy] = {
    "human": AnsweredBy.HUMAN,
    "machine_start": AnsweredBy.VOICEMAIL,
    "machine_end_beep": AnsweredBy.VOICEMAIL,
    "machine_end_silence": AnsweredBy.VOICEMAIL,
    "machine_end_other": AnsweredBy.VOICEMAIL,
    "fax": AnsweredBy.FAX,
    "unknown": AnsweredBy.UNKNOWN,
}
"""https://www.twilio.com/docs/voice/answering-machine-detection"""


def answered_by(word: str | None) -> AnsweredBy | None:
    """None where Twilio said nothing; a word that it never had before is `UNKNOWN`."""
    return ANSWERED_BY.get(word, AnsweredBy.UNKNOWN) if word else None


def bare(address: str) -> str:
    """The phone in `whatsapp:+…`, or the address itself where it has no channel before it."""
    return address.removeprefix("whatsapp:")
