"""How far the measuring of all companies by a version of the profile has come."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

NAME: Final = "companies"
BEGIN: Final = UUID(int=0)

_IS_DONE = text("""
SELECT EXISTS (SELECT FROM duties WHERE name = :name
  AND (state->>'version')::int = :version AND (state->>'done')::boolean)
""")
_HOLD = text("""
INSERT INTO duties (name, state) VALUES (:name, '{}')
ON CONFLICT (name) DO UPDATE SET state = duties.state RETURNING state
""")
_GO_ON = text("""
UPDATE duties SET state = jsonb_build_object(
  'version', cast(:version AS int), 'after', cast(:after AS text), 'done', cast(:done AS boolean))
WHERE name = :name
""")


async def is_done(tx: AsyncConnection, version: int) -> bool:
    """Whether every company was measured by this version."""
    return bool((await tx.execute(_IS_DONE, {"name": NAME, "version": version})).scalar_one())


async def hold_place(tx: AsyncConnection, version: int) -> UUID:
    """The last company that was measured by this version, held until the transaction ends."""
    state = (await tx.execute(_HOLD, {"name": NAME})).scalar_one()
    return UUID(state["after"]) if state.get("version") == version else BEGIN


async def go_on(tx: AsyncConnection, version: int, after: UUID, *, done: bool) -> None:
    values = {"name": NAME, "version": version, "after": str(after), "done": done}
    await tx.execute(_GO_ON, values)
