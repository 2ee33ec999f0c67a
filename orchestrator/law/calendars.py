"""On which days does a jurisdiction keep a holiday, by the `holidays` package?"""

import holidays


def holidays_of(calendar: str, year: int) -> frozenset[int]:
    """Ordinals of the holidays of `IT`, of the part in `US-AL`, or of any part of `DE/*`.

    A country or part that the package does not know keeps none: its other rules still hold.
    """
    country, slash, _ = calendar.partition("/")
    country, _, part = country.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        return frozenset()
    parts = known[country] if slash else [part] if part in known[country] else []
    days = set(holidays.country_holidays(country, years=year))
    for one in parts:
        days |= set(holidays.country_holidays(country, subdiv=one, years=year))
    return frozenset(day.toordinal() for day in days)
