"""Open work for people: asked for once, and told in the history."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tasks import Task, open_task

NOON = datetime(2031, 3, 4, 12, tzinfo=UTC)


async def test_the_same_work_is_asked_for_once_and_told_once(tx: AsyncConnection) -> None:
    task = Task(
        id=uuid4(), kind="call_back", body="They called us.", created_by="agent", created_at=NOON
    )

    await open_task(tx, task, reason="no_colleague")
    await open_task(tx, replace(task, id=uuid4()))

    assert (await tx.execute(text("SELECT id FROM tasks"))).scalars().all() == [task.id]
    [told] = await tx.execute(text("SELECT kind, actor, at, data FROM events"))
    assert (told.kind, told.actor, told.at) == ("task.created", "agent", NOON)
    assert told.data == {"task_id": str(task.id), "kind": "call_back", "reason": "no_colleague"}
