"""Begins a campaign from another one: the same document under another name, without its leads."""

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.apply import Applied, apply
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.campaign import Campaign
from outreach.errors import Rejected
from storage import campaigns


async def duplicate(
    ctx: Context,
    tx: AsyncConnection,
    name: str,
    new: str,
    actor: Actor,
    *,
    title: str | None = None,
) -> Applied:
    """Publish the newest version of a campaign as the first of another; it is a draft.

    Raises Rejected when there is no such campaign, when the new name is taken or cannot be one.
    """
    require(actor, Role.OPERATOR)
    row = await campaigns.find(tx, name)
    if row is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {name}.",
            fix="`outreach campaign list` shows those that there are.",
            where="campaign",
        )
    if await campaigns.find(tx, new) is not None:
        raise Rejected(
            code="name_taken",
            message=f"There is a campaign {new} already.",
            fix="Choose another name.",
            where="new name",
        )
    document = await ctx.library.campaign(tx, name, row.version)
    said = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    try:
        copied = Campaign.model_validate(
            {**said, "name": new, "title": title or f"{document.title} (copy)"[:200]}
        )
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise Rejected(
            code="bad_value",
            message=f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}.",
            fix="Names are small letters, digits and dashes, such as spring-demo.",
            where="new name",
        ) from error
    return await apply(ctx, tx, copied, actor, based_on=0)
