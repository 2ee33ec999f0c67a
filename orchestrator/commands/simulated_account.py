"""Gives the simulated account what a configuration and its templates expect to find there."""

from collections.abc import Iterator, Sequence

from orchestrator.config import Config
from orchestrator.doctor.assembly import INBOUND_CALLS, INBOUND_MESSAGES
from outreach.errors import Rejected
from outreach.whatsapp_template_document import WhatsAppTemplate
from simulator.furnishing import add_number, add_template
from simulator.world import World


def furnish(world: World, config: Config, templates: Sequence[WhatsAppTemplate]) -> Iterator[str]:
    """Add numbers that are answered at `public_url`, and the templates as approved.

    Says each. Raises Rejected where the configuration names no account or no address.
    """
    if config.twilio is None or config.public_url is None:
        raise Rejected(
            "account_unknown",
            "The configuration names no public_url or no twilio section, so no numbers are known.",
            "Add both, or leave --config away.",
            "--config",
        )
    public_url = config.public_url.rstrip("/")
    for number in config.twilio.voice_numbers:
        add_number(
            world,
            number,
            voice_url=f"{public_url}{INBOUND_CALLS}",
            status_callback=f"{public_url}{INBOUND_CALLS}/status",
        )
        yield f"{number} takes calls"
    for number in config.twilio.whatsapp_numbers:
        add_number(world, f"whatsapp:{number}", sms_url=f"{public_url}{INBOUND_MESSAGES}")
        yield f"{number} takes WhatsApp messages"
    for template in templates:
        if template.content_sid is not None:
            add_template(world, template.body, sid=template.content_sid, name=template.name)
            yield f"template {template.name} is approved"
