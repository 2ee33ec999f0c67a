"""Which values of a lead do a campaign's texts need?"""

from orchestrator.engine.materials import Materials
from outreach.channel import ChannelName
from outreach.variables import CONTEXT_VARIABLES, checked


def needed_variables(materials: Materials) -> dict[ChannelName, frozenset[str]]:
    """What the gate would miss: the same texts, asked once for the whole file."""
    template = materials.template
    texts = template.texts if template is not None else ()
    by_message = frozenset(name for text in texts for name in checked(text).required)
    return {
        ChannelName.VOICE: materials.needed,
        ChannelName.WHATSAPP: materials.needed | (by_message - CONTEXT_VARIABLES),
    }
