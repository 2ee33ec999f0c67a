"""Run the simulator by itself: `python -m simulator --port 4010 --seed 7 --speed 10 --now ISO`."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from simulator.server import PortTaken, run


def main(arguments: list[str]) -> int:
    """The exit code: 0 after a signal, 2 when the arguments or the port are wrong."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=4010, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", type=_speed, default=1.0, help="divides the carrier's waits")
    parser.add_argument("--now", type=_moment, default=None, help="ISO 8601 with an offset")
    parser.add_argument("--media-dir", type=Path, default=None, help="where recordings go")
    given = parser.parse_args(arguments)
    media_dir = given.media_dir or Path(tempfile.mkdtemp(prefix="simulator-"))
    try:
        run(
            port=given.port,
            seed=given.seed,
            speed=given.speed,
            now=given.now,
            media_dir=media_dir,
            on_ready=lambda running: _say(f"simulator ready on {running.base_url}"),
        )
    except PortTaken as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _speed(text: str) -> float:
    speed = float(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return speed


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("needs its offset from UTC, e.g. 2026-11-24T14:00:00Z")
    return moment.astimezone(UTC)


sys.exit(main(sys.argv[1:]))
