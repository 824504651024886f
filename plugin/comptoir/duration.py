"""Durations as people say them: `48 hours`, `3 business days`, `7 calendar days from the day after`.

The grammar, for policy keepers, is docs/reference/packs.md; `ALLOWED` says it in one line for error messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from typing import Literal, cast

Unit = Literal["minute", "hour", "calendar day", "week", "month", "year", "business day", "working hour"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALLOWED = (
    "`48 hours`, `90 minutes`, `3 calendar days`, `2 weeks`, `1 month`, `2 years`, `2 business days`, all but hours "
    "and minutes also with `from the day after` and then `to the next working day`, `4 working hours 09:00-18:00` with "
    "or without `Mon-Fri`"
)

_AMOUNT = r"(?P<amount>[1-9][0-9]{0,3})"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_NAME = "|".join(WEEKDAYS)
_FORMS = (
    rf"{_AMOUNT} (?P<unit>minute|hour)s?",
    rf"{_AMOUNT} (?P<unit>calendar day|week|month|year|business day)s?"
    r"(?P<after> from the day after)?(?P<to> to the next working day)?",
    rf"{_AMOUNT} (?P<unit>working hour)s? (?P<opens>{_CLOCK})-(?P<closes>{_CLOCK})"
    rf"(?: (?P<first>{_NAME})-(?P<last>{_NAME}))?",
)
#: the same grammar for JSON Schema, which knows no named groups
PATTERN = "^(" + "|".join(re.sub(r"\?P<\w+>", "", form) for form in _FORMS) + ")$"


@dataclass(frozen=True)
class Duration:
    """A length of time and how it is counted. `str()` gives it back as the rule writes it."""

    text: str
    amount: int
    unit: Unit
    from_day_after: bool = False  # the day of the start is not counted; ends with the last second of the last day
    to_working_day: bool = False  # a last day off moves it to the end of the next working day
    opens: time = time(0)  # working hours only
    closes: time = time(0)
    weekdays: tuple[int, ...] = tuple(range(7))  # 0 = Monday; working hours only

    @property
    def needs_calendar(self) -> bool:
        """Whether somebody must say which days are off."""
        return self.unit == "business day" or self.to_working_day

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> Duration:
    """The duration that `text` says. Raises ValueError with what is allowed, and a hint where the slip is known."""
    found = next(filter(None, (re.fullmatch(form, text) for form in _FORMS)), None)
    if found is None:
        raise ValueError(f"{text[:60]!r} is no duration{_hint(text)}; allowed are {ALLOWED}")
    said = found.groupdict()
    unit = cast(Unit, said["unit"])
    if unit == "working hour":
        return _working_hours(text, said)
    return Duration(text, int(said["amount"]), unit, bool(said.get("after")), bool(said.get("to")))


def _working_hours(text: str, said: dict[str, str]) -> Duration:
    opens, closes = time.fromisoformat(said["opens"]), time.fromisoformat(said["closes"])
    if opens >= closes:
        raise ValueError(f"{text!r}: the hours must open before they close on the same day, as in 09:00-18:00")
    first, last = WEEKDAYS.index(said["first"] or "Mon"), WEEKDAYS.index(said["last"] or "Sun")
    if first > last:
        raise ValueError(f"{text!r}: weekdays go from an earlier to a later one, Mon to Sun, as in Mon-Fri")
    return Duration(text, int(said["amount"]), "working hour", opens=opens, closes=closes,
                    weekdays=tuple(range(first, last + 1)))


def _hint(text: str) -> str:
    if re.match(r"\s*\d+\s*(d|day|days|jours?|天|日)\b", text):
        return ": say `calendar days` or `business days`"
    if re.match(r"\s*\d+\s*working\s+days?\b", text):
        return ": say `business days`"
    if re.match(r"\s*\d+[.,]\d", text):
        return ": whole numbers only, a smaller unit may do"
    if re.match(r"\s*0", text):
        return ": the number starts at 1"
    if re.search(r"\bhours?\b.* (from the day after|to the next working day)", text):
        return ": hours run by themselves, only days are counted from the day after"
    return ""
