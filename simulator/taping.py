"""How does a recording begin, and what happens to it once the call is over?"""

import wave
from email.utils import format_datetime
from pathlib import Path

import numpy as np

from simulator.call import Call, Callback
from simulator.call_events import recording_url
from simulator.carrier import Carrier
from simulator.delivery import Webhook
from simulator.recorded import Recording, Source
from simulator.recording import TwoChannelWav


def begin(
    carrier: Carrier,
    call: Call,
    *,
    source: Source,
    channels: int,
    callback: Callback,
    events: frozenset[str],
) -> tuple[Recording, TwoChannelWav]:
    """Open a tape for this call; the person is channel 1."""
    world = carrier.world
    sid = world.new_sid("RE")
    recording = Recording(
        sid=sid,
        call_sid=call.sid,
        path=world.media_dir / f"{sid}.wav",
        channels=channels,
        source=source,
        callback=callback,
        events=events,
        started_at=world.now(),
        updated_at=world.now(),
    )
    world.recordings[sid] = recording
    if source != "RecordVerb":
        call.recording_sid = sid
    _tell(carrier, call, recording)
    return recording, TwoChannelWav(recording.path)


def finish(carrier: Carrier, call: Call, recording: Recording, tape: TwoChannelWav) -> None:
    """Close the tape; it can be fetched when the carrier has processed it."""
    tape.close()
    recording.seconds = round(tape.duration_s)
    recording.status = "processing"
    recording.updated_at = carrier.world.now()
    carrier.world.spawn(_process(carrier, call, recording, is_empty=tape.duration_s == 0))


async def _process(carrier: Carrier, call: Call, recording: Recording, *, is_empty: bool) -> None:
    world = carrier.world
    await world.clock.carrier_wait(world.knobs.recording_processing_s)
    if recording.status == "deleted":
        return
    if recording.channels == 1 and not is_empty:
        _mix_down(recording.path)
    recording.status = "absent" if is_empty else "completed"
    recording.updated_at = world.now()
    _tell(carrier, call, recording)


def _tell(carrier: Carrier, call: Call, recording: Recording) -> None:
    if recording.status not in recording.events:
        return
    world = carrier.world
    params = {
        "AccountSid": world.account_sid,
        "CallSid": call.sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": recording_url(world, recording.sid),
        "RecordingStatus": recording.status,
        "RecordingDuration": str(recording.seconds),
        "RecordingChannels": str(recording.channels),
        "RecordingStartTime": format_datetime(recording.started_at),
        "RecordingSource": recording.source,
        "RecordingTrack": "both",
    }
    carrier.courier.send(
        Webhook(
            kind="recording",
            event=recording.status,
            sid=recording.sid,
            number=call.person,
            to=recording.callback,
            params=params,
        )
    )


def _mix_down(path: Path) -> None:
    """Both sides on one channel, as the provider keeps it unless dual was asked for."""
    with wave.open(str(path), "rb") as stereo:
        rate_hz = stereo.getframerate()
        both = np.frombuffer(stereo.readframes(stereo.getnframes()), dtype="<i2").reshape(-1, 2)
    mixed = both.astype(np.int32).mean(axis=1).astype("<i2")
    with wave.open(str(path), "wb") as mono:
        mono.setnchannels(1)
        mono.setsampwidth(2)
        mono.setframerate(rate_hz)
        mono.writeframes(mixed.tobytes())
