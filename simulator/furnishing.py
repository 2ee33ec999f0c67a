"""What an account of the simulated carrier holds: numbers that are answered, approved templates."""

from simulator.call import Number
from simulator.message import Template
from simulator.world import World


def add_number(
    world: World,
    address: str,
    *,
    voice_url: str = "",
    sms_url: str = "",
    status_callback: str = "",
) -> Number:
    """One of our numbers; the same address again replaces what was said before."""
    known = world.numbers.get(address)
    number = Number(
        sid=known.sid if known else world.new_sid("PN"),
        number=address,
        voice_url=voice_url,
        sms_url=sms_url,
        status_callback=status_callback,
    )
    world.numbers[address] = number
    return number


def add_template(
    world: World, body: str, *, sid: str = "", name: str = "template", language: str = "en"
) -> Template:
    """A template that WhatsApp has approved."""
    now = world.now()
    template = Template(
        sid=sid or world.new_sid("HX"),
        friendly_name=name,
        language=language,
        variables={},
        types={"twilio/text": {"body": body}},
        created_at=now,
        updated_at=now,
        approval="approved",
    )
    world.templates[template.sid] = template
    return template
