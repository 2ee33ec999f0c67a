"""Which moment did somebody mean by "tomorrow at three" or "in two hours"?"""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY_NAMES: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
NUMBERS: Final = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty five": 45,
}
DAYPARTS: Final = {
    "morning": time(10),
    "noon": time(12),
    "midday": time(12),
    "lunchtime": time(12),
    "lunch": time(12),
    "afternoon": time(15),
    "evening": time(18),
    "tonight": time(18),
}
"""When a part of the day is meant and no hour is named."""
FIRST_LIKELY_HOUR: Final = 8
"""Who says "at three" without more means the afternoon; "at nine" the morning."""
FARTHEST: Final = timedelta(days=366)

COUNT: Final = r"(?P<count>\d{1,3}|an?|half an|a couple of|[a-z]+(?: five)?)"
IN_A_WHILE: Final = re.compile(rf"\bin {COUNT} (?P<unit>minute|hour|day|week)s?\b")
CLOCK: Final = re.compile(
    r"\b(?:(?:at|around|about|after|by|from) )?(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?"
    r"\s?(?P<half>am|pm|a\.m\.|p\.m\.|o'?clock|h)?(?![\d:.])"
)
SPELT: Final = re.compile(
    r"\b(?:at |around |about |after |by )(?P<before>half past |quarter past |quarter to )?"
    r"(?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
    r"(?: (?P<after>thirty|fifteen|forty five))?(?: (?P<half>am|pm|a m|p m))?"
)
ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)


def parse_when(text: str, now: datetime, zone: str) -> datetime | None:
    """The moment that the words name, in UTC, or None when they name none that lies ahead.

    `now` is aware; hours are those of `zone`, the person's own. A day without an hour keeps the
    hour of `now`; an hour without a day is the next time the clock shows it.
    """
    words = " ".join(text.lower().replace(",", " ").split())
    place = ZoneInfo(zone)
    here = now.astimezone(place)
    moment = _iso(words, place) or _in_a_while(words, here) or _on_a_day(words, here)
    if moment is None:
        return None
    moment = moment.astimezone(UTC)
    return moment if now < moment <= now + FARTHEST else None


def _iso(words: str, place: ZoneInfo) -> datetime | None:
    match = ISO.search(words.upper())
    if match is None or len(match[0]) == 10:
        return None
    try:
        moment = datetime.fromisoformat(match[0])
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=place)


def _in_a_while(words: str, here: datetime) -> datetime | None:
    match = IN_A_WHILE.search(words)
    if match is None:
        return None
    count = _count(match["count"])
    if count is None:
        return None
    unit = match["unit"]
    if unit in ("day", "week"):
        clock = _clock(words[match.end() :]) or (here.hour, here.minute)
        days = round(count * (7 if unit == "week" else 1))
        return _at(here, days, *clock)
    length = timedelta(hours=count) if unit == "hour" else timedelta(minutes=count)
    return here.astimezone(UTC) + length


def _on_a_day(words: str, here: datetime) -> datetime | None:
    days = _days_ahead(words, here)
    clock = _clock(words)
    part = next((at for name, at in DAYPARTS.items() if re.search(rf"\b{name}\b", words)), None)
    if clock is None and part is not None:
        clock = (part.hour, part.minute)
    if days is None and clock is None:
        return None
    if days is not None:
        return _at(here, days, *(clock or (here.hour, here.minute)))
    assert clock is not None
    today = _at(here, 0, *clock)
    return today if today > here else _at(here, 1, *clock)


def _days_ahead(words: str, here: datetime) -> int | None:
    if "day after tomorrow" in words:
        return 2
    if "tomorrow" in words:
        return 1
    if re.search(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b", words):
        return 0
    for number, name in enumerate(DAY_NAMES):
        match = re.search(rf"\b(next |this |on )?{name}\b", words)
        if match is not None:
            ahead = (number - here.weekday()) % 7 or 7
            # "next Friday" said on a Tuesday is the one of the following week to most people;
            # the nearer one is asked for by its bare name.
            week_after = match[1] == "next " and number > here.weekday()
            return ahead + 7 if week_after else ahead
    if re.search(r"\bnext week\b", words):
        return 7
    match = ISO.search(words)
    if match is not None:
        try:
            return (datetime.fromisoformat(match[0]).date() - here.date()).days
        except ValueError:
            return None
    return None


def _clock(words: str) -> tuple[int, int] | None:
    words = ISO.sub(" ", words)
    spelt = SPELT.search(words)
    if spelt is not None:
        return _spelt(spelt, words)
    for match in CLOCK.finditer(words):
        named = (
            match["minute"] or match["half"] or re.match(r"at|around|about|after|by|from", match[0])
        )
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if named and hour < 24 and minute < 60:
            written = match["minute"] is not None and len(match["hour"]) == 2
            return _hour(hour, match["half"], words, exact=written), minute
    return None


def _spelt(match: re.Match[str], words: str) -> tuple[int, int]:
    hour = _hour(NUMBERS[match["hour"]], match["half"], words, exact=False)
    minute = NUMBERS.get(match["after"] or "", 0)
    match (match["before"] or "").strip():
        case "half past":
            minute = 30
        case "quarter past":
            minute = 15
        case "quarter to":
            return (hour - 1) % 24, 45
    return hour, minute


def _hour(hour: int, half: str | None, words: str, *, exact: bool) -> int:
    """The hour of 24 that is meant; `exact`: written like 09:30, so nothing is to be guessed."""
    half = (half or "").replace(".", "").replace(" ", "")
    if half == "pm" or (hour < 12 and re.search(r"\b(?:afternoon|evening|tonight)\b", words)):
        return hour % 12 + 12
    if half == "am" or (hour <= 12 and re.search(r"\bmorning\b", words)):
        return hour % 12 if half == "am" else hour
    if not exact and half != "h" and 0 < hour < FIRST_LIKELY_HOUR:
        return hour + 12
    return hour


def _count(text: str) -> float | None:
    match text:
        case "a" | "an":
            return 1
        case "half an":
            return 0.5
        case "a couple of":
            return 2
    if text.isdigit():
        return int(text)
    number = NUMBERS.get(text)
    return float(number) if number is not None else None


def _at(here: datetime, days: int, hour: int, minute: int) -> datetime:
    """That clock time on the day, in the person's zone."""
    day = here.date() + timedelta(days=days)
    return datetime.combine(day, time(hour, minute), tzinfo=here.tzinfo)
