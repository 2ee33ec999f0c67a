"""`outreach db backup` and `restore`: everything into one file, and back."""

import asyncio
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import text

from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, in_words
from orchestrator.config import Config
from orchestrator.engine.limits import Limits
from orchestrator.store import Store, open_store, open_unchanged
from outreach.ids import RANDOM_BYTES, new_id
from storage.archive.loading import Target, load, refuse_other_revision
from storage.archive.manifest import Manifest
from storage.archive.reading import Archive, opened
from storage.archive.recordings import unpack
from storage.archive.saving import Source, save
from storage.archive.settling import Settled, settle
from storage.database import transaction

PROGRAM = "outreach-conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    manifest: Manifest
    settled: Settled
    recordings: int


def backup_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not exist.")],
    with_recordings: Annotated[
        bool, typer.Option("--with-recordings", help="And the recordings kept on this machine.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write everything of this moment into one file, while the product runs."""
    saved = run(_backup(read_config(config), file, with_recordings))
    output = Output(as_json)
    if as_json:
        output.data({"file": file, "bytes": file.stat().st_size, **_told(saved)})
        return
    megabytes = file.stat().st_size / 1e6
    output.say(
        f"{file} ({megabytes:.1f} MB) holds {saved.rows} rows of {len(saved.tables)} tables"
        f" as of {in_words(saved.taken_at)}, and {saved.recordings} recordings."
    )
    if saved.recordings_left:
        output.say(
            f"{saved.recordings_left} recordings are not in it: say --with-recordings,"
            " or copy their folder."
        )


def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has written.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what the database holds now.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill an empty database from a backup; nothing is sent until you say `resume-all`."""
    restored = run(_restore(read_config(config), file, replace))
    output = Output(as_json)
    if as_json:
        output.data({"file": file, **_told(restored.manifest), **asdict(restored.settled)})
        return
    for sentence in _restored(restored):
        output.say(sentence)


def _told(manifest: Manifest) -> dict[str, object]:
    tables = {table.name: table.rows for table in manifest.tables}
    told = {k: v for k, v in asdict(manifest).items() if k not in ("tables", "months")}
    return {**told, "rows": tables}


def _restored(restored: Restored) -> list[str]:
    manifest, settled = restored.manifest, restored.settled
    said = [
        f"{manifest.rows} rows of {in_words(manifest.taken_at)} are back,"
        f" with {restored.recordings} recordings."
    ]
    if settled.asked_about:
        said.append(
            f"{settled.asked_about} attempts were under way: their provider is asked what became"
            " of them as soon as `outreach serve` runs."
        )
    if settled.due:
        said.append(
            f"{settled.due} planned attempts are due by now. What was made after the backup is"
            " not in it: cancel what you know was made."
        )
    if settled.for_a_person:
        said.append(f"{settled.for_a_person} conversations wait for a person to answer.")
    return [*said, "Everything is stopped. Have a look, then say `outreach resume-all`."]


async def _backup(config: Config, file: Path, with_recordings: bool) -> Manifest:
    async with open_unchanged(config) as url:
        source = Source(
            url=url,
            program=_version(),
            recordings=config.recordings.folder,
            with_recordings=with_recordings,
        )
        return await asyncio.to_thread(save, source, file)


async def _restore(config: Config, file: Path, replace: bool) -> Restored:
    # The file is proved to be whole before a database is opened, or made.
    with opened(file) as archive:
        refuse_other_revision(archive.manifest)
        async with open_store(config) as store:
            return await _fill(config, store, archive, replace)


async def _fill(config: Config, store: Store, archive: Archive, replace: bool) -> Restored:
    target = Target(replace=replace, silence=Limits().process_silence)
    async with transaction(store.engine) as tx:
        await load(tx, archive, target)
        settled = await settle(tx, _new_id)
        recordings = await asyncio.to_thread(unpack, archive, config.recordings.folder)
    async with store.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))
    return Restored(manifest=archive.manifest, settled=settled, recordings=recordings)


def _new_id(now: datetime) -> UUID:
    return new_id(now, secrets.token_bytes(RANDOM_BYTES))


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "from its source folder"
