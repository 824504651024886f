"""Dates, times, money and shares as people of a locale write them (CLDR, by Babel).

Babel parses its patterns anew for each call, at about 20 us; the same few values come back again and again, so the
results are kept.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.numbers import format_currency, format_decimal, format_percent

#: catalogue locale -> CLDR locale, where the plain one would write for the wrong country: 20 November, not November 20
CLDR = {"en": "en_GB", "zh_Hant": "zh_Hant_TW"}
#: the first day of a month is an ordinal in French and CLDR does not know it
FIRST_OF_MONTH = {"fr": "1er"}


@lru_cache(maxsize=64)
def cldr(locale: str) -> Locale:
    return Locale.parse(CLDR.get(locale, locale))


@lru_cache(maxsize=4096)
def day(moment: datetime, locale: str, zone: str) -> str:
    """The day of `moment` in `zone`, as `20 November 2026`."""
    there = moment.astimezone(ZoneInfo(zone))
    written = str(format_date(there, "long", locale=cldr(locale)))
    ordinal = FIRST_OF_MONTH.get(locale)
    return written.replace("1", ordinal, 1) if ordinal and there.day == 1 else written


@lru_cache(maxsize=4096)
def clock(moment: datetime, locale: str, zone: str) -> str:
    """The time of day of `moment` in `zone`, on a 24-hour clock."""
    return str(format_time(moment.astimezone(ZoneInfo(zone)), "HH:mm", locale=cldr(locale)))


@lru_cache(maxsize=256)
def city(zone: str, locale: str) -> str:
    """The place that stands for a zone: `Europe/Paris` is `Paris`, `巴黎` in Chinese."""
    return str(get_timezone_location(zone, locale=cldr(locale), return_city=True))


@lru_cache(maxsize=4096)
def money(amount: Decimal, currency: str, locale: str) -> str:
    return str(format_currency(amount, currency, locale=cldr(locale)))


@lru_cache(maxsize=1024)
def number(amount: Decimal, locale: str) -> str:
    return str(format_decimal(amount, locale=cldr(locale)))


@lru_cache(maxsize=1024)
def percent(amount: Decimal, locale: str) -> str:
    """50 as `50%`, with the space where the locale writes one."""
    known = cldr(locale)
    pattern = str(known.percent_formats[None].pattern).replace("#,##0", "#,##0.##")
    return str(format_percent(amount / 100, format=pattern, locale=known))
