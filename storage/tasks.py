"""What a person has to do: open work that no machine may decide."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from storage.events import Event, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: UUID
    kind: str
    """A code: answer_message, check_reading, call_back …; one open task of a kind per lead."""
    body: str
    created_by: str
    created_at: datetime
    lead_id: UUID | None = None
    contact_id: UUID | None = None
    assignee: str | None = None
    due_at: datetime | None = None


# Whoever asks twice for the same work gets one task.
_OPEN = text("""
INSERT INTO tasks (id, lead_id, contact_id, kind, body, assignee, due_at, created_by, created_at)
SELECT cast(:id AS uuid), cast(:lead_id AS uuid), cast(:contact_id AS uuid), :kind, :body,
       :assignee, cast(:due_at AS timestamptz), :created_by, cast(:created_at AS timestamptz)
WHERE NOT EXISTS (
    SELECT FROM tasks
    WHERE done_at IS NULL AND kind = :kind AND body = :body
      AND lead_id IS NOT DISTINCT FROM cast(:lead_id AS uuid)
      AND contact_id IS NOT DISTINCT FROM cast(:contact_id AS uuid))
RETURNING id
""")


async def open_task(
    tx: AsyncConnection,
    task: Task,
    *,
    campaign_id: UUID | None = None,
    attempt_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Write the task down and tell the history, unless the same one is open already.

    The rest says of which attempt and campaign the event is, and the code of why.
    """
    values = {
        "id": task.id,
        "lead_id": task.lead_id,
        "contact_id": task.contact_id,
        "kind": task.kind,
        "body": task.body,
        "assignee": task.assignee,
        "due_at": task.due_at,
        "created_by": task.created_by,
        "created_at": task.created_at,
    }
    if (await tx.execute(_OPEN, values)).first() is None:
        return
    data = {"task_id": str(task.id), "kind": task.kind}
    event = Event(
        kind=Kind.TASK_CREATED,
        at=task.created_at,
        actor=task.created_by,
        campaign_id=campaign_id,
        lead_id=task.lead_id,
        contact_id=task.contact_id,
        attempt_id=attempt_id,
        data=data if reason is None else {**data, "reason": reason},
    )
    await record(tx, [event])


_LATEST = text("""
SELECT id, body FROM tasks
WHERE lead_id = :lead_id AND kind = :kind AND done_at IS NULL AND created_at >= :since
ORDER BY created_at DESC, id DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    id: UUID
    body: str


async def latest(tx: AsyncConnection, lead_id: UUID, kind: str, since: datetime) -> OpenTask | None:
    """The newest open task of a kind that was given for a lead from `since` on."""
    values = {"lead_id": lead_id, "kind": kind, "since": since}
    row = (await tx.execute(_LATEST, values)).first()
    return None if row is None else OpenTask(**row._mapping)


_FINISH_ALL = text("""
UPDATE tasks SET done_at = :now, done_by = :by
WHERE lead_id = :lead_id AND kind = :kind AND done_at IS NULL
""")


async def finish_all(
    tx: AsyncConnection, lead_id: UUID, kind: str, *, by: str, now: datetime
) -> None:
    """Tick off all open tasks of a kind for a lead."""
    await tx.execute(_FINISH_ALL, {"lead_id": lead_id, "kind": kind, "by": by, "now": now})


_FINISH = text("""
UPDATE tasks SET done_at = :now, done_by = :by WHERE id = :id AND done_at IS NULL RETURNING id
""")


async def finish(tx: AsyncConnection, task_id: UUID, *, by: str, now: datetime) -> bool:
    """Tick it off; False when it is unknown or done already."""
    return (await tx.execute(_FINISH, {"id": task_id, "by": by, "now": now})).first() is not None
