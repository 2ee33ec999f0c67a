"""After a crash ask, never guess: what becomes of attempts whose process fell silent."""

import asyncio
from datetime import timedelta
from typing import assert_never

import structlog

from channels.base import Absent, Channel, Finding, Found, Inquiry, NoAnswer
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from orchestrator.engine.counts import Counted
from orchestrator.engine.inquiry import Answers, Patience
from orchestrator.engine.limits import Limits
from outreach.attempt import State
from outreach.channel import ChannelName
from outreach.lead import Work
from outreach.outcome import Outcome
from outreach.reports import CallReported, Delivery, MessageReported
from storage import attempts, clock, dispatching, inquiries, leads, leases, lines, worked_leads
from storage.attempts import Cause
from storage.database import transaction
from storage.dispatching import Started, Unsure
from storage.leases import Return, Silent

log = structlog.get_logger(__name__)


async def recover(ctx: Context, after: Aftermath) -> int:
    """Give back what nobody outside knows of, and ask about all else; returns how many."""
    returned = await return_claimed(ctx)
    lost = await doubt_lost_starts(ctx)
    asked = await ask_about_silent(ctx, after)
    return returned + lost + asked


async def return_claimed(ctx: Context, *, own: bool = False) -> int:
    """Claimed attempts with a lease that has run out (`own`: and all of this process's)."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        reason = "shutdown" if own else "lease_expired"
        why = Return(now=now, reason=reason, process_id=ctx.process_id if own else None)
        returned = await leases.return_claimed(tx, why, ctx.limits.recover_batch)
        await leads.set_work(tx, [one.lead_id for one in returned], Work.PLANNED)
        await lines.release(tx, [one.id for one in returned])
    ctx.seam("returned")
    if not own:
        ctx.counts.add(Counted.LEASES_EXPIRED, State.CLAIMED.value, len(returned))
    return len(returned)


async def doubt_lost_starts(ctx: Context) -> int:
    """`starting` with a lease that has run out: the provider may have it."""
    async with transaction(ctx.database) as tx:
        lost = await leases.lock_lost_starts(tx, ctx.limits.recover_batch)
        changes = [Unsure(id=id, reason="lease_expired") for id in lost]
        # The lease is longer than any request takes, so it may be asked about at once.
        moved = await dispatching.unsure(tx, changes, await clock.now(tx), timedelta(0))
    ctx.seam("doubted")
    ctx.counts.add(Counted.LEASES_EXPIRED, State.STARTING.value, len(moved))
    return len(moved)


async def ask_about_silent(ctx: Context, after: Aftermath) -> int:
    """Ask the provider what became of attempts it has or may have."""
    async with transaction(ctx.database) as tx:
        lease = ctx.limits.inquiry_wait + ctx.limits.http_timeout
        silent = await leases.take_silent(
            tx,
            lease,
            ctx.limits.recover_batch,
            message_wait=ctx.limits.message_inquiry_wait,
        )
    ctx.seam("asking")
    room = asyncio.Semaphore(ctx.limits.questions_at_once)

    async def ask(one: Silent) -> None:
        async with room:
            finding = await _find(ctx, one)
        await _apply(ctx, after, one, finding)

    await asyncio.gather(*(ask(one) for one in silent))
    return len(silent)


async def _find(ctx: Context, silent: Silent) -> Finding:
    channel: Channel = ctx.channels[silent.channel]
    asked_after = silent.starting_at - ctx.limits.find_slack
    others: frozenset[str] = frozenset()
    if silent.provider_ref is None:
        async with transaction(ctx.database) as tx:
            others = await inquiries.refs_of_others(tx, silent.id, asked_after)
    inquiry = Inquiry(
        id=silent.id,
        to=silent.phone,
        from_=silent.sender_address,
        asked_after=asked_after,
        ref=silent.provider_ref,
        others=others,
    )
    try:
        async with asyncio.timeout(ctx.limits.http_timeout.total_seconds()):
            return await channel.find(inquiry)
    except TimeoutError:
        return NoAnswer(reason="timeout")


async def _apply(ctx: Context, after: Aftermath, silent: Silent, finding: Finding) -> None:
    match finding:
        case Found():
            await _found(ctx, after, silent, finding)
        case Absent() | NoAnswer():
            if silent.state is State.UNSURE:
                word = "absent" if isinstance(finding, Absent) else "no_answer"
                await _weigh(ctx, after, silent, word)
            else:
                # It was there once; the lease has been pushed on, so it is asked about again.
                log.warning("attempt cannot be found", attempt_id=str(silent.id))
        case _:
            assert_never(finding)
    ctx.seam("asked")


async def _found(ctx: Context, after: Aftermath, silent: Silent, found: Found) -> None:
    """The provider has it: adopt it, and take in its state as if it had been reported."""
    if found.duplicates:
        log.error(
            "provider took one order more than once",
            attempt_id=str(silent.id),
            duplicates=list(found.duplicates),
        )
    if silent.state is State.UNSURE:
        started = Started(
            id=silent.id,
            ref=found.ref,
            status=found.status,
            no_reply_after=ctx.limits.no_reply_after,
        )
        async with transaction(ctx.database) as tx:
            now = await clock.now(tx)
            await dispatching.started(tx, [started], now, ctx.limits.started_lease)
        ctx.seam("adopted")
    await after.receive(ctx, _delivery(silent, found))


def _delivery(silent: Silent, found: Found) -> Delivery:
    """What was found, as a webhook would have said it; the same finding is one delivery."""
    match silent.channel:
        case ChannelName.VOICE:
            report: CallReported | MessageReported = CallReported(
                attempt_id=silent.id,
                provider_ref=found.ref,
                status=found.status,
                duration_s=found.duration_s,
                error_code=found.error_code,
            )
        case ChannelName.WHATSAPP:
            report = MessageReported(
                message_id=silent.id,
                provider_ref=found.ref,
                status=found.status,
                error_code=found.error_code,
            )
        case _:
            assert_never(silent.channel)
    key = f"{silent.id}:{found.ref}:{found.status}"
    return Delivery(source="inquiry", key=key, report=report)


async def _weigh(ctx: Context, after: Aftermath, silent: Silent, word: str) -> None:
    """Keep one more answer, and act when there are enough."""
    answers = Answers.load(silent.inquiry, silent.machine_now).heard(silent.machine_now, word)
    verdict = answers.verdict(patience(ctx.limits))
    if verdict == "not_placed":
        await _not_placed(ctx, after, silent, answers)
        return
    wait = None if verdict == "give_up" else ctx.limits.inquiry_wait
    async with transaction(ctx.database) as tx:
        kept = {**silent.inquiry, **answers.dump()}
        await dispatching.keep_answers(tx, silent.id, kept, wait)
    if verdict == "give_up":
        log.error("nobody knows whether the provider has this", attempt_id=str(silent.id))


async def _not_placed(ctx: Context, after: Aftermath, silent: Silent, answers: Answers) -> None:
    """The provider never had it. That costs no try; the rules plan a new attempt."""
    async with transaction(ctx.database) as tx:
        await worked_leads.lock(tx, silent.lead_id)
        now = await clock.now(tx)
        ended = await attempts.move(
            tx,
            silent.id,
            {State.UNSURE},
            State.ENDED,
            cause=Cause(at=now, data={"outcome": Outcome.NOT_PLACED.value}),
            outcome=Outcome.NOT_PLACED.value,
            outcome_by="engine",
            ended_at=now,
            lease_until=None,
            undecided=True,
            inquiry={**silent.inquiry, **answers.dump()},
        )
        if ended is None:
            return
        await dispatching.fail_message(tx, silent.id, None)
        await after.follow_up(ctx, tx, silent.id)
    ctx.seam("not placed")


def patience(limits: Limits) -> Patience:
    return Patience(
        absent_answers=limits.absent_answers,
        absent_span=limits.absent_span,
        earliest=limits.http_timeout,
        give_up_after=limits.give_up_asking,
    )
