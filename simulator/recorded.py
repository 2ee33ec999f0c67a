"""What the carrier knows about one recording."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from simulator.call import Callback

Source = Literal["OutboundAPI", "StartCallRecordingAPI", "RecordVerb"]


@dataclass(slots=True, kw_only=True, eq=False)
class Recording:
    """Mutable; the file exists from the start and is served once `status` is completed."""

    sid: str
    call_sid: str
    path: Path
    channels: int
    source: Source
    callback: Callback
    events: frozenset[str]
    started_at: datetime
    updated_at: datetime
    status: Literal["in-progress", "processing", "completed", "absent", "deleted"] = "in-progress"
    seconds: int = 0
