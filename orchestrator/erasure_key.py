"""The key by which erased persons are known: configured, or beside our own server's data."""

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.config import Config
from outreach.errors import Rejected
from outreach.marks import Marks
from storage import embedded, erased


def marks_of(config: Config) -> Marks:
    """The marks of this deployment; without a key where the database is a server of the user's.

    Every process on that server has to have the same key, so none is made up here.
    """
    given = config.compliance.erasure_key
    if given is not None:
        return Marks(given.get_secret_value().encode())
    if config.database.url is not None:
        return Marks()
    return Marks(embedded.secret(config.database.data_dir, "erasure.key").encode())


async def refuse_strange_marks(tx: AsyncConnection, marks: Marks) -> None:
    """Raises Rejected where persons were erased whom this process could not leave alone."""
    if await erased.has_strange_marks(tx, marks):
        raise Rejected(
            code="erasure_key_unknown",
            message="Persons were erased under a key that this process does not have.",
            fix="Give it as compliance.erasure_key; who was erased is known by it alone.",
            where="compliance.erasure_key",
        )
