"""Durations, their ends across zones, clock changes and days off, and the hours of a team."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.clock import Duration, Team, end, is_holiday, is_working_day, last_open, parse_duration
from comptoir.duration import PATTERN
from comptoir.errors import BadSettings

PARIS, SHANGHAI = "Europe/Paris", "Asia/Shanghai"
Hours = dict[int, tuple[tuple[time, time], ...]]
CALENDARS = {PARIS: "FR", SHANGHAI: "CN"}

DURATIONS = [
    "48 hours", "1 hour", "90 minutes", "3 calendar days", "1 calendar day", "2 weeks", "1 month", "2 years",
    "2 business days", "7 calendar days from the day after", "1 month from the day after",
    "14 calendar days from the day after to the next working day", "2 weeks to the next working day",
    "3 business days from the day after", "4 working hours 09:00-18:00", "4 working hours 09:00-18:00 Mon-Fri",
]
NO_DURATIONS = {
    "": "no duration",
    "3 days": "say `calendar days` or `business days`",
    "3 jours": "say `calendar days` or `business days`",
    "2 working days": "say `business days`",
    "1.5 hours": "whole numbers only",
    "0 hours": "the number starts at 1",
    "-1 hours": "no duration",
    "48h": "no duration",
    "48  hours": "no duration",
    "48 Hours": "no duration",
    "48 hours from the day after": "hours run by themselves",
    "48 hours\n": "no duration",
    "4 working hours": "no duration",
    "4 working hours 09:00-24:00": "no duration",
    "4 working hours 18:00-09:00": "open before they close",
    "4 working hours 09:00-09:00": "open before they close",
    "4 working hours 09:00-18:00 Sat-Mon": "from an earlier to a later",
    "12345 hours": "no duration",
    "3 business days to the next working day from the day after": "no duration",
}


def at(text: str, zone: str = PARIS) -> datetime:
    """A wall time of `zone`, or an instant if it says its offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def ends(duration: str, start: str, zone: str = PARIS) -> str:
    return end(parse_duration(duration), at(start, zone), zone, CALENDARS[zone]).isoformat(sep=" ")


@pytest.mark.parametrize(("text", "words"), NO_DURATIONS.items())
def test_what_is_no_duration_is_refused_with_what_is_allowed(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        parse_duration(text)

    assert re.search("48 hours|as in", str(caught.value))
    assert not re.fullmatch(PATTERN, text) or "working hours" in text  # editors cannot compare two times


@pytest.mark.parametrize("text", DURATIONS)
def test_a_duration_is_read_and_says_itself_again(text: str) -> None:
    assert str(parse_duration(text)) == text
    assert re.search(PATTERN, text)


@pytest.mark.parametrize("calendar", [None, "FR", "CN"])
def test_a_start_without_an_offset_is_refused(calendar: str | None) -> None:
    with pytest.raises(ValueError, match="no offset"):
        end(parse_duration("48 hours"), datetime(2026, 11, 20, 16, 30), PARIS, calendar)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("text", ["9999 years", "9999 months", "9999 business days", "9999 weeks", "2 years"])
def test_an_end_beyond_the_calendar_is_a_clear_error(text: str) -> None:
    with pytest.raises(ValueError, match="beyond the calendar"):
        end(parse_duration(text), at("9998-12-30T12:00+00:00"), PARIS, None)


def test_a_country_that_nobody_knows_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="knows no country 'XX'"):
        is_working_day(date(2026, 11, 20), "XX")


@pytest.mark.parametrize(("duration", "start", "due"), [
    # RAK-08, and its second reading
    ("3 calendar days", "2026-11-20T16:30", "2026-11-23 16:30:00+01:00"),
    ("3 business days", "2026-11-20T16:30", "2026-11-25 16:30:00+01:00"),
    # RAK-65 runs over the weekend, and elapsed over the clock change
    ("48 hours", "2026-11-20T16:30", "2026-11-22 16:30:00+01:00"),
    ("48 hours", "2026-10-24T09:00", "2026-10-26 08:00:00+01:00"),
    # the European withdrawal: a last day on a Saturday, and on Christmas
    ("14 calendar days from the day after", "2026-11-07T10:00", "2026-11-21 23:59:59+01:00"),
    ("14 calendar days from the day after to the next working day", "2026-11-07T10:00", "2026-11-23 23:59:59+01:00"),
    ("14 calendar days from the day after to the next working day", "2026-12-11T10:00", "2026-12-28 23:59:59+01:00"),
    # ... and one that needs no move
    ("14 calendar days from the day after to the next working day", "2026-11-06T23:59:59", "2026-11-20 23:59:59+01:00"),
])
def test_deadlines_in_france(duration: str, start: str, due: str) -> None:
    assert ends(duration, start) == due


@pytest.mark.parametrize(("duration", "start", "due"), [
    # TAO-177: the day after the signature is the first of seven
    ("7 calendar days from the day after", "2026-09-04T00:00", "2026-09-11 23:59:59+08:00"),
    ("7 calendar days from the day after", "2026-09-04T23:59:59", "2026-09-11 23:59:59+08:00"),
    # TAO-12, TAO-14 and TAO-15
    ("10 calendar days", "2026-11-12T11:00", "2026-11-22 11:00:00+08:00"),
    ("15 calendar days", "2026-11-07T11:00", "2026-11-22 11:00:00+08:00"),
    ("7 calendar days", "2026-11-07T11:00", "2026-11-14 11:00:00+08:00"),
    # JD-03: four hours counted from nine to six on every day
    ("4 working hours 09:00-18:00", "2026-11-20T10:00", "2026-11-20 14:00:00+08:00"),
    ("4 working hours 09:00-18:00", "2026-11-20T14:00", "2026-11-20 18:00:00+08:00"),
    ("4 working hours 09:00-18:00", "2026-11-20T14:01", "2026-11-21 09:01:00+08:00"),
    ("4 working hours 09:00-18:00", "2026-11-20T17:00", "2026-11-21 12:00:00+08:00"),
    ("4 working hours 09:00-18:00", "2026-11-20T18:00", "2026-11-21 13:00:00+08:00"),
    ("4 working hours 09:00-18:00", "2026-11-20T20:00", "2026-11-21 13:00:00+08:00"),
    ("4 working hours 09:00-18:00", "2026-11-21T07:30", "2026-11-21 13:00:00+08:00"),
    ("20 working hours 09:00-18:00", "2026-11-20T17:00", "2026-11-23 10:00:00+08:00"),
    # ... and from Monday to Friday
    ("4 working hours 09:00-18:00 Mon-Fri", "2026-11-20T17:00", "2026-11-23 12:00:00+08:00"),
])
def test_deadlines_in_china(duration: str, start: str, due: str) -> None:
    assert ends(duration, start, SHANGHAI) == due


@pytest.mark.parametrize(("beijing", "paris"), [
    ("2026-07-15T15:00", "2026-07-15 09:00:00+02:00"),
    ("2026-11-22T16:00", "2026-11-22 09:00:00+01:00"),
    ("2026-03-29T08:30", "2026-03-29 01:30:00+01:00"),
    ("2026-03-29T09:30", "2026-03-29 03:30:00+02:00"),
    ("2026-10-25T08:30", "2026-10-25 02:30:00+02:00"),
    ("2026-10-25T09:30", "2026-10-25 02:30:00+01:00"),
])
def test_an_hour_after_a_moment_in_beijing_is_told_in_paris(beijing: str, paris: str) -> None:
    """RAK-02 and RAK-03 print six hours; the zones know when it is seven."""
    start = at(beijing, SHANGHAI) - timedelta(hours=1)

    assert end(parse_duration("1 hour"), start, PARIS).isoformat(sep=" ") == paris


@pytest.mark.parametrize(("duration", "start", "due"), [
    ("1 calendar day", "2026-03-28T02:29:59", "2026-03-29 03:00:00+02:00"),  # 02:29:59 is jumped over
    ("1 calendar day", "2026-03-28T02:30", "2026-03-29 03:00:00+02:00"),
    ("1 calendar day", "2026-03-28T01:59:59", "2026-03-29 01:59:59+01:00"),
    ("1 calendar day", "2026-03-28T03:00", "2026-03-29 03:00:00+02:00"),
    ("2 calendar days", "2026-03-28T09:00", "2026-03-30 09:00:00+02:00"),  # 47 hours
    ("1 calendar day", "2026-10-24T02:30", "2026-10-25 02:30:00+02:00"),  # the first of the two
    ("2 calendar days", "2026-10-24T09:00", "2026-10-26 09:00:00+01:00"),  # 49 hours
    ("1 calendar day", "2026-10-25T02:30+01:00", "2026-10-26 02:30:00+01:00"),  # from the second of the two
    ("1 hour", "2026-10-25T02:30+02:00", "2026-10-25 02:30:00+01:00"),
    ("90 minutes", "2026-03-29T01:00", "2026-03-29 03:30:00+02:00"),
    ("2 working hours 01:00-04:00", "2026-03-29T01:00", "2026-03-29 04:00:00+02:00"),
    ("3 working hours 01:00-04:00", "2026-10-25T01:00", "2026-10-25 03:00:00+01:00"),
])
def test_clock_changes_in_both_directions(duration: str, start: str, due: str) -> None:
    assert ends(duration, start) == due


def test_a_day_that_a_zone_left_out_ends_when_the_clock_jumps() -> None:
    start = datetime(2011, 12, 29, 12, tzinfo=ZoneInfo("Pacific/Apia"))

    assert end(parse_duration("1 calendar day"), start, "Pacific/Apia").isoformat() == "2011-12-31T00:00:00+14:00"


@pytest.mark.parametrize(("duration", "start", "due"), [
    ("1 month", "2026-01-31T10:00", "2026-02-28 10:00:00+01:00"),
    ("1 month", "2026-11-30T10:00", "2026-12-30 10:00:00+01:00"),
    ("1 month", "2026-12-15T10:00", "2027-01-15 10:00:00+01:00"),
    ("13 months", "2026-11-15T10:00", "2027-12-15 10:00:00+01:00"),
    ("1 year", "2024-02-29T10:00", "2025-02-28 10:00:00+01:00"),
    ("2 weeks", "2026-11-20T10:00", "2026-12-04 10:00:00+01:00"),
    ("1 month from the day after", "2026-01-31T10:00", "2026-02-28 23:59:59+01:00"),
    ("2 business days from the day after", "2026-11-20T10:00", "2026-11-24 23:59:59+01:00"),
    ("2 weeks to the next working day", "2026-11-20T10:00", "2026-12-04 10:00:00+01:00"),
    ("1 week to the next working day", "2026-11-21T10:00", "2026-11-30 23:59:59+01:00"),
])
def test_months_weeks_and_whole_days(duration: str, start: str, due: str) -> None:
    assert ends(duration, start) == due


@pytest.mark.parametrize(("start", "due"), [
    ("2026-07-13T10:00", "2026-07-15 10:00:00+02:00"),  # the 14th of July
    ("2026-05-07T10:00", "2026-05-11 10:00:00+02:00"),  # the 8th of May, then the weekend
    ("2026-11-21T10:00", "2026-11-23 10:00:00+01:00"),  # from a Saturday
    ("2026-12-24T10:00", "2026-12-28 10:00:00+01:00"),
])
def test_business_days_leave_out_french_holidays(start: str, due: str) -> None:
    assert ends("1 business day", start) == due


@pytest.mark.parametrize(("start", "due"), [
    ("2026-02-13T10:00", "2026-02-14 10:00:00+08:00"),  # a Saturday that is worked for the Spring Festival
    ("2026-02-14T10:00", "2026-02-24 10:00:00+08:00"),  # nine days off
    ("2026-02-27T10:00", "2026-02-28 10:00:00+08:00"),  # another Saturday worked
    ("2026-09-18T10:00", "2026-09-20 10:00:00+08:00"),  # a Sunday worked, the Saturday before it not
    ("2026-09-30T10:00", "2026-10-08 10:00:00+08:00"),
])
def test_business_days_know_chinese_make_up_days(start: str, due: str) -> None:
    assert ends("1 business day", start, SHANGHAI) == due


def test_working_days_and_holidays_of_a_day() -> None:
    assert is_working_day(date(2026, 12, 25), None)
    assert not is_working_day(date(2026, 12, 25), "FR")
    assert not is_working_day(date(2026, 11, 22), None)
    assert is_working_day(date(2025, 1, 26), "CN")
    assert not is_working_day(date(2026, 11, 27), "SA")  # the weekend of Saudi Arabia begins on Friday
    assert is_working_day(date(2026, 11, 29), "SA")
    assert is_holiday(date(2026, 12, 25), "FR")
    assert not is_holiday(date(2026, 12, 25), None)
    assert not is_holiday(date(2026, 11, 22), "FR")


SPLIT = {0: ((time(14), time(18)), (time(9), time(12)))}  # Mondays, with a lunch; not in order


@pytest.mark.parametrize(("team", "before", "open_at"), [
    (Team(), "2026-11-20T16:30", "2026-11-20 16:30:00+01:00"),
    (Team(), "2026-11-20T18:00", "2026-11-20 18:00:00+01:00"),
    (Team(), "2026-11-20T18:00:01", "2026-11-20 18:00:00+01:00"),
    (Team(), "2026-11-20T09:00:01", "2026-11-20 09:00:01+01:00"),
    (Team(), "2026-11-20T09:00", "2026-11-19 18:00:00+01:00"),  # at the very opening nobody has had time
    (Team(), "2026-11-22T16:30", "2026-11-20 18:00:00+01:00"),
    (Team(), "2026-11-22T16:30+08:00", "2026-11-20 18:00:00+01:00"),
    (Team(zone=SHANGHAI), "2026-11-20T16:30", "2026-11-20 18:00:00+08:00"),
    (Team(holidays="FR"), "2026-12-26T12:00", "2026-12-24 18:00:00+01:00"),
    (Team(holidays=None), "2026-12-26T12:00", "2026-12-25 18:00:00+01:00"),
    (Team(zone=SHANGHAI, holidays="CN"), "2026-02-23T12:00+08:00", "2026-02-13 18:00:00+08:00"),
    (Team(hours={5: ((time(10), time(13)),)}, holidays="CN"), "2026-02-15T12:00", "2026-02-14 13:00:00+01:00"),
    (Team(hours=SPLIT), "2026-11-16T13:00", "2026-11-16 12:00:00+01:00"),
    (Team(hours=SPLIT), "2026-11-16T14:30", "2026-11-16 14:30:00+01:00"),
    (Team(hours=SPLIT), "2026-11-16T08:00", "2026-11-09 18:00:00+01:00"),
    # opens at 02:30 in the hour that is left out, closes in the hour that comes twice
    (Team(hours={6: ((time(2, 30), time(4)),)}), "2026-03-29T03:00:01", "2026-03-29 03:00:01+02:00"),
    (Team(hours={6: ((time(1), time(2, 30)),)}), "2026-10-25T02:45+01:00", "2026-10-25 02:30:00+02:00"),
])
def test_the_last_moment_that_a_team_is_open(team: Team, before: str, open_at: str) -> None:
    assert last_open(team, at(before)).isoformat(sep=" ") == open_at


@pytest.mark.parametrize(("hours", "words"), [
    ({}, "no opening hours"),
    ({0: ()}, "no opening hours"),
    ({9: ((time(9), time(18)),)}, "no opening hours"),
    ({0: ((time(22), time(6)),)}, "write a night as two"),
    ({0: ((time(9), time(9)),)}, "write a night as two"),
])
def test_a_team_that_is_never_open_is_a_clear_error(hours: Hours, words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        last_open(Team(hours=hours), at("2026-11-20T16:30"))


bounds = datetime(1990, 1, 1), datetime(2090, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone
moments = st.datetimes(*bounds, timezones=st.just(UTC))
zones = st.sampled_from([PARIS, SHANGHAI, "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
calendars = st.sampled_from([None, "FR", "CN", "DE", "US"])
durations = st.sampled_from([d for d in DURATIONS if "year" not in d]).map(parse_duration)


@given(durations, moments, zones, calendars)
def test_no_deadline_is_before_its_start_or_without_an_offset(
    duration: Duration, start: datetime, zone: str, calendar: str | None
) -> None:
    due = end(duration, start, zone, calendar)

    assert due.tzinfo == ZoneInfo(zone)
    assert due.astimezone(UTC) > start


@given(st.integers(1, 9999), st.sampled_from(["minutes", "hours"]), moments, moments, zones)
def test_elapsed_time_never_overtakes(amount: int, unit: str, one: datetime, other: datetime, zone: str) -> None:
    duration = parse_duration(f"{amount} {unit}")
    due, later = (end(duration, start, zone).astimezone(UTC) for start in sorted((one, other)))

    assert later - due == abs(other - one)


@given(
    st.sampled_from(["4 working hours 09:00-18:00", "30 working hours 01:00-04:00 Mon-Fri"]), moments, moments, zones
)
def test_working_hours_never_overtake(text: str, one: datetime, other: datetime, zone: str) -> None:
    due, later = (end(parse_duration(text), start, zone).astimezone(UTC) for start in sorted((one, other)))

    assert due <= later


@given(moments, zones, calendars, st.sampled_from([Team().hours, SPLIT, {6: ((time(1), time(3)),)}]))
def test_the_last_open_moment_is_in_the_hours_and_not_after(
    before: datetime, zone: str, calendar: str | None, hours: Hours
) -> None:
    found = last_open(Team(zone, hours, calendar), before)

    assert found.tzinfo == ZoneInfo(zone)
    assert found.astimezone(UTC) <= before
    assert not is_holiday(found.date(), calendar)
    assert any(opens <= found.time() <= closes for opens, closes in hours[found.weekday()]) or found.fold
