"""Which column of a list holds what?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.fields import FieldSpec

ALIASES: Final[Mapping[str, str]] = {
    "phone": "phone",
    "mobile": "phone",
    "telephone": "phone",
    "phone_number": "phone",
    "mobile_phone": "phone",
    "mobile_number": "phone",
    "tel": "phone",
    "cell": "phone",
    "first_name": "first_name",
    "firstname": "first_name",
    "given_name": "first_name",
    "forename": "first_name",
    "last_name": "last_name",
    "lastname": "last_name",
    "surname": "last_name",
    "family_name": "last_name",
    "email": "email",
    "e_mail": "email",
    "email_address": "email",
    "mail": "email",
    "company": "company",
    "company_name": "company",
    "organisation": "company",
    "organization": "company",
    "title": "title",
    "job_title": "title",
    "position": "title",
    "country": "country",
    "country_code": "country",
    "time_zone": "time_zone",
    "timezone": "time_zone",
    "tz": "time_zone",
    "language": "language",
    "lang": "language",
    "whatsapp": "whatsapp",
    "whatsapp_number": "whatsapp",
    "not_before": "not_before",
    "owner": "owner",
    "consent": "consent",
    "consent_source": "consent_source",
    "consent_at": "consent_at",
}
"""Names of headers, as `plain` writes them, for the columns that every list may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMap:
    """Which cell holds what. Positions count from 0."""

    width: int
    reserved: Mapping[str, int]
    custom: tuple[tuple[FieldSpec, int], ...]
    unknown: tuple[str, ...]
    """Headers that match nothing, as written; their cells are ignored and that is reported."""
    channels: frozenset[ChannelName]


def map_header(
    header: Sequence[str],
    fields: Sequence[FieldSpec],
    channels: frozenset[ChannelName] = frozenset({ChannelName.VOICE}),
) -> ColumnMap | Rejected:
    """Find each column's meaning by its name, in any case and with any separators.

    A campaign's own field wins over an alias, never over the reserved name itself.
    """
    own = _own(fields)
    reserved: dict[str, int] = {}
    custom: dict[str, tuple[FieldSpec, int]] = {}
    unknown: list[str] = []
    for position, name in enumerate(header):
        found = _meaning(name, own)
        match found:
            case FieldSpec():
                if found.key in custom:
                    return _twice(name)
                custom[found.key] = (found, position)
            case str():
                if found in reserved:
                    return _twice(name)
                reserved[found] = position
            case None:
                unknown.append(name.strip())
    return _complete(
        ColumnMap(
            width=len(header),
            reserved=reserved,
            custom=tuple(custom.values()),
            unknown=tuple(unknown),
            channels=channels,
        ),
        fields,
    )


def meanings(header: Sequence[str], fields: Sequence[FieldSpec]) -> list[str]:
    """The key that each column's name stands for; empty where it means nothing.

    Of two that mean the same the first has it.
    """
    own = _own(fields)
    keys: list[str] = []
    for name in header:
        found = _meaning(name, own)
        key = found.key if isinstance(found, FieldSpec) else found or ""
        keys.append("" if key in keys else key)
    return keys


def _own(fields: Sequence[FieldSpec]) -> dict[str, FieldSpec]:
    own = {plain(spec.key): spec for spec in fields}
    return {plain(spec.label): spec for spec in fields if spec.label} | own


def _meaning(name: str, own: Mapping[str, FieldSpec]) -> FieldSpec | str | None:
    """A field of the campaign, the reserved name, or nothing."""
    word = plain(name)
    spec, column = own.get(word), ALIASES.get(word)
    return spec if spec is not None and column != word else column


def _complete(columns: ColumnMap, fields: Sequence[FieldSpec]) -> ColumnMap | Rejected:
    names = set(columns.reserved)
    wanted = {"phone"} if columns.channels == {ChannelName.VOICE} else {"phone", "whatsapp"}
    if not names & wanted:
        return Rejected(
            code="no_phone_column",
            message=f"No column of the list is called {' or '.join(sorted(wanted))}.",
            fix=_header_hint("phone", columns.unknown),
        )
    present = {spec.key for spec, _ in columns.custom}
    absent = [spec.key for spec in fields if spec.required and spec.key not in present]
    if absent:
        return Rejected(
            code="required_column_missing",
            message=f"The list lacks the required column {', '.join(absent)}.",
            fix=_header_hint(absent[0], columns.unknown),
        )
    return columns


def plain(name: str) -> str:
    """A header without case and separators, as `ALIASES` writes it."""
    words = "".join(one if one.isalnum() else " " for one in name.strip("\ufeff").casefold())
    return "_".join(words.split())


def _header_hint(column: str, unknown: Sequence[str]) -> str:
    nearest = get_close_matches(column, [plain(name) for name in unknown], n=1)
    return f"Rename {nearest[0]} to {column}." if nearest else f"Add a column {column}."


def _twice(name: str) -> Rejected:
    return Rejected(
        code="column_twice",
        message=f"Two columns of the list mean the same as {name.strip()}.",
        fix="Remove or rename one of them.",
    )
