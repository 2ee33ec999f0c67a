"""Puts the recordings of a backup back into their folder."""

import shutil
from pathlib import Path

from outreach.errors import Rejected
from storage.archive.reading import Archive


def unpack(archive: Archive, folder: Path) -> int:
    """Write the recordings that are in the backup; returns how many. Blocks.

    A recording is of one call for ever: one that is there already is written again, the same.
    """
    uris = archive.recordings()
    try:
        for uri in uris:
            target = folder / uri
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f"{target.name}.partial")
            with archive.sound(uri) as sound, unfinished.open("wb") as file:
                shutil.copyfileobj(sound, file)
            unfinished.rename(target)
    except OSError as error:
        raise Rejected(
            code="recordings_unwritable",
            message=f"The recordings cannot be written: {(error.strerror or str(error)).lower()}.",
            fix="Make room, or correct recordings.folder; the database has not been changed.",
            where=str(folder),
        ) from error
    return len(uris)
