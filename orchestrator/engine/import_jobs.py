"""Lists that browsers handed in, checked and imported by a worker, whoever looks meanwhile."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.upload_list import CHECK, IMPORT
from orchestrator.engine.context import Context
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.loading import MOST_EXAMPLES, Loaded, stored
from orchestrator.engine.imports.request import FileConsent, ImportRequest, Progress
from orchestrator.engine.imports.uploaded import fetched
from outreach.errors import Rejected
from outreach.telling.codes import why
from storage import clock, imports, uploads
from storage.database import transaction
from storage.uploads import Step, Upload, Verdict

__all__ = ["CHECK", "IMPORT", "check_list", "forget_lists", "import_list"]

READY: Final = "ready"
"""The verdict of a row whose lead will be contacted."""
KEPT: Final = timedelta(days=1)
"""For how long a list is kept that nobody imports, or whose import broke off (business time)."""


async def check_list(ctx: Context, import_id: str) -> None:
    """Find each row's verdict and write no lead. Again finds them again."""
    upload = await _find(ctx, import_id)
    if upload is None or upload.status != "checking":
        return
    async with transaction(ctx.database) as tx:
        await uploads.clear_verdicts(tx, upload.id)
    kept: Counter[str] = Counter()

    async def keep(far: Progress, loaded: Loaded) -> None:
        examples = [one for one in _examples(loaded) if _has_room(kept, one.code)]
        async with transaction(ctx.database) as tx:
            await imports.reject(tx, upload.id, [stored(one) for one in loaded.rejections])
            await uploads.keep_examples(tx, upload.id, examples)
            counts = {**far.counts, "bytes_done": far.bytes_done}
            await imports.advance(tx, upload.id, far.rows_read, counts)

    try:
        async with fetched(ctx.database, upload.id) as path:
            request = _request(ctx, upload, path, dry_run=True)
            await import_leads(ctx.database, request, keep=keep)
    except Rejected as rejected:
        await _back(ctx, upload, "uploaded", rejected)
        return
    async with transaction(ctx.database) as tx:
        await uploads.move(tx, upload.id, Step(frm=("checking",), to="checked"))


async def import_list(ctx: Context, import_id: str) -> None:
    """Import a list that waits; who comes second, or again, does nothing."""
    upload = await _find(ctx, import_id)
    if upload is None or upload.status != "waiting":
        return
    try:
        async with fetched(ctx.database, upload.id) as path:
            await import_leads(ctx.database, _request(ctx, upload, path, dry_run=False))
    except Rejected as rejected:
        await _back(ctx, upload, "checked", rejected)
        return
    async with transaction(ctx.database) as tx:
        await uploads.drop_file(tx, upload.id)


async def give_up(tx: AsyncConnection, import_id: str) -> None:
    """It failed however often it was tried: the list waits for a person again."""
    failed = "It failed several times; the log of the workers says why."
    for frm, to in (("checking", "uploaded"), ("waiting", "checked")):
        await uploads.move(tx, UUID(import_id), Step(frm=(frm,), to=to, problem=failed))


async def forget_lists(ctx: Context) -> int:
    """Let go of lists that nobody came back to; returns how many. A duty."""
    async with transaction(ctx.database) as tx:
        return await uploads.forget(tx, await clock.now(tx) - KEPT)


async def _find(ctx: Context, import_id: str) -> Upload | None:
    async with transaction(ctx.database) as tx:
        return await uploads.find(tx, UUID(import_id))


async def _back(ctx: Context, upload: Upload, to: str, rejected: Rejected) -> None:
    """Nothing came of it, and a person is told why; what runs by now is left alone."""
    problem = f"{rejected.message} {rejected.fix}".strip()
    async with transaction(ctx.database) as tx:
        await uploads.move(tx, upload.id, Step(frm=("checking", "waiting"), to=to, problem=problem))


def _request(ctx: Context, upload: Upload, path: Path, *, dry_run: bool) -> ImportRequest:
    basis, proof = (str(upload.options.get(name) or "") for name in ("basis", "proof"))
    return ImportRequest(
        file=path,
        campaign=upload.campaign,
        # Whoever handed it in was asked for their role at each step.
        actor=Actor(name=upload.started_by, role=Role.OPERATOR),
        rulebook=ctx.rulebook,
        marks=ctx.marks,
        consent=FileConsent(basis=basis, proof=proof) if basis else None,
        mapping=upload.mapping,
        dry_run=dry_run,
        import_id=upload.id,
    )


def _examples(loaded: Loaded) -> list[Verdict]:
    return [
        Verdict(
            row_number=one.row_number,
            code=one.refusal or READY,
            message=why(one.refusal) if one.refusal else "",
            suggestion="",
            cells=one.cells,
            taken=True,
        )
        for one in loaded.examples
    ]


def _has_room(kept: Counter[str], code: str) -> bool:
    kept[code] += 1
    return kept[code] <= MOST_EXAMPLES
