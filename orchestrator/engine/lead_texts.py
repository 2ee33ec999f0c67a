"""A lead's values as the texts of an agent may use them."""

from agents.prompting import Listener
from storage.worked_leads import WorkedLead

SOMEWHERE = "Etc/UTC"
"""Where nobody knows the zone; such a lead is never contacted first, but may write to us."""


def listener(lead: WorkedLead, brief: str = "") -> Listener:
    """The person as a prompt speaks of them, with what is known of their company."""
    known: dict[str, object | None] = {
        **lead.fields,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "email": lead.email,
        "company": lead.company,
        "title": lead.title,
        "country": lead.country,
        "time_zone": lead.stated_zone,
        "language": lead.language,
        "phone": lead.phone or lead.whatsapp,
        "owner": lead.owner,
    }
    values = {name: str(value) for name, value in known.items() if value not in (None, "")}
    return Listener(values=values, zone=lead.zone or SOMEWHERE, brief=brief)
