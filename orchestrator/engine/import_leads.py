"""CSV file → people, leads, first attempts: streaming, one transaction per chunk, repeatable."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.engine.actions.roles import Role, require
from orchestrator.engine.imports.ahead import chunks_of
from orchestrator.engine.imports.copying import Copied, copied, copied_ahead
from orchestrator.engine.imports.error_file import ErrorFile, error_file
from orchestrator.engine.imports.indexing import indexing
from orchestrator.engine.imports.loading import Loaded, Totals, load
from orchestrator.engine.imports.needs import needed_variables
from orchestrator.engine.imports.parsing import CHUNK_ROWS, Chunk, Job, column_of
from orchestrator.engine.imports.quotes import refuse_unclosed
from orchestrator.engine.imports.request import (
    KNOWN,
    ImportReport,
    ImportRequest,
    Progress,
    Rejection,
    refuse_unknown_basis,
)
from orchestrator.engine.imports.sheet import Sheet, open_sheet, refuse_unknown_fields, renamed
from orchestrator.engine.imports.terms import Terms
from orchestrator.engine.imports.text_file import TextFile, examine
from orchestrator.engine.library import Library
from orchestrator.engine.materials import Materials, gather
from outreach.csv_rows import ColumnMap, map_header
from outreach.errors import Rejected
from outreach.ids import RANDOM_BYTES, new_id
from storage import campaigns, clock, import_stage, imports
from storage.database import transaction
from storage.gating import CampaignRow
from storage.import_stage import Into
from storage.imports import NewImport

FIRST_REJECTIONS: Final = 20
TRIES: Final = 3
SILENCE: Final = timedelta(minutes=10)
"""Machine time after which an import that commits nothing is taken for killed."""
OVER: Final = frozenset({"completed", "cancelled", "archived"})


def untold(_: Progress) -> None:
    """Nobody wants to know how far it is."""


async def unkept(_: Progress, __: Loaded) -> None:
    """Nobody keeps what a dry run finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """All that is settled before the first row."""

    request: ImportRequest
    file: TextFile
    job: Job
    mapping: dict[str, str]
    into: Into

    @property
    def terms(self) -> Terms:
        return self.job.terms


async def import_leads(
    database: AsyncEngine,
    request: ImportRequest,
    progress: Callable[[Progress], None] = untold,
    *,
    keep: Callable[[Progress, Loaded], Awaitable[None]] = unkept,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportReport:
    """Make leads of a file's rows; each with its verdict, none twice.

    Every chunk is committed with all that belongs to it, so an import that was killed is completed
    by importing the file again. `keep` is handed each chunk's verdicts as they are found.

    Raises:
        Rejected: the file, its header, the campaign or the request is wrong; nothing was written.
    """
    require(request.actor, Role.OPERATOR)
    _keep_apart(request)
    refuse_unknown_basis(request.consent)
    plan = await _prepare(database, request, chunk_rows)
    totals, first = Totals(), list[Rejection]()
    with error_file(request.errors, plan.job.sheet.header, plan.job.sheet.delimiter) as errors:
        async with _recorded(database, plan), chunks_of(plan.job, plan.file.size) as chunks:
            async for chunk, loaded in _load_all(database, plan, chunks, totals):
                _note(loaded, errors, first)
                far = _progress(plan, chunk, totals)
                progress(far)
                await keep(far, loaded)
    return ImportReport(
        import_id=None if request.dry_run else plan.into.import_id,
        rows_read=totals.rows_read,
        imported=totals.imported,
        rejected=dict(totals.rejected),
        blocked=dict(totals.blocked),
        unknown_columns=_unknown(plan),
        mapping=plan.mapping,
        encoding=plan.job.sheet.encoding,
        delimiter=plan.job.sheet.delimiter,
        first_rejections=tuple(first),
    )


def _keep_apart(request: ImportRequest) -> None:
    if request.errors is not None and request.errors.resolve() == request.file.resolve():
        raise Rejected(
            code="errors_over_list",
            message="The error file would replace the list that is read.",
            fix="Give --errors another name.",
            where=str(request.errors),
        )


async def _prepare(database: AsyncEngine, request: ImportRequest, chunk_rows: int) -> _Plan:
    file = await asyncio.to_thread(examine, request.file)
    sheet = await asyncio.to_thread(open_sheet, file)
    await asyncio.to_thread(refuse_unclosed, sheet)
    async with transaction(database) as tx:
        now = await clock.now(tx)
        materials = await _materials(tx, request.campaign)
    campaign = materials.campaign
    names = renamed(sheet.header, request.mapping)
    refuse_unknown_fields(request.mapping, campaign.fields)
    columns = map_header(names, campaign.fields, campaign.channels)
    if isinstance(columns, Rejected):
        columns.where = columns.where or str(request.file)
        raise columns
    if request.only is not None:
        column_of(request.only, sheet.header)
    terms = Terms(
        campaign=campaign,
        columns=columns,
        needed=needed_variables(materials),
        consent=request.consent,
        now=now,
        rulebook=request.rulebook,
    )
    return _Plan(
        request=request,
        file=file,
        job=Job(sheet=sheet, terms=terms, only=request.only, chunk_rows=chunk_rows),
        mapping=_mapping(sheet, columns),
        into=Into(
            import_id=request.import_id or new_id(now, os.urandom(RANDOM_BYTES)),
            campaign_id=materials.row.id,
            purpose=campaign.purpose,
            actor=request.actor.name,
            now=now,
            marks=request.marks,
        ),
    )


async def _materials(tx: AsyncConnection, name: str) -> Materials:
    row = await campaigns.find(tx, name)
    if row is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {name!r}.",
            fix="Apply its document first, or see `outreach campaign list`.",
            where="campaign",
        )
    if row.status in OVER:
        raise Rejected(
            code="campaign_over",
            message=f"The campaign {name} is {row.status}; nobody in it is contacted any more.",
            fix="Import into another campaign.",
            where="campaign",
        )
    names = CampaignRow.__dataclass_fields__
    plain = CampaignRow(**{name: getattr(row, name) for name in names})
    return (await gather(tx, Library(), [plain]))[row.id]


def _mapping(sheet: Sheet, columns: ColumnMap) -> dict[str, str]:
    """Which header was taken for what."""
    reserved = {sheet.header[position]: name for name, position in columns.reserved.items()}
    return reserved | {sheet.header[position]: spec.key for spec, position in columns.custom}


def _unknown(plan: _Plan) -> tuple[str, ...]:
    """Columns that nobody asked about and that mean nothing to the campaign."""
    request = plan.request
    named = {name.strip() for name in request.mapping}
    if request.only is not None:
        named.add(plan.job.sheet.header[column_of(request.only, plan.job.sheet.header)].strip())
    return tuple(one for one in plan.terms.columns.unknown if one and one not in named)


@asynccontextmanager
async def _recorded(database: AsyncEngine, plan: _Plan) -> AsyncIterator[None]:
    """The import's own row, from running to done or failed; a dry run has none."""
    if plan.request.dry_run:
        yield
        return
    into = plan.into
    new = NewImport(
        id=into.import_id,
        campaign_id=into.campaign_id,
        file_name=plan.file.path.name,
        file_sha256=plan.file.sha256,
        mapping=plan.mapping,
        started_by=into.actor,
    )
    async with transaction(database) as tx:
        now = await clock.now(tx)
        await imports.end_silent(tx, SILENCE, now)
        if plan.request.import_id is None:
            await imports.start(tx, new, now)
        elif not await imports.begin(tx, new, now):
            raise Rejected(
                code="import_begun",
                message="This import has begun already.",
                fix="See how far it is.",
            )
    status = "failed"
    try:
        yield
        status = "done"
    finally:
        async with transaction(database) as tx:
            await imports.end(tx, into.import_id, status, await clock.now(tx))


async def _load_all(
    database: AsyncEngine, plan: _Plan, chunks: AsyncIterator[Chunk], totals: Totals
) -> AsyncIterator[tuple[Chunk, Loaded]]:
    """Each chunk with what became of it; `totals` grow with what is committed."""
    if plan.request.dry_run:
        async with database.connect() as tx:
            async for chunk in chunks:
                await import_stage.begin(tx)
                await import_stage.copy(tx, chunk.stage)
                loaded = await _load(tx, chunk, plan)
                totals.add(loaded.totals)
                yield chunk, loaded
            await tx.rollback()
        return
    async with indexing(database) as committed, aclosing(copied_ahead(database, chunks)) as ahead:
        async for one in ahead:
            loaded = await _commit(database, one, plan, totals)
            committed()
            totals.add(loaded.totals)
            yield one.chunk, loaded


async def _commit(database: AsyncEngine, one: Copied, plan: _Plan, totals: Totals) -> Loaded:
    """One transaction; another when somebody else wrote the same person meanwhile."""
    opened = one.opened
    for tries_left in reversed(range(TRIES)):
        try:
            async with opened as tx:
                loaded = await _load(tx, one.chunk, plan)
                after = Totals()
                after.add(totals)
                after.add(loaded.totals)
                counts = {**after.as_counts, "bytes_done": one.chunk.bytes_done}
                await imports.advance(tx, plan.into.import_id, after.rows_read, counts)
        except (IntegrityError, OperationalError) as error:
            if not tries_left or error.connection_invalidated:
                raise
            opened = copied(database, one.chunk)
        else:
            return loaded
    raise AssertionError("the last try returns or raises")


async def _load(tx: AsyncConnection, chunk: Chunk, plan: _Plan) -> Loaded:
    now: datetime = await clock.now(tx)
    return await load(
        tx,
        chunk,
        plan.terms,
        replace(plan.into, now=now),
        delimiter=plan.job.sheet.delimiter,
        dry_run=plan.request.dry_run,
    )


def _note(loaded: Loaded, errors: ErrorFile, first: list[Rejection]) -> None:
    errors.write(loaded.rejections)
    # A list that is imported again is mostly known rows; what is wrong must not drown in them.
    wrong = [one for one in loaded.rejections if one.code != KNOWN]
    first.extend(wrong[: FIRST_REJECTIONS - len(first)])


def _progress(plan: _Plan, chunk: Chunk, totals: Totals) -> Progress:
    return Progress(
        bytes_done=chunk.bytes_done,
        bytes_total=plan.file.size,
        rows_read=totals.rows_read,
        imported=totals.imported,
        rejected=totals.rejected.total(),
        counts=totals.as_counts,
    )
