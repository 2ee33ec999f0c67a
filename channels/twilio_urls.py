"""At which addresses does Twilio report to us?"""

from uuid import UUID

# Without this Twilio repeats a webhook once, and only when it could not connect: a 503 of ours
# would lose it. https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
PATIENCE = "#rc=5&rp=all"

VOICE = "/webhooks/twilio/voice"
WHATSAPP_STATUS = "/webhooks/twilio/whatsapp/status"


def call_url(public_url: str, attempt_id: UUID, what: str) -> str:
    """`what` is answer, status, amd, recording, or a step of a transfer."""
    return f"{public_url.rstrip('/')}{VOICE}/{attempt_id}/{what}{PATIENCE}"


def message_url(public_url: str, message_id: UUID) -> str:
    return f"{public_url.rstrip('/')}{WHATSAPP_STATUS}/{message_id}{PATIENCE}"
