"""Days and money as people write them, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from babel.numbers import NumberFormatError, parse_decimal

from comptoir.classify.parts import Part
from comptoir.text import fold


class Day(NamedTuple):
    """A day as written; `year` is None where it was left out."""

    year: int | None
    month: int
    day: int
    a: int
    b: int


class Amount(NamedTuple):
    """Money as written: `symbol` is the currency's sign or name."""

    value: Decimal
    symbol: str
    a: int
    b: int


@dataclass(frozen=True)
class Figures:
    """The days and the money of each part, by the part's field."""

    days: Mapping[str, Sequence[Day]]
    amounts: Mapping[str, Sequence[Amount]]

    def __bool__(self) -> bool:
        return any(self.days.values()) or any(self.amounts.values())


def figures(parts: Sequence[Part], language: str) -> Figures:
    """All of a ticket's."""
    return Figures({part.field: find_days(part, language) if part.figures else () for part in parts},
                   {part.field: find_amounts(part) if part.figures else () for part in parts})


@cache
def _months() -> Mapping[str, int]:
    names: dict[str, int] = {}
    for locale in ("fr", "en"):
        for width in ("wide", "abbreviated"):
            names |= {fold(name).strip("."): month for month, name in get_month_names(width, locale=locale).items()}
    return names | {"fev": 2, "aout": 8, "sept": 9}


@cache
def _dates(*, month_first: bool) -> re.Pattern[str]:
    month = "|".join(sorted(_months(), key=len, reverse=True))
    written = (
        r"(?P<y1>20\d\d)[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})(?!\d)",
        r"(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>20\d\d)(?!\d)",
        rf"(?P<d3>\d{{1,2}})(?:er|st|nd|rd|th)? (?:of )?(?P<m3>{month})\b\.?(?:,? (?P<y3>20\d\d))?",
        r"(?:(?P<y4>20\d\d) ?年 ?)?(?P<m4>\d{1,2}) ?月 ?(?P<d4>\d{1,2}) ?[日号]",
    )
    pattern = rf"(?<![\d/.-])(?=\d)(?:{'|'.join(written)})"
    american = rf"|\b(?P<m5>{month})\b\.? (?P<d5>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y5>20\d\d))?"
    return re.compile(pattern + (american if month_first else ""))


_LONGEST_MONTH = 14  # characters before the figure of a day that its month may stand in


def find_days(part: Part, language: str) -> list[Day]:
    """Days written out. "03/04/2026" is the third of April; in English it may be in March, so there it is no day."""
    found: list[Day] = []
    english = language == "en"
    dates, before = _dates(month_first=english), _LONGEST_MONTH if english else 0
    for match in part.around_figures(dates, part.folded, before, 48, after_word=english):
        groups = {name[0]: value for name, value in match.groupdict().items() if value}
        month = int(groups["m"]) if groups["m"].isdigit() else _months()[groups["m"]]
        day, year = int(groups["d"]), int(groups["y"]) if "y" in groups else None
        numeric = match["d2"] is not None
        if numeric and month > 12 and english:
            day, month = month, day
        elif numeric and english and day <= 12 and day != month:
            continue
        if 1 <= month <= 12 and 1 <= day <= 31:
            found.append(Day(year, month, day, *match.span()))
    return found


_SIGNS = ("€", "£", "¥", "us$", "nt$", "hk$", "$", "eur", "euro", "euros", "usd", "dollar", "dollars", "cny", "rmb",
          "gbp", "元", "块钱", "块", "人民币", "台币", "欧元", "欧", "美元")
_SIGN = "|".join(sorted(map(re.escape, _SIGNS), key=len, reverse=True))
_FIGURES = r"\d{1,3}(?:[ .,']\d{3}){1,3}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<![a-z0-9.,])(?:(?P<before>{_SIGN}) ?(?P<f1>{_FIGURES})(?!\d)"
    rf"|(?P<f2>{_FIGURES}) ?(?P<after>{_SIGN})(?![a-z]))")
_CURRENCIES: Mapping[str, tuple[str, ...]] = {  # sign or name -> currencies it may mean, the most usual first
    "€": ("EUR",), "eur": ("EUR",), "euro": ("EUR",), "euros": ("EUR",), "欧元": ("EUR",), "欧": ("EUR",),
    "£": ("GBP",), "gbp": ("GBP",), "us$": ("USD",), "usd": ("USD",), "美元": ("USD",), "nt$": ("TWD",),
    "hk$": ("HKD",),
    "$": ("USD", "CAD", "AUD", "HKD", "TWD", "SGD"), "dollar": ("USD",), "dollars": ("USD",),
    "¥": ("CNY", "JPY"), "cny": ("CNY",), "rmb": ("CNY",), "人民币": ("CNY",), "元": ("CNY", "TWD", "HKD"),
    "块": ("CNY", "TWD"), "块钱": ("CNY", "TWD"), "台币": ("TWD",),
}


def find_amounts(part: Part) -> list[Amount]:
    """Money with its sign. What cannot be read without doubt, as "1.299 €", is left out."""
    found: list[Amount] = []
    for match in part.around_figures(_AMOUNT, part.folded, 8, 48, behind=_SIGNS):
        value = _decimal(match["f1"] or match["f2"])
        if value is not None:
            found.append(Amount(value, match["before"] or match["after"], *match.span()))
    return found


@lru_cache(maxsize=4096)
def _decimal(figures: str) -> Decimal | None:
    """By the last separator: one or two figures behind it are cents. Three behind the only point are a guess."""
    tail = re.search(r"[.,](\d+)$", figures)
    if tail and len(tail[1]) == 3 and tail[0][0] == "." and figures.count(".") == 1:
        return None
    locale = "fr" if tail and tail[0][0] == "," and len(tail[1]) < 3 else "en"
    if locale == "fr" and "." in figures:
        locale = "de"  # 1.299,50: figures grouped by points, cents behind a comma
    try:
        return parse_decimal(figures.replace(" ", "").replace("'", ""), locale=locale)
    except NumberFormatError:
        return None


def currency_of(symbol: str, of_marketplace: str) -> str:
    """The currency a sign means: the marketplace's own, where the sign allows it; else the most usual."""
    meant = _CURRENCIES[symbol]
    return of_marketplace if of_marketplace in meant else meant[0]


def moment(day: Day, zone: str, sent_at: datetime | None) -> datetime | None:
    """The first moment of the day in the zone. A day without its year is the last one before the message was sent."""
    try:
        if day.year is not None:
            return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        if sent_at is None:
            return None
        sent = sent_at.astimezone(ZoneInfo(zone))
        latest = datetime(sent.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        return latest if latest <= sent + timedelta(hours=24) else latest.replace(year=sent.year - 1)
    except ValueError:  # the 30th of February
        return None
