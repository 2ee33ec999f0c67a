"""Recordings: what the provider says of its own, and where ours are kept."""

import hashlib
import shutil
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.attempt import NEVER_ASKED
from outreach.events import Kind
from outreach.reports import RecordingReported
from storage import calls, clock, recordings, reported
from storage.calls import Call
from storage.events import Event, record
from storage.recordings import Kept

STATUS: Final = {"in-progress": "running", "completed": "due", "absent": "absent"}
FETCH: Final = "fetch_recording"
AT: Final = ":"
PEAKS: Final = 800
"""Points of the picture of a recording, per channel."""
CHUNK: Final = 1 << 16
BYTES_A_SAMPLE: Final = 2


@dataclass(slots=True, eq=False)
class Unusable(Exception):
    """What lies there is no recording that can be played and measured; it will not become one."""

    reason: str
    """A code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    channels: int
    duration_ms: int
    peaks: list[list[float]]


async def recording_reported(ctx: Context, tx: AsyncConnection, report: RecordingReported) -> bool:
    """Keep where a recording of the provider's lies; False when its call is not known."""
    status = STATUS.get(report.status)
    if status is None:
        return False
    now = await clock.now(tx)
    attempt = await reported.lock(tx, report.attempt_id)
    if attempt is not None and attempt.state in NEVER_ASKED:
        return False
    if attempt is not None:
        call: Call | None = await calls.of_attempt(tx, attempt.id, now)
    else:
        call = await calls.lock(tx, report.attempt_id)
    if call is None:
        return False
    due = await recordings.report(
        tx,
        id=ctx.new_id(now),
        call_id=call.id,
        provider_ref=report.recording_ref,
        uri=report.uri,
        channels=report.channels,
        duration_ms=None if report.duration_s is None else report.duration_s * 1000,
        status=status,
        now=now,
    )
    if due is not None:
        await ctx.side_work.defer(tx, FETCH, {"recording_id": str(due)})
    await _tell(tx, call, "provider", report.status, now)
    return True


def ref_at(source: str, name: str) -> str:
    """What we call a recording of another platform: names of two of them may be the same."""
    return f"{source}{AT}{name}"


def source_of(ref: str) -> str | None:
    """The platform that told of a recording; None: our own carrier, whose names have no colon."""
    source, at, _ = ref.partition(AT)
    return source if at else None


def place_of(name: UUID) -> str:
    """Where the recording of this name lies, below the store's folder."""
    return f"{name.hex[:8]}/{name}.wav"


def discard(folder: Path, uris: Iterable[str]) -> int:
    """Remove these files; returns how many there were. Call it in a thread. Raises OSError."""
    there = [file for uri in uris if (file := folder / uri).is_file()]
    for file in there:
        file.unlink(missing_ok=True)
    return len(there)


def keep(folder: Path, name: UUID, wav: Path) -> Kept:
    """Move a finished WAV into the store and measure it; the same name again replaces it.

    The name is the call's for our own recording, and the recording's for a provider's.

    Reads and writes files: call it in a thread. Raises OSError, Unusable.
    """
    measured = _measure(wav)
    uri = place_of(name)
    target = folder / uri
    target.parent.mkdir(parents=True, exist_ok=True)
    if wav.resolve() != target.resolve():
        shutil.move(wav, target)
    return Kept(
        uri=uri,
        channels=measured.channels,
        duration_ms=measured.duration_ms,
        bytes=target.stat().st_size,
        sha256=_sha256(target),
        peaks=measured.peaks,
    )


async def store_ours(
    ctx: Context, tx: AsyncConnection, call: Call, kept: Kept, now: datetime
) -> None:
    """Say that our recording of this call is kept; saying it again changes nothing."""
    is_new = await recordings.store_ours(
        tx,
        recording_id=ctx.new_id(now),
        call_id=call.id,
        kept=kept,
        now=now,
    )
    if is_new:
        await _tell(tx, call, "ours", "stored", now)


async def _tell(tx: AsyncConnection, call: Call, source: str, status: str, now: datetime) -> None:
    event = Event(
        kind=Kind.CALL_RECORDED,
        at=now,
        lead_id=call.lead_id,
        contact_id=call.contact_id,
        attempt_id=call.attempt_id,
        data={"call_id": str(call.id), "source": source, "status": status},
    )
    await record(tx, [event])


def _measure(wav: Path) -> _Measured:
    try:
        with wave.open(str(wav), "rb") as opened:
            if opened.getsampwidth() != BYTES_A_SAMPLE:
                raise Unusable("not_16_bit")
            return _Measured(
                channels=opened.getnchannels(),
                duration_ms=round(opened.getnframes() * 1000 / opened.getframerate()),
                peaks=_peaks(opened),
            )
    # What `wave` and the sums make of a header or a body that is not what it says.
    except (wave.Error, EOFError, ValueError, ZeroDivisionError) as error:
        raise Unusable("not_a_wav_file") from error


def _peaks(opened: wave.Wave_read) -> list[list[float]]:
    """The loudest sample of each stretch, 0..1, per channel; constant memory."""
    channels, frames = opened.getnchannels(), opened.getnframes()
    stretch = max(1, -(-frames // PEAKS))
    found: list[list[float]] = [[] for _ in range(channels)]
    while data := opened.readframes(stretch):
        samples = np.frombuffer(data, dtype="<i2").reshape(-1, channels).astype(np.int32)
        for channel in range(channels):
            found[channel].append(round(float(np.abs(samples[:, channel]).max()) / 32768, 3))
    return found


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
