"""Numbers, moments and plans in what a person said, each with the words that say it."""

import re
from datetime import datetime, time, timedelta

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = (
    {word: value for value, word in enumerate(_UNITS)}
    | {word: 20 + 10 * place for place, word in enumerate(_TENS)}
    | {"hundred": 100, "thousand": 1000}
)
_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))
_NUMBER = rf"(?:\d[\d,.]*|(?:{_WORD})(?:[ -](?:and )?(?:{_WORD}))*)"
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_DAY = "|".join(["today", "tonight", "tomorrow", "next week", *_DAYS])
_HOUR = (
    rf"(?:\d{{1,2}}(?::\d\d)?|{'|'.join(_UNITS[1:13])}|noon)"
    r"(?: ?(?:a\.?m\b\.?|p\.?m\b\.?)| o'clock)?"
)
_MOMENT = re.compile(
    rf"\b(?:on |next )?(?P<day>{_DAY})(?:,? (?P<part>morning|afternoon|evening))?"
    rf"(?:,? (?:at|around|after) (?P<hour>{_HOUR}))?"
    rf"|\bat (?P<only>{_HOUR})"
    rf"|\bin (?P<count>an?|{_NUMBER}) (?P<unit>minute|hour|day|week)s?\b",
    re.IGNORECASE,
)
_PARTS = {"morning": 10, "afternoon": 15, "evening": 18}
_TIMELINES = (
    (r"right away|immediately|asap|as soon as possible", 1),
    (r"this week|within (?:a|one) week", 5),
    (r"next week|two weeks", 10),
    (r"this month|within (?:a|one) month", 20),
    (r"next month|1 month", 35),
    (r"this quarter|within (?:three|3) months|\b[01]-3 months|soon", 60),
    (r"next quarter|(?:six|6) months", 120),
    (r"this year|3-6 months|half year", 200),
    (r"next year|(?:twelve|12) months", 400),
    (r"\blater\b|some day|not planned|no plans", 600),
)


def number(words: str) -> float | None:
    """The number that digits or English words spell."""
    if re.fullmatch(r"\d[\d,.]*", words):
        digits = words.rstrip(".,").replace(",", "")
        return float(digits) if digits.count(".") <= 1 else None
    total, part = 0, 0
    for word in re.findall(r"[a-z]+", words.lower()):
        value = _VALUES.get(word)
        if value is None:
            continue
        if value >= 100:
            part = max(part, 1) * value
            if value == 1000:
                total, part = total + part, 0
        else:
            part += value
    return float(total + part)


def counted(text: str, nouns: str) -> tuple[float, str] | None:
    """The number of these nouns (a pattern), as in "fifty people" or "two hundred of us"."""
    found = re.search(rf"\b({_NUMBER})\W+(?:\w+\W+)?(?:{nouns})\b", text, re.IGNORECASE)
    return _valued(found)


def any_number(text: str) -> tuple[float, str] | None:
    """The first number."""
    return _valued(re.search(rf"\b({_NUMBER})\b", text, re.IGNORECASE))


def _valued(found: re.Match[str] | None) -> tuple[float, str] | None:
    value = number(found[1]) if found else None
    return None if found is None or value is None else (value, found[0])


def moment_words(text: str) -> str | None:
    """The words that name a day or an hour, as in "tomorrow at three"."""
    found = [match[0] for match in _MOMENT.finditer(text)]
    return max(found, key=len) if found else None


def moment(text: str, now: datetime) -> tuple[datetime, str] | None:
    """When those words mean, in the person's local time, of which `now` is one reading.

    A bare hour from one to seven is in the afternoon; a day without an hour means ten o'clock.
    """
    words = moment_words(text)
    found = _MOMENT.search(words) if words else None
    if words is None or found is None:
        return None
    if found["unit"]:
        return now + _span(found["count"], found["unit"].lower()), words
    day = (found["day"] or "").lower()
    at = datetime.combine((now + timedelta(days=_days_until(day, now))).date(), _hour(found))
    if not day and at <= now.replace(tzinfo=None):
        at += timedelta(days=1)
    return at, words


def _span(count: str, unit: str) -> timedelta:
    many = 1.0 if count.lower() in ("a", "an") else number(count) or 1.0
    return timedelta(**{f"{unit}s": many})


def _days_until(day: str, now: datetime) -> int:
    match day:
        case "" | "today" | "tonight":
            return 0
        case "tomorrow":
            return 1
        case "next week":
            return 7
    return (_DAYS.index(day) - now.weekday() - 1) % 7 + 1


def _hour(found: re.Match[str]) -> time:
    words = (found["hour"] or found["only"] or "").lower()
    if not words:
        evening = 18 if found["day"].lower() == "tonight" else 10
        return time(_PARTS.get((found["part"] or "").lower(), evening))
    if words.startswith("noon"):
        return time(12)
    clock = re.match(r"(\d{1,2})(?::(\d\d))?", words)
    hour = int(clock[1]) if clock else int(number(words) or 10)
    minute = int(clock[2] or 0) if clock else 0
    afternoon = re.search(r"\bp\.?m|\dp\.?m", words) or found["part"] in ("afternoon", "evening")
    morning = re.search(r"a\.?m", words) or found["part"] == "morning"
    if hour < 12 and (afternoon or (hour <= 7 and not morning and not (clock and clock[2]))):
        hour += 12
    return time(min(hour, 23), min(minute, 59))


def timeline(text: str) -> tuple[int, str] | None:
    """About how many days off a plan lies, as in "next month"."""
    for pattern, days in _TIMELINES:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return days, found[0]
    return None


def nearest_timeline(days: int, choices: list[str]) -> str | None:
    """The choice that lies nearest to so many days; None when no choice is a plan in time."""
    dated = [
        (choice, known[0])
        for choice in choices
        if (known := timeline(_spelled_out(choice))) is not None
    ]
    if not dated:
        return None
    return min(dated, key=lambda each: max(each[1] / days, days / each[1]))[0]


def _spelled_out(choice: str) -> str:
    """A choice as a person would say it; single words mean more there than in speech."""
    words = choice.replace("_", " ").lower()
    return {"now": "right away", "never": "no plans", "none": "no plans"}.get(words, words)
