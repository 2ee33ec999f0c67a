"""Which of our numbers looks nearest to a person's own?"""

from dataclasses import dataclass
from enum import IntEnum

from phonenumbers import PhoneNumber, length_of_geographical_area_code

from outreach.phone import Phone, Tie, parse_phone


class Nearness(IntEnum):
    ELSEWHERE = 0
    SAME_COUNTRY = 1
    SAME_AREA = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a number says that it rings."""

    country: str = ""
    """ISO 3166 code; empty for numbers of no country."""
    area: str = ""
    """The area code; empty where the number does not say more than the country."""

    def nearness(self, other: "Place") -> Nearness:
        if not self.country or self.country != other.country:
            return Nearness.ELSEWHERE
        if self.area and self.area == other.area:
            return Nearness.SAME_AREA
        return Nearness.SAME_COUNTRY


def place_of(e164: str) -> Place:
    """The place of a number; what is no number is nowhere."""
    phone = parse_phone(e164)
    if not isinstance(phone, Phone):
        return Place()
    if phone.tie is not Tie.AREA:
        return Place(country=phone.country)
    national = e164[1 + len(str(phone.calling_code)) :]
    number = PhoneNumber(country_code=phone.calling_code, national_number=int(national))
    return Place(country=phone.country, area=national[: length_of_geographical_area_code(number)])
