"""What a text may say about a lead: the values of its variables."""

from collections.abc import Mapping
from datetime import datetime

from orchestrator.engine.materials import Materials
from storage.gating import Claimed


def lead_values(lead: Claimed, materials: Materials, now: datetime) -> dict[str, str]:
    """Every variable of `outreach.variables` that is known for this lead; others are absent."""
    known: Mapping[str, object] = {
        **lead.fields,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "email": lead.email,
        "company": lead.company,
        "title": lead.title,
        "country": lead.country,
        "time_zone": lead.stated_zone,
        "language": lead.language,
        "phone": lead.lead_phone,
        "owner": lead.owner,
        "campaign_title": materials.campaign.title,
        "campaign_goal": materials.campaign.goal,
        "agent_name": materials.agent.title if materials.agent else "",
        "today": now.date().isoformat(),
    }
    return {name: str(value) for name, value in known.items() if value not in (None, "")}
