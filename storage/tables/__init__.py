"""Every table of the product, one file per subject. Import tables from here."""

from storage.tables.accounts import (
    api_answers,
    api_keys,
    sessions,
    sign_in_links,
    sign_in_tries,
    users,
)
from storage.tables.attempts import attempts, lines
from storage.tables.base import metadata
from storage.tables.calls import calls, recordings, turns
from storage.tables.campaigns import campaigns, documents, replanning_jobs, senders
from storage.tables.control import (
    breakers,
    clock,
    duties,
    operator_stop,
    processes,
    provider_answers,
)
from storage.tables.conversations import conversations, messages
from storage.tables.findings import (
    extractions,
    notes,
    readings,
    tasks,
    touchpoints,
    trigger_firings,
)
from storage.tables.history import counters, events, inbox, tallies, webhook_rejections
from storage.tables.leads import import_files, import_rejections, imports, leads
from storage.tables.meetings import meetings
from storage.tables.outgoing import webhook_deliveries, webhook_endpoints
from storage.tables.people import companies, consents, contact_points, contacts, suppressions

__all__ = [
    "metadata",
    "clock",
    "operator_stop",
    "breakers",
    "provider_answers",
    "processes",
    "duties",
    "documents",
    "campaigns",
    "replanning_jobs",
    "senders",
    "companies",
    "contacts",
    "contact_points",
    "consents",
    "suppressions",
    "imports",
    "import_files",
    "import_rejections",
    "leads",
    "attempts",
    "lines",
    "calls",
    "turns",
    "recordings",
    "conversations",
    "messages",
    "readings",
    "extractions",
    "tasks",
    "notes",
    "touchpoints",
    "trigger_firings",
    "meetings",
    "events",
    "inbox",
    "webhook_rejections",
    "counters",
    "tallies",
    "users",
    "sessions",
    "sign_in_links",
    "sign_in_tries",
    "api_keys",
    "api_answers",
    "webhook_endpoints",
    "webhook_deliveries",
]
