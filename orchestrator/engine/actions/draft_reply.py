"""The model drafts what a colleague might write: only when asked, and it sends nothing."""

from dataclasses import dataclass, replace
from uuid import UUID

from agents.chat import next_reply
from agents.model import ModelUnavailable
from agents.tools import ToolResult, Wish
from orchestrator.engine import spending
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.replies import chat_of
from outreach.charges import Part
from outreach.errors import Rejected
from storage import answered_attempts, clock, conversations
from storage.database import transaction


@dataclass(frozen=True, slots=True)
class NoTools:
    """Whoever drafts does nothing."""

    async def use(self, wish: Wish) -> ToolResult:
        return ToolResult(done=False, say="This is a draft: only write.")


async def draft_reply(ctx: Context, conversation_id: UUID, actor: Actor) -> str:
    """What the agent would write next. Opens its own transactions, for the model takes its time.

    Raises Rejected where nobody can draft: no campaign, no agent, no model, or one that fails.
    """
    require(actor, Role.REP)
    async with transaction(ctx.database) as tx:
        talk = await conversations.find(tx, conversation_id)
        chat = await chat_of(ctx, tx, talk, await clock.now(tx)) if talk else None
    if chat is None or ctx.model is None:
        what = "no agent" if ctx.model else "no model"
        raise Rejected("no_draft", f"There is {what} that could draft.", "Write it yourself.")
    try:
        reply = await next_reply(ctx.model, replace(chat.context, tools=()), NoTools())
    except ModelUnavailable as error:
        raise Rejected(
            "no_draft", "The model does not answer just now.", "Try again, or write it yourself."
        ) from error
    async with transaction(ctx.database) as tx:
        payer = await answered_attempts.find(tx, conversation_id, None)
        if payer is not None:
            await spending.spend_tokens(ctx, tx, payer.id, Part.CHAT, reply.usage)
    if not reply.text:
        raise Rejected("no_draft", "The model would say nothing.", "Write it yourself.")
    return reply.text
