"""The ideal customer profile: which companies we look for, and whom in them."""

import re
from enum import StrEnum
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from outreach.accounts.company_profile import FIELDS, Shape
from outreach.accounts.job_title import Department, Seniority
from outreach.document import Key, Line, Part, Slug

LONGEST_PATTERN: Final = 200

Values = Annotated[tuple[Line, ...], Field(min_length=1, max_length=200)]
MaybeValues = Annotated[tuple[Line, ...], Field(max_length=200)]
Weight = Annotated[int, Field(ge=1, le=100)]
Amount = Annotated[float, Field(ge=0)]


class ProfileField(StrEnum):
    """What is known of companies; a test holds this against the fields of a profile."""

    INDUSTRY = "industry"
    EMPLOYEES = "employees"
    REVENUE = "revenue"
    TECH = "tech"
    COUNTRY = "country"
    REGION = "region"
    CITY = "city"
    TIME_ZONE = "time_zone"
    LINKEDIN = "linkedin"
    DESCRIPTION = "description"


class Disqualification(StrEnum):
    """Why a company is none of ours, whatever else fits."""

    COMPETITOR = "competitor"
    WRONG_INDUSTRY = "wrong_industry"
    WRONG_BUSINESS_MODEL = "wrong_business_model"
    WRONG_GEOGRAPHY = "wrong_geography"
    COMPANY_TOO_SMALL = "company_too_small"
    COMPANY_TOO_LARGE = "company_too_large"
    BUDGET_TOO_SMALL = "budget_too_small"
    NO_USE_CASE = "no_use_case"
    TECHNOLOGY_MISSING = "technology_missing"
    TECHNOLOGY_INCOMPATIBLE = "technology_incompatible"
    REGULATORY_RESTRICTIONS = "regulatory_restrictions"
    OTHER = "other"


class _Criterion(Part):
    id: Key
    """Its name in the breakdown of a company's fit."""
    field: ProfileField
    """Which value of the company's profile is looked at."""
    weight: Weight = 1
    """How much it counts beside the others."""
    disqualifies: Disqualification | None = None
    """Makes it a hard rule: a company that is known not to meet it is no fit, for this reason."""

    def _takes(self, *shapes: Shape) -> None:
        if FIELDS[self.field] not in shapes:
            wanted = " or ".join(shapes)
            raise ValueError(f"{self.field} is no {wanted}; take another op or field")


class InCriterion(_Criterion):
    """The value is one of a list; upper and lower case are the same."""

    op: Literal["in"]
    """How it is looked at."""
    values: Values
    """What fits."""
    adjacent: MaybeValues = ()
    """What fits by half."""

    @model_validator(mode="after")
    def _field_has_words(self) -> Self:
        self._takes(Shape.TEXT, Shape.LIST)
        return self


class RangeCriterion(_Criterion):
    """The number lies within bounds; up to 20 % beyond them it fits by half."""

    op: Literal["range"]
    """How it is looked at."""
    at_least: Amount | None = None
    """The smallest that fits; None: any."""
    at_most: Amount | None = None
    """The largest that fits; None: any."""

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        self._takes(Shape.NUMBER)
        if self.at_least is None and self.at_most is None:
            raise ValueError("a range needs at_least, at_most, or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("the range ends before it begins: at_least is more than at_most")
        return self


class ContainsCriterion(_Criterion):
    """One of these words or items occurs in the value."""

    op: Literal["contains_any"]
    """How it is looked at."""
    values: Values
    """What fits, each as whole words."""
    adjacent: MaybeValues = ()
    """What fits by half."""

    @model_validator(mode="after")
    def _field_has_words(self) -> Self:
        self._takes(Shape.TEXT, Shape.LIST)
        return self


class RegexCriterion(_Criterion):
    """A regular expression is found in the value; upper and lower case are the same."""

    op: Literal["regex"]
    """How it is looked at."""
    pattern: Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN)]
    """The expression, as Python's `re` reads it."""

    @field_validator("pattern")
    @classmethod
    def _can_be_read(cls, given: str) -> str:
        try:
            re.compile(given)
        except re.error as error:
            raise ValueError(f"the pattern cannot be read: {error}") from error
        return given

    @model_validator(mode="after")
    def _field_has_words(self) -> Self:
        self._takes(Shape.TEXT, Shape.LIST)
        return self


Criterion: TypeAlias = InCriterion | RangeCriterion | ContainsCriterion | RegexCriterion


class Persona(Part):
    """Somebody we want to talk to in a company that fits."""

    id: Key
    """Its name."""
    titles: MaybeValues = ()
    """Words of a title that fit, such as "head of data"."""
    seniority: tuple[Seniority, ...] = ()
    """How high they stand."""
    departments: tuple[Department, ...] = ()
    """Where they work."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.titles or self.seniority or self.departments):
            raise ValueError("a persona needs titles, seniority or departments")
        return self


class Icp(Part):
    kind: Literal["icp"]
    """What this document is."""
    name: Slug
    """Its name; there is one profile at a time."""
    title: Line
    """For people."""
    criteria: Annotated[
        tuple[Annotated[Criterion, Field(discriminator="op")], ...],
        Field(max_length=50),
    ]
    """What a company is measured by."""
    personas: Annotated[tuple[Persona, ...], Field(max_length=50)] = ()
    """Whom to talk to; without any, nobody is more relevant than others."""

    @model_validator(mode="after")
    def _criteria_can_be_told_apart(self) -> Self:
        if not self.criteria:
            raise ValueError("a profile needs one criterion or more")
        for listed in (self.criteria, self.personas):
            ids = [one.id for one in listed]
            if len(set(ids)) != len(ids):
                raise ValueError("two entries of a list have the same id")
        return self
