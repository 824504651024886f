"""Facts that stand in the text, each with its span: numbers of orders and parcels, money, days that words give a meaning.

A day counts from its first moment in the marketplace's zone: of two ways to read it the earlier clock is the safe one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from babel.numbers import NumberFormatError, parse_decimal

from comptoir import yamlfile
from comptoir.classify.case import Evidence
from comptoir.classify.parts import Part
from comptoir.text import fold
from comptoir.ticket import FactValue


class Day(NamedTuple):
    """A day as written; `year` is None where it was left out. `time` in hours and minutes where it was given."""

    year: int | None
    month: int
    day: int
    a: int
    b: int


class Amount(NamedTuple):
    """Money as written: `symbols` is the currency's sign or name."""

    value: Decimal
    symbol: str
    a: int
    b: int


@cache
def _months() -> Mapping[str, int]:
    names: dict[str, int] = {}
    for locale in ("fr", "en"):
        for width in ("wide", "abbreviated"):
            names |= {fold(name).strip("."): month for month, name in get_month_names(width, locale=locale).items()}
    return names | {"fev": 2, "aout": 8, "sept": 9}


@cache
def _dates() -> re.Pattern[str]:
    month = "|".join(sorted(_months(), key=len, reverse=True))
    return re.compile(
        r"(?<![\d/.-])(?:"
        r"(?P<y1>20\d\d)[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})(?!\d)"
        r"|(?P<d2>\d{1,2})[/.-](?P<m2>\d{1,2})[/.-](?P<y2>20\d\d)(?!\d)"
        rf"|(?P<d3>\d{{1,2}})(?:er|st|nd|rd|th)? (?:of )?(?P<m3>{month})\b\.?(?:,? (?P<y3>20\d\d))?"
        rf"|(?P<m4>{month})\b\.? (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y4>20\d\d))?"
        r"|(?:(?P<y5>20\d\d) ?年 ?)?(?P<m5>\d{1,2}) ?月 ?(?P<d5>\d{1,2}) ?[日号]"
        rf")|\b(?P<m6>{month})\b\.? (?P<d6>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y6>20\d\d))?"
    )


def find_days(part: Part, language: str) -> list[Day]:
    """Days written out. "03/04/2026" is the third of April, except in English, where it may be March: then it is none."""
    found = []
    for match in _dates().finditer(part.folded):
        groups = {name[0]: value for name, value in match.groupdict().items() if value}
        month = int(groups["m"]) if groups["m"].isdigit() else _months()[groups["m"]]
        day, year = int(groups["d"]), int(groups["y"]) if "y" in groups else None
        numeric = match["d2"] is not None
        if numeric and month > 12 and language == "en":
            day, month = month, day
        elif numeric and language == "en" and day <= 12 and day != month:
            continue
        if 1 <= month <= 12 and 1 <= day <= 31:
            found.append(Day(year, month, day, *match.span()))
    return found


_SIGN = r"€|£|¥|us\$|nt\$|hk\$|\$|eur|euros?|usd|dollars?|cny|rmb|gbp|元|块钱|块|人民币|台币|欧元|欧|美元"
_FIGURES = r"\d{1,3}(?:[ .,']\d{3}){1,3}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(rf"(?<![\w.,])(?:(?P<before>{_SIGN}) ?(?P<f1>{_FIGURES})(?!\d)|(?P<f2>{_FIGURES}) ?(?P<after>{_SIGN})(?![a-z]))")
_CURRENCIES: Mapping[str, tuple[str, ...]] = {  # sign or name -> currencies it may mean, the most usual first
    "€": ("EUR",), "eur": ("EUR",), "euro": ("EUR",), "euros": ("EUR",), "欧元": ("EUR",), "欧": ("EUR",),
    "£": ("GBP",), "gbp": ("GBP",), "us$": ("USD",), "usd": ("USD",), "美元": ("USD",), "nt$": ("TWD",), "hk$": ("HKD",),
    "$": ("USD", "CAD", "AUD", "HKD", "TWD", "SGD"), "dollar": ("USD",), "dollars": ("USD",),
    "¥": ("CNY", "JPY"), "cny": ("CNY",), "rmb": ("CNY",), "人民币": ("CNY",), "元": ("CNY", "TWD", "HKD"),
    "块": ("CNY", "TWD"), "块钱": ("CNY", "TWD"), "台币": ("TWD",),
}


def find_amounts(part: Part) -> list[Amount]:
    """Money with its sign. What cannot be read without doubt, as "1.299 €", is left out."""
    found = []
    for match in _AMOUNT.finditer(part.folded):
        value = _decimal(match["f1"] or match["f2"])
        if value is not None:
            found.append(Amount(value, match["before"] or match["after"], *match.span()))
    return found


def _decimal(figures: str) -> Decimal | None:
    """By the last separator: two figures or one behind it are cents. Three behind the only point are anybody's guess."""
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


Found = tuple[str, FactValue, Evidence]  # path, value, why

_S10 = re.compile(r"(?<![A-Z0-9])[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}(?![A-Z0-9])", re.IGNORECASE)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_NEAR = 60  # characters between a number and the word that says what it is


def is_postal_number(text: str) -> bool:
    """Whether the check digit of a postal union number (UPU S10) is right."""
    digits = [int(char) for char in text if char.isdigit()]
    if len(digits) != 9:
        return False
    rest = 11 - sum(weight * digit for weight, digit in zip(_S10_WEIGHTS, digits, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)


def tracking(parts: Sequence[Part]) -> Iterator[Found]:
    """Parcel numbers and carriers, the surest first."""
    for part in parts:
        for match in _S10.finditer(part.newest):
            if is_postal_number(match[0]):
                number = match[0].replace(" ", "").upper()
                yield _fact("shipping.tracking_number", number, part, match.span(), "postal number, check digit right")
    for part in parts:
        yield from _carriers(part)


def _carriers(part: Part) -> Iterator[Found]:
    shapes = _shapes()
    keyword = shapes.keywords.search(part.folded) is not None
    for shape in shapes.carriers:
        named = shape.names.search(part.folded)
        if named:
            yield _fact("shipping.carrier", shape.carrier, part, named.span(), f"carrier {shape.carrier}")
        patterns = [shape.alone] if shape.alone else []
        if shape.near and (named or keyword):
            patterns.append(shape.near)
        for pattern in patterns:
            for match in pattern.finditer(part.newest):
                if pattern is shape.alone or shapes.near(part.folded, match.start(), shape.names if named else shapes.keywords):
                    rule = f"{shape.carrier} number"
                    yield _fact("shipping.tracking_number", match[0].upper(), part, match.span(), rule)
                    yield _fact("shipping.carrier", shape.carrier, part, match.span(), rule)


@dataclass(frozen=True)
class _Carrier:
    carrier: str
    names: re.Pattern[str]
    alone: re.Pattern[str] | None
    near: re.Pattern[str] | None


@dataclass(frozen=True)
class _Shapes:
    keywords: re.Pattern[str]
    carriers: tuple[_Carrier, ...]

    def near(self, text: str, start: int, word: re.Pattern[str]) -> bool:
        return word.search(text, max(0, start - _NEAR), start) is not None


@cache
def _shapes() -> _Shapes:
    data = yamlfile.read(files("comptoir") / "classify" / "data" / "carriers.yaml").data
    carriers = tuple(_Carrier(name, _any(one["names"]), _number(one.get("alone")), _number(one.get("shapes")))
                     for name, one in data["carriers"].items())
    return _Shapes(_any(data["keywords"]), carriers)


def _any(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![a-z]){re.escape(fold(word))}(?![a-z])" for word in words))


def _number(shapes: Sequence[str] | None) -> re.Pattern[str] | None:
    return re.compile(rf"(?<![A-Z0-9/-])(?:{'|'.join(shapes)})(?![A-Z0-9/-])", re.IGNORECASE) if shapes else None


_ORDER_WORD = r"(?:commande|order|订单编号|订单号|订单|单号|reference|ref|vente)"
_ANY_ORDER = re.compile(
    rf"{_ORDER_WORD}(?: (?:number|id|no|num|numero|n))?[ .:#°o]{{0,5}}(?P<number>(?=[a-z/-]{{0,6}}\d)[a-z0-9][a-z0-9/-]{{4,24}})(?![a-z0-9/-])")


def any_order_number(parts: Sequence[Part]) -> Iterator[Found]:
    """A number right behind a word for order, of a marketplace whose shapes we do not know."""
    for part in parts:
        for match in _ANY_ORDER.finditer(part.folded):
            number = part.newest[match.start("number"):match.end("number")]
            if sum(map(str.isdigit, number)) >= 5:
                yield _fact("order.number", number, part, match.span("number"), "number behind a word for order")


def _fact(path: str, value: FactValue, part: Part, span: tuple[int, int], rule: str) -> Found:
    return path, value, part.evidence(f"fact={path}", *span, rule)
