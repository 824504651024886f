"""When a duration ends, and when a team is open: zones, clock changes, public holidays, Chinese make-up days.

Elapsed time is counted in UTC. Days keep the wall time of the rule's zone; where that wall time happens twice, the
first one counts, and where it never happens, the moment at which the clock jumps over it: in both cases the first
moment at which the clock shows that time or a later one.

Public holidays come from the `holidays` package. Make-up working days of China (weekend days worked for a longer
holiday, published by the State Council each autumn for the next year) are its `weekend_workdays`; a year that is not
published yet has none.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from comptoir.duration import Duration, parse_duration
from comptoir.errors import BadSettings

__all__ = ["Duration", "Team", "end", "is_holiday", "is_working_day", "last_open", "parse_duration"]

_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59)


@dataclass(frozen=True)
class Team:
    """When somebody is there to act: hours a weekday (0 = Monday) in the team's own zone, and its public holidays."""

    zone: str = "Europe/Paris"
    hours: Mapping[int, tuple[tuple[time, time], ...]] = field(
        default_factory=lambda: {day: ((time(9), time(18)),) for day in range(5)}
    )
    holidays: str | None = None  # a country of the `holidays` package, "FR", "CN" ...; None: no public holidays


def end(duration: Duration, start: datetime, zone: str, calendar: str | None = None) -> datetime:
    """The moment at which `duration` is over, in `zone`. At that very moment one is still in time.

    `calendar` is a country of the `holidays` package; None counts Monday to Friday. Raises ValueError for a start
    without an offset, and for an end that no calendar reaches.
    """
    if start.tzinfo is None:
        raise ValueError(f"{start.isoformat()} has no offset from UTC, so nobody knows when that was")
    where = ZoneInfo(zone)
    try:
        return _end(duration, start.astimezone(UTC), where, calendar).astimezone(where)
    except OverflowError as error:
        raise ValueError(f"{duration} after {start.isoformat()} is beyond the calendar") from error


def _end(duration: Duration, start: datetime, where: ZoneInfo, calendar: str | None) -> datetime:
    if duration.unit == "minute":
        return start + timedelta(minutes=duration.amount)
    if duration.unit == "hour":
        return start + timedelta(hours=duration.amount)
    if duration.unit == "working hour":
        return _spend(duration, start, where)
    local = start.astimezone(where)
    last, clock = _last_day(duration, local.date(), calendar), local.time()
    if duration.from_day_after:
        clock = _END_OF_DAY
    if duration.to_working_day and not is_working_day(last, calendar):
        last, clock = _next_working_day(last, calendar), _END_OF_DAY
    return _moment(last, clock, where)


def _last_day(duration: Duration, day: date, calendar: str | None) -> date:
    match duration.unit:
        case "business day":
            for _ in range(duration.amount):
                day = _next_working_day(day, calendar)
            return day
        case "month":
            return _add_months(day, duration.amount)
        case "year":
            return _add_months(day, 12 * duration.amount)
        case "week":
            return day + timedelta(weeks=duration.amount)
    return day + timedelta(days=duration.amount)


def _add_months(day: date, months: int) -> date:
    """The same day of a later month; the month's last day where it has no such day (31 January + 1 month)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _spend(duration: Duration, start: datetime, where: ZoneInfo) -> datetime:
    left, day = timedelta(hours=duration.amount), start.astimezone(where).date()
    while True:
        if day.weekday() in duration.weekdays:
            opens = max(start, _moment(day, duration.opens, where))
            closes = _moment(day, duration.closes, where)
            if opens + left <= closes:
                return opens + left
            left -= max(closes - opens, timedelta(0))
        day += _DAY


def last_open(team: Team, before: datetime) -> datetime:
    """The last moment, not after `before`, at which the team has been open for a while; in the team's zone.

    The very moment of opening leaves no time to act, so it gives the closing time of the day before. Public holidays
    are closed; weekends are as the hours say (a make-up day on a Saturday opens nothing that the hours do not).
    Raises BadSettings for a team that is never open.
    """
    where, limit = ZoneInfo(team.zone), before.astimezone(UTC)
    _check_hours(team)
    day = before.astimezone(where).date()
    for _ in range(366):
        if not is_holiday(day, team.holidays):
            for opens, closes in sorted(team.hours.get(day.weekday(), ()), reverse=True):
                if _moment(day, opens, where) < limit:
                    return min(limit, _moment(day, closes, where)).astimezone(where)
        day -= _DAY
    raise BadSettings(f"the team has not been open once in the year before {before.date()}; look at its hours")


def _check_hours(team: Team) -> None:
    windows = [window for day, windows in team.hours.items() if day in range(7) for window in windows]
    if not windows:
        raise BadSettings("the team has no opening hours; give at least one weekday some, as in Mon = 09:00-18:00")
    for opens, closes in windows:
        if opens >= closes:
            raise BadSettings(f"the team opens at {opens:%H:%M} and closes at {closes:%H:%M}; hours end on the day "
                              "they begin, so write a night as two: 20:00-23:59 and 00:00-06:00")


def is_working_day(day: date, calendar: str | None) -> bool:
    """Whether people work on `day`: no weekend (unless it is a make-up day) and no public holiday of `calendar`."""
    return day.weekday() < 5 if calendar is None else day in _year(calendar, day.year)[0]


def is_holiday(day: date, calendar: str | None) -> bool:
    """Whether `day` is a public holiday of `calendar`; plain weekends are not."""
    return calendar is not None and day in _year(calendar, day.year)[1]


def _next_working_day(day: date, calendar: str | None) -> date:
    day += _DAY
    while not is_working_day(day, calendar):
        day += _DAY
    return day


# A year is built once and then only read: the package's own objects grow while they are asked, which two threads at
# once would notice.
@lru_cache(maxsize=512)
def _year(calendar: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """The working days and the public holidays of one year."""
    try:
        country = holidays.country_holidays(calendar, years=year, expand=False)
    except NotImplementedError as error:
        raise ValueError(f"the `holidays` package knows no country {calendar!r}, only codes such as FR") from error
    first = date(year, 1, 1)
    days = [day for n in range(366) if (day := first + n * _DAY).year == year]
    return frozenset(filter(country.is_working_day, days)), frozenset(day for day in days if day in country)


def _moment(day: date, clock: time, where: ZoneInfo) -> datetime:
    """The first moment at which the clocks of `where` show `clock` on `day`, or a later time; in UTC.

    In UTC because Python compares two times of one zone by their wall clocks, blind to the hour that comes twice.
    """
    wall = datetime.combine(day, clock.replace(fold=0), where)
    moment = wall.astimezone(UTC)
    if moment.astimezone(where).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    earliest = wall.replace(fold=1).astimezone(UTC).replace(microsecond=0)
    jumped = wall.replace(fold=1).utcoffset()
    gap = int((moment - earliest).total_seconds()) + 1
    seconds = range(gap)
    return earliest + timedelta(seconds=bisect_left(
        seconds, True, key=lambda s: (earliest + timedelta(seconds=s)).astimezone(where).utcoffset() == jumped))
