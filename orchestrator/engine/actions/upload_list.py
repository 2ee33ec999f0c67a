"""A list that a browser hands in: taken, its columns named, checked, imported by a worker."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.imports import uploaded
from orchestrator.engine.imports.request import FileConsent, refuse_unknown_basis
from orchestrator.engine.imports.sheet import open_sheet, refuse_unknown_fields, renamed
from orchestrator.engine.imports.text_file import examine
from outreach.campaign import Campaign
from outreach.csv_header import map_header
from outreach.errors import Rejected
from storage import campaigns, clock, uploads
from storage.uploads import NewUpload, Step, Upload

CHECK: Final = "check_list"
IMPORT: Final = "import_list"
"""Tasks of `orchestrator.engine.import_jobs`."""
OVER: Final = frozenset({"completed", "cancelled", "archived"})
LONGEST_NAME: Final = 200


async def take_list(
    ctx: Context, tx: AsyncConnection, campaign: str, name: str, path: Path, actor: Actor
) -> UUID:
    """Keep a list for a campaign until it is imported. Raises Rejected where it is no list."""
    require(actor, Role.OPERATOR)
    row = await campaigns.find(tx, campaign)
    if row is None or row.status in OVER:
        raise Rejected(
            "campaign_over",
            f"Nobody in {campaign} is contacted any more." if row else f"There is no {campaign}.",
            "Import into another campaign.",
        )
    file = await asyncio.to_thread(examine, path)
    sheet = await asyncio.to_thread(open_sheet, file)
    uploaded.refuse_unusable(sheet)
    now = await clock.now(tx)
    new = NewUpload(
        id=ctx.new_id(now),
        campaign_id=row.id,
        file_name=name[:LONGEST_NAME] or "list.csv",
        file_sha256=file.sha256,
        mapping={},
        options={
            "encoding": file.encoding,
            "delimiter": sheet.delimiter,
            "size": file.size,
            "header": list(sheet.header),
        },
        by=actor.name,
    )
    await uploads.add(tx, new, now)
    opened: BinaryIO
    with path.open("rb") as opened:
        await uploaded.keep(tx, new.id, opened)
    return new.id


async def name_columns(
    ctx: Context,
    tx: AsyncConnection,
    upload: Upload,
    mapping: Mapping[str, str],
    campaign: Campaign,
    actor: Actor,
) -> None:
    """Say what each column is, and have the list checked.

    Raises Rejected where the campaign could not use a list of such columns.
    """
    require(actor, Role.OPERATOR)
    refuse_unknown_fields(mapping, campaign.fields)
    found = map_header(renamed([*mapping], mapping), campaign.fields, campaign.channels)
    if isinstance(found, Rejected):
        raise found
    await _check(ctx, tx, upload, Step(frm=uploads.OPEN, to="checking", mapping=mapping))


async def agree(
    ctx: Context, tx: AsyncConnection, upload: Upload, consent: FileConsent | None, actor: Actor
) -> None:
    """Say which consent holds for each row that states none, and have the list checked again."""
    require(actor, Role.OPERATOR)
    refuse_unknown_basis(consent)
    options = {
        "basis": consent.basis if consent else "",
        "proof": consent.proof if consent else "",
    }
    await _check(ctx, tx, upload, Step(frm=("checked",), to="checking", options=options))


async def start_import(ctx: Context, tx: AsyncConnection, upload: Upload, actor: Actor) -> None:
    """Have a checked list imported by a worker. Twice is the same as once."""
    require(actor, Role.OPERATOR)
    if await uploads.move(tx, upload.id, Step(frm=("checked",), to="waiting")):
        await ctx.side_work.defer(tx, IMPORT, {"import_id": str(upload.id)})
    elif upload.status in ("uploaded", "checking"):
        raise Rejected("not_checked", "The list is not checked yet.", "Wait for its verdicts.")


async def import_again(ctx: Context, tx: AsyncConnection, upload: Upload, actor: Actor) -> UUID:
    """Import a list anew whose import broke off; rows that came in stay as they are.

    Raises Rejected where it did not break off, or its list is kept no more.
    """
    require(actor, Role.OPERATOR)
    if upload.status != "failed" or not upload.has_file:
        raise Rejected(
            "nothing_to_repeat", "There is nothing to import again.", "Hand the list in anew."
        )
    now = await clock.now(tx)
    new_id = ctx.new_id(now)
    await uploads.begin_again(tx, upload.id, new_id, actor.name, now)
    await ctx.side_work.defer(tx, IMPORT, {"import_id": str(new_id)})
    return new_id


async def _check(ctx: Context, tx: AsyncConnection, upload: Upload, step: Step) -> None:
    if not await uploads.move(tx, upload.id, step):
        raise Rejected("import_begun", "This list is being imported already.", "See how far it is.")
    await ctx.side_work.defer(tx, CHECK, {"import_id": str(upload.id)})
