"""May simulated and real senders serve one database? Where one was at work, not both unasked."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.base import Channel
from outreach.errors import Rejected
from storage import contacted


async def refuse_simulated(tx: AsyncConnection, channels: Collection[Channel]) -> None:
    """A simulated sender never serves a database in which real people were contacted.

    Whoever looks at a lead there would take a made-up conversation for theirs. Raises Rejected.
    """
    if not any(one.simulated for one in channels):
        return
    if await contacted.exists(tx, simulated=False):
        raise Rejected(
            code="simulated_in_real_database",
            message="Real people were contacted from this database,"
            " and the configured provider is a simulated one.",
            fix="Give the simulated provider a database of its own (database.url or data_dir),"
            " or remove twilio.base_url.",
            where="twilio.base_url",
        )


async def refuse_mixed(
    tx: AsyncConnection, channels: Collection[Channel], *, allow_mixed: bool
) -> None:
    """Nor is a list that was played with contacted for real, unless that is meant.

    Raises Rejected.
    """
    await refuse_simulated(tx, channels)
    if allow_mixed or all(one.simulated for one in channels):
        return
    if await contacted.exists(tx, simulated=True):
        raise Rejected(
            code="real_in_simulated_database",
            message="This database holds simulated contacts: its leads may be nobody,"
            " and their history is made up.",
            fix="Use a database of its own for real people, or repeat with --allow-mixed.",
            where="--allow-mixed",
        )
