"""The kinds of words that a pack may hold, each checked: issue codes, fact paths, zones, patterns, durations, days.

Every check raises ValueError with what was given and what is allowed. As annotated types they are used by the shapes
in pack.py, name the place of a fault by themselves, and stand in the JSON Schema that editors read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from holidays.registry import EntityLoader
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema

from comptoir.duration import PATTERN, parse_duration
from comptoir.patterns import check_bounded, check_number, check_pattern
from comptoir.ticket import FACT_PATHS, Facts
from comptoir.yamlfile import did_you_mean, read, validate

STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


@dataclass(frozen=True)
class Taxonomy:
    """The shared words, from packs/common/taxonomy.yaml."""

    __pydantic_config__ = STRICT
    issues: tuple[str, ...]  # in order of priority
    senders: tuple[str, ...]
    stages: tuple[str, ...]
    units: tuple[str, ...]
    currencies: tuple[str, ...]


TAXONOMY = validate(read(files("comptoir.packs") / "common" / "taxonomy.yaml"), TypeAdapter(Taxonomy))
#: the issue codes; where several fit, the first of them is the issue
ISSUES = TAXONOMY.issues
#: the facts that are moments, so that a clock can start at them
MOMENTS = tuple(path for path in FACT_PATHS if path.endswith("_at"))
#: what a clock may start at
STARTS = ("message", *MOMENTS)
_LABELS = ("issue", "sender", "stage")
_FACTS = TypeAdapter(Facts)


def _one_of(what: str, allowed: Sequence[str]) -> Callable[[str], str]:
    def check(word: str) -> str:
        if word not in allowed:
            raise ValueError(f"unknown {what} {word!r}; {did_you_mean(word, allowed)}")
        return word

    return check


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = did_you_mean(name, sorted(available_timezones())).partition("allowed are")[0]
        raise ValueError(f"unknown zone {name!r}; {near}allowed are IANA names such as Europe/Paris") from error
    return name


def _calendar(code: str) -> str:
    # not `holidays.list_supported_countries`, which imports all 250 of them to say the same
    if code not in EntityLoader.get_country_codes(include_aliases=False):
        raise ValueError(f"unknown calendar {code!r}; allowed are the countries of the `holidays` package by their two "
                         "capital letters, such as FR, CN, DE")
    return code


def _duration(text: str) -> str:
    parse_duration(text)
    return text


def _day(given: object) -> date:
    if isinstance(given, date):
        return given
    try:
        if isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given):
            return date.fromisoformat(given)
    except ValueError:
        pass  # 2026-02-30: told below like any other slip
    raise ValueError(f"{given!r} is no day of the calendar; write year-month-day, as in 2026-11-22")


def _fact_values(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """`{path: value or list of values}` with each value as the fact itself would hold it."""
    return {path: _fact_value(path, wanted) for path, wanted in conditions.items()}


def _fact_value(path: str, wanted: Any) -> Any:
    if isinstance(wanted, list):
        return tuple(_fact_value(path, one) for one in wanted)
    if path in _LABELS:
        return {"issue": _issue, "sender": _sender, "stage": _stage}[path](wanted)
    group, _, name = path.partition(".")
    try:
        return _FACTS.validate_python({group: {name: wanted}}).get(path)
    except ValidationError as error:
        raise ValueError(f"{wanted!r} can never be the value of {path}: {error.errors()[0]['msg']}") from error


def _texts(given: object) -> object:
    return given if isinstance(given, list) else [given]


def _english(names: Mapping[str, str]) -> Mapping[str, str]:
    if "en" not in names:
        raise ValueError("the English name is missing; write at least {en: ...}")
    return names


def _enum(allowed: Sequence[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(allowed)})


_issue, _sender = _one_of("issue code", ISSUES), _one_of("sender", TAXONOMY.senders)
_stage = _one_of("stage", TAXONOMY.stages)
_CONDITIONS = (*_LABELS, *FACT_PATHS)

Issue = Annotated[str, AfterValidator(_issue), _enum(ISSUES)]
Sender = Annotated[str, AfterValidator(_sender), _enum(TAXONOMY.senders)]
Stage = Annotated[str, AfterValidator(_stage), _enum(TAXONOMY.stages)]
SenderLabel = Annotated[str, AfterValidator(_one_of("sender", (*TAXONOMY.senders, "unknown")))]
StageLabel = Annotated[str, AfterValidator(_one_of("stage", (*TAXONOMY.stages, "unknown")))]
FactPath = Annotated[str, AfterValidator(_one_of("fact", FACT_PATHS)), _enum(FACT_PATHS)]
Condition = Annotated[str, AfterValidator(_one_of("fact or label", _CONDITIONS)), _enum(_CONDITIONS)]
Start = Annotated[str, AfterValidator(_one_of("start", STARTS)), _enum(STARTS)]
Unit = Annotated[str, AfterValidator(_one_of("unit", (*TAXONOMY.units, *TAXONOMY.currencies))),
                 _enum((*TAXONOMY.units, *TAXONOMY.currencies))]
Currency = Annotated[str, AfterValidator(_one_of("currency", TAXONOMY.currencies)), _enum(TAXONOMY.currencies)]
Wanted = Annotated[Mapping[FactPath, Any], AfterValidator(_fact_values)]
Unless = Annotated[Mapping[Condition, Any], AfterValidator(_fact_values)]
Zone = Annotated[str, AfterValidator(_zone)]
Calendar = Annotated[str, AfterValidator(_calendar)]
DurationText = Annotated[str, AfterValidator(_duration), WithJsonSchema({"type": "string", "pattern": PATTERN})]
Day = Annotated[date, BeforeValidator(_day)]
Pattern = Annotated[str, AfterValidator(check_pattern), WithJsonSchema({"type": "string", "format": "regex"})]
BoundedPattern = Annotated[Pattern, AfterValidator(check_bounded)]
NumberPattern = Annotated[str, AfterValidator(check_pattern), AfterValidator(check_number)]
Names = Annotated[Mapping[str, str], AfterValidator(_english)]
#: a word or number as somebody writes it; a number needs no quotes
Word = Annotated[str, WithJsonSchema({"type": ["string", "number"]})]
Texts = Annotated[tuple[Word, ...], BeforeValidator(_texts), WithJsonSchema(
    {"anyOf": [{"type": ["string", "number"]}, {"type": "array", "items": {"type": ["string", "number"]}}]})]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$",
                            description="lower case letters, digits and _, at most 60, as in support_reply")]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$",
                              description="a domain in lower case without @ or *, as in rakuten.com")]
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?$",
                              description="a locale, as in fr or zh_Hans")]
Row = Annotated[str, Field(pattern=r"^[A-Z]+(-[A-Z]+)?-\d{2,3}$", description="a row of the guides, as in RAK-65")]
Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$", description="an address that starts with https://")]
Title = Annotated[str, Field(pattern=r"\S", description="at least one word")]
