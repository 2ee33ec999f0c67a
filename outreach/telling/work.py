"""What happened to a campaign, a number, or to everything, in sentences."""

from collections.abc import Mapping
from typing import Final

from outreach.events import Kind
from outreach.telling.codes import readable, why
from outreach.telling.setting import Setting

Data = Mapping[str, object]


def applied(data: Data, setting: Setting) -> str:
    return f"The campaign's document was published as version {data.get('version', 'unknown')}."


def published(data: Data, setting: Setting) -> str:
    kind, name = readable(data.get("kind") or "document"), data.get("name", "of no name")
    return f"The {kind} {name} was published as version {data.get('version', 'unknown')}."


def launched(data: Data, setting: Setting) -> str:
    if data.get("to") == "scheduled":
        return "The campaign was launched and waits for its start."
    return "The campaign runs."


def paused(data: Data, setting: Setting) -> str:
    return f"The campaign was paused. {why(data.get('reason'))}".rstrip()


def resumed(data: Data, setting: Setting) -> str:
    return "The campaign goes on."


def cancelled(data: Data, setting: Setting) -> str:
    return f"The campaign was cancelled. {why(data.get('reason'))}".rstrip()


def completed(data: Data, setting: Setting) -> str:
    return "The campaign is complete: it owes nobody anything."


def archived(data: Data, setting: Setting) -> str:
    return "The campaign was put away."


def replanned(data: Data, setting: Setting) -> str:
    version = data.get("version")
    return "What is planned follows " + (f"version {version} now." if version else "the new plan.")


def held(data: Data, setting: Setting) -> str:
    return f"The campaign waits. {why(data.get('reason'))}".rstrip()


def import_started(data: Data, setting: Setting) -> str:
    return f"The import of {setting.name(data.get('import'), 'a list')} began."


def import_ended(data: Data, setting: Setting) -> str:
    ends = {"done": "is done", "failed": "failed", "undone": "was undone"}
    how = ends.get(str(data.get("status")), "ended")
    rows = f" after {data['rows_read']} rows" if data.get("rows_read") is not None else ""
    return f"The import of {setting.name(data.get('import'), 'a list')} {how}{rows}."


def import_undone(data: Data, setting: Setting) -> str:
    leads = data.get("leads")
    gone = f": {leads} leads are gone" if leads is not None else ""
    return f"The import of {setting.name(data.get('import'), 'a list')} was undone{gone}."


def stopped(data: Data, setting: Setting) -> str:
    return "Everything was stopped: nothing new begins."


def everything_resumed(data: Data, setting: Setting) -> str:
    return "The stop of everything was lifted."


def list_imported(data: Data, setting: Setting) -> str:
    rows = f" with {data['rows']} numbers" if data.get("rows") is not None else ""
    return f"A do-not-call list{rows} was imported; it holds from now on."


def list_dropped(data: Data, setting: Setting) -> str:
    return "A do-not-call list was dropped: it holds nobody back any more."


def webhook_failed(data: Data, setting: Setting) -> str:
    return "A report of a provider could not be used, however often it was tried."


def endpoint_added(data: Data, setting: Setting) -> str:
    return "Another program is told by webhook what happens."


def endpoint_removed(data: Data, setting: Setting) -> str:
    return "A program is told by webhook no longer."


def endpoint_enabled(data: Data, setting: Setting) -> str:
    return "A program is told by webhook again."


def endpoint_disabled(data: Data, setting: Setting) -> str:
    return "A program could not be told by webhook for too long; nothing more is sent to it."


def parked(data: Data, setting: Setting) -> str:
    number = setting.name(data.get("sender"), "One of our numbers")
    return f"{number} rests. {why(data.get('reason'))}".rstrip()


def unparked(data: Data, setting: Setting) -> str:
    return f"{setting.name(data.get('sender'), 'One of our numbers')} is used again."


def breaker_opened(data: Data, setting: Setting) -> str:
    return "The provider failed too often: nothing is asked of it for a while."


def breaker_half_opened(data: Data, setting: Setting) -> str:
    return "The provider is tried again with a few."


def breaker_closed(data: Data, setting: Setting) -> str:
    return "The provider works again."


SENTENCES: Final = {
    Kind.CAMPAIGN_APPLIED: applied,
    Kind.CAMPAIGN_LAUNCHED: launched,
    Kind.CAMPAIGN_PAUSED: paused,
    Kind.CAMPAIGN_RESUMED: resumed,
    Kind.CAMPAIGN_CANCELLED: cancelled,
    Kind.CAMPAIGN_COMPLETED: completed,
    "campaign.archived": archived,
    "campaign.replanned": replanned,
    "campaign.held": held,
    Kind.DOCUMENT_PUBLISHED: published,
    Kind.IMPORT_STARTED: import_started,
    Kind.IMPORT_ENDED: import_ended,
    Kind.IMPORT_UNDONE: import_undone,
    Kind.STOPPED: stopped,
    Kind.RESUMED: everything_resumed,
    Kind.LIST_IMPORTED: list_imported,
    Kind.LIST_DROPPED: list_dropped,
    Kind.WEBHOOK_FAILED: webhook_failed,
    Kind.ENDPOINT_ADDED: endpoint_added,
    Kind.ENDPOINT_REMOVED: endpoint_removed,
    Kind.ENDPOINT_ENABLED: endpoint_enabled,
    Kind.ENDPOINT_DISABLED: endpoint_disabled,
    "sender.parked": parked,
    "sender.unparked": unparked,
    "breaker.opened": breaker_opened,
    "breaker.half_opened": breaker_half_opened,
    "breaker.closed": breaker_closed,
}
