"""What a figure is, and how it is printed: beside its baseline, with the spread of its rounds."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number. Of the rounds `value` is the median, beside the best and the worst."""

    name: str
    value: float
    unit: str
    """`ratio` where the name says `vs`."""
    baseline: float | None
    """The median of what it is held against, in `unit` or, of a ratio, in rows or calls/s."""
    ratio: float | None
    min: float
    max: float


def of_rounds(name: str, unit: str, values: Sequence[float]) -> Figure:
    """A figure that is held against nothing."""
    return Figure(
        name=name,
        value=median(values),
        unit=unit,
        baseline=None,
        ratio=None,
        min=min(values),
        max=max(values),
    )


def against(name: str, ours: Sequence[float], theirs: Sequence[float]) -> Figure:
    """How many times as fast as the baseline: rates of the same rounds, paired."""
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    return Figure(
        name=name,
        value=median(ratios),
        unit="ratio",
        baseline=median(theirs),
        ratio=median(ratios),
        min=min(ratios),
        max=max(ratios),
    )


def wants_json() -> bool:
    """Read the command line that all benchmarks share."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return bool(parser.parse_args().json)


def publish(figures: Sequence[Figure], *, as_json: bool) -> None:
    """Print the figures for people or for programs."""
    if as_json:
        json.dump([asdict(figure) for figure in figures], sys.stdout, indent=2)
        print()
        return
    for figure in figures:
        spread = f"min {figure.min:,.2f}, max {figure.max:,.2f}"
        print(f"{figure.name:<32} {figure.value:,.2f} {figure.unit} ({spread})")


def say(text: str) -> None:
    """Tell whoever waits how it goes."""
    print(text, file=sys.stderr, flush=True)
