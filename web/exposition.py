"""The text format in which Prometheus reads numbers (version 0.0.4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "outreach_"

Kind = Literal["gauge", "counter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with all its samples. A counter's name ends in `_total`."""

    name: str
    kind: Kind
    help: str
    """One line."""
    labels: Sequence[str] = ()
    samples: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    """By the labels' values, in the order of `labels`."""


def single(name: str, kind: Kind, help: str, value: float | None) -> Family:
    """A metric without labels; None says nothing, as nothing is known."""
    samples: dict[tuple[str, ...], float] = {} if value is None else {(): value}
    return Family(name=name, kind=kind, help=help, samples=samples)


def expose(families: Iterable[Family]) -> str:
    return "".join(line for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    name = f"{PREFIX}{family.name}"
    yield f"# HELP {name} {family.help}\n"
    yield f"# TYPE {name} {family.kind}\n"
    for values, sample in sorted(family.samples.items()):
        labels = ",".join(
            f'{label}="{_escaped(value)}"'
            for label, value in zip(family.labels, values, strict=True)
        )
        yield f"{name}{f'{{{labels}}}' if labels else ''} {float(sample):.15g}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
