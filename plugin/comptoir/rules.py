"""Reads packs/: marketplaces, laws and what they share. Strict: every fault is named with its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True)
class Source:
    """Where a rule was read: a public `url` or a `row` of the guides, with a few of its own words."""

    title: str
    url: str = ""
    row: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Reading:
    """Another way to read the same rule. A reading of trust `third_party` is shown and never moves a deadline."""

    due: str
    why: str = ""
    source: str = ""  # row or url
    trust: Literal["official", "copy", "third_party", "seed"] = "seed"


@dataclass(frozen=True)
class Value:
    """What the rule says from `since` on: a duration (`due`), or a number (`value` and `unit`)."""

    since: date
    due: str | None = None
    value: Decimal | None = None
    unit: str | None = None  # "EUR", "percent", "files", "MB", "days" ...
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Applies:
    """When a rule holds. An empty condition always holds; all conditions must hold together."""

    issue: tuple[str, ...] = ()  # the primary issue or one of the others
    sender: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # path -> the value it must have (or list of values)
    unless: Mapping[str, Any] = field(default_factory=dict)  # path -> value that switches the rule off


@dataclass(frozen=True)
class Rule:
    """One dated, sourced fact: a clock (its values have `due`), a limit or an amount (they have `value`), or a duty."""

    id: str  # "<pack>.<code>"
    code: str
    title: str  # English message id, translated by the catalogues
    kind: Literal["platform", "law", "team"]
    actor: Literal["seller", "buyer", "platform", "carrier", "either"]
    sources: tuple[Source, ...]
    verified: date
    trust: Literal["official", "copy", "third_party", "seed"]
    applies: Applies = Applies()
    starts: tuple[str, ...] = ()  # fact paths, first known wins; "message" is the newest outside message
    values: tuple[Value, ...] = ()
    consequence: str = ""  # English message id
    risks: tuple[str, ...] = ()
    zone: str = ""
    calendar: str = ""  # country of the `holidays` package
    status: Literal["active", "off", "superseded"] = "active"
    note: str = ""

    def value_on(self, day: date) -> Value | None:
        """What the rule said on `day`; None before its first value."""
        past = [value for value in self.values if value.since <= day]
        return max(past, key=lambda value: value.since) if past else None
