"""Processor time of the server and of our processes: it says the same on a busy machine."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def of_server(data: Path) -> float:
    """Seconds that the PostgreSQL of this folder has used, its ended sessions with it (Linux).

    Zero where the system does not say.
    """
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        pid = int(text.split(maxsplit=1)[0])
        # The name stands in brackets and may hold anything.
        fields = text.rpartition(")")[2].split()
        if pid == postmaster:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            total += sum(map(int, fields[11:13]))
    return total / TICKS
