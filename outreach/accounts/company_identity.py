"""Which company somebody belongs to: by the domain of their address, else by its name.

A domain of free mail never says anything. Two domains of one name are one company.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from outreach.accounts.free_mail import FREE_MAIL

_FORMS: Final = """
ab ag as asa bv bvba co company corp corporation gmbh inc incorporated kft kg llc llp lp ltd ltda
limited mbh nv oy oyj plc pte pty sa sarl sas sl spa srl sro ug
"""
LEGAL_FORMS: Final = frozenset(_FORMS.split())
"""What stands behind a name and does not tell two companies apart."""
WORD: Final = re.compile(r"[^\W_]+")
DOMAIN: Final = re.compile(
    r"(?=.{4,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}", re.UNICODE
)
LONGEST_NAME: Final = 200

Id = TypeVar("Id")


def domain_of(email: str) -> str | None:
    """The company's domain in an address; None for free mail and where there is none."""
    _, at, domain = email.strip().lower().rpartition("@")
    return company_domain(domain) if at else None


def company_domain(text: str) -> str | None:
    """A domain in lower case without `www.`; None for free mail and for what is no domain."""
    domain = text.strip().lower().rstrip(".")
    for head in ("https://", "http://"):
        domain = domain.removeprefix(head)
    domain = domain.split("/")[0].removeprefix("www.")
    if not DOMAIN.fullmatch(domain) or is_free_mail(domain):
        return None
    return domain


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there; what stands below such a domain is no other."""
    parts = domain.lower().split(".")
    return any(".".join(parts[at:]) in FREE_MAIL for at in range(len(parts)))


def name_key(name: str) -> str:
    """By what a name is known again: no case, accents, signs or legal form. Empty says nothing."""
    folded = unicodedata.normalize("NFKD", name.casefold())
    # "A.G." and "S.A." are forms too: the dots go before the words are found.
    bare = "".join(
        one for one in folded if not unicodedata.combining(one) and one not in ".'\u2019"
    )
    words = WORD.findall(bare)
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words)[:LONGEST_NAME]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Generic[Id]):
    """What a lead says of a person's company."""

    person: Id
    company: str
    """As it was written; may be empty."""
    email: str
    """May be empty."""


@dataclass(slots=True, kw_only=True)
class Place(Generic[Id]):
    """A company as far as it tells whose it is."""

    name: str
    """Its first domain where nobody has named it."""
    domains: list[str]
    id: Id | None = None
    """None: it is to be made."""
    people: list[Id]
    """Those who turned out to belong to it."""
    changed: bool = False
    """Its name or domains are other than they were."""

    @property
    def is_named(self) -> bool:
        return self.name not in self.domains


def sort_in(said: Iterable[Said[Id]], known: Collection[Place[Id]]) -> tuple[Place[Id], ...]:
    """Put each person into a company, in this order; returns the companies that got somebody.

    `known` holds every company that has one of their domains or name keys. Who says nothing of a
    company belongs to none.
    """
    by_domain: dict[str, Place[Id]] = {domain: one for one in known for domain in one.domains}
    by_name: dict[str, Place[Id]] = {}
    for one in known:
        by_name.setdefault(name_key(one.name), one)
    found: dict[int, Place[Id]] = {}
    for person in said:
        domain, name = domain_of(person.email), " ".join(person.company.split())[:LONGEST_NAME]
        key = name_key(name)
        place = _place(domain, key, by_domain, by_name)
        if place is None:
            if not domain and not key:
                continue
            place = Place(name=name if key else domain or "", domains=[], people=[], changed=True)
        _learn(place, domain, name if key else "", by_domain, by_name)
        place.people.append(person.person)
        found[id(place)] = place
    return tuple(found.values())


def _place(
    domain: str | None,
    key: str,
    by_domain: Mapping[str, Place[Id]],
    by_name: Mapping[str, Place[Id]],
) -> Place[Id] | None:
    if domain is not None and domain in by_domain:
        return by_domain[domain]
    return by_name.get(key) if key else None


def _learn(
    place: Place[Id],
    domain: str | None,
    name: str,
    by_domain: dict[str, Place[Id]],
    by_name: dict[str, Place[Id]],
) -> None:
    """A domain that is new is one more of the same company; a name replaces a bare domain."""
    if domain is not None and domain not in by_domain:
        place.domains.append(domain)
        place.changed = True
        by_domain[domain] = place
    if name and not place.is_named and name_key(name) not in by_name:
        place.name, place.changed = name, True
    if place.is_named:
        by_name.setdefault(name_key(place.name), place)
