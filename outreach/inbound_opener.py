"""What does an agent say first to a person who calls?"""

from typing import Final

from outreach.agent_document import Agent
from outreach.languages import code_of

_ENGLISH: Final = "en"
_THANKS: Final = {
    "de": "Danke für Ihren Anruf.",
    "en": "Thank you for calling.",
    "es": "Gracias por llamar.",
    "fr": "Merci de votre appel.",
    "it": "Grazie per aver chiamato.",
    "nl": "Bedankt voor uw telefoontje.",
    "pt": "Obrigado por ligar.",
}


def inbound_opener(agent: Agent) -> str:
    """Its own words for that; else thanks, and all that its opener says, which law has asked for.

    A text with variables, like the opener.
    """
    if agent.inbound_opener is not None:
        return agent.inbound_opener
    language = code_of(agent.language) or _ENGLISH
    thanks = _THANKS.get(language)
    return f"{thanks} {agent.opener}" if thanks else agent.opener
