"""What is used for an attempt is charged to it, counted once, and told to monitoring."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.model import Usage
from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from outreach.charges import Charge, Cost, Part, charged, cost_of
from outreach.prices import Used
from storage import charges
from storage.charges import Account


async def spend(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, part: Part, used: Used
) -> None:
    """Charge what a part has used. The caller holds the attempt, or takes nothing before it."""
    account = await charges.lock(tx, attempt_id)
    # A platform pays the carrier of its calls, and tells its own price.
    if account is None or (part is Part.CARRIER and account.of_platform):
        return
    charge = charged(account.charges.get(part), part, used, ctx.prices, account.phone)
    await _write(ctx, tx, attempt_id, account, part, charge)


async def spend_tokens(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, part: Part, usage: Usage
) -> None:
    """Charge an answer of the model, if it was asked at all. As `spend`."""
    used = tokens(usage)
    if used.told():
        await spend(ctx, tx, attempt_id, part, used)


def tokens(usage: Usage) -> Used:
    return Used(input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)


async def platform_told(ctx: Context, tx: AsyncConnection, attempt_id: UUID, cost: Cost) -> None:
    """Charge what another platform asks for a call; its later word replaces it. As `spend`."""
    account = await charges.lock(tx, attempt_id)
    if account is None:
        return
    charge = Charge(micros=cost.micros, currency=cost.currency)
    await _write(ctx, tx, attempt_id, account, Part.PLATFORM, charge)


async def message_left(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, message_id: UUID
) -> None:
    """Charge a message that the provider has sent, once. The caller holds attempt and message."""
    account = await charges.lock(tx, attempt_id)
    if account is None or ctx.prices is None:
        return
    one = Used(messages=1)
    price = Cost(micros=ctx.prices.micros(one, account.phone), currency=ctx.prices.currency)
    if await charges.charge_message(tx, message_id, price):
        await spend(ctx, tx, attempt_id, Part.MESSAGES, one)


async def _write(
    ctx: Context,
    tx: AsyncConnection,
    attempt_id: UUID,
    account: Account,
    part: Part,
    charge: Charge,
) -> None:
    if account.charges.get(part) == charge:
        return
    known = {**account.charges, part: charge}
    cost = cost_of(known)
    await charges.write(tx, attempt_id, known, cost)
    if cost is None:
        return
    before = account.cost
    paid = before.micros if before is not None and before.currency == cost.currency else 0
    ctx.counts.add(Counted.COST, cost.currency, max(cost.micros - paid, 0))
