"""What a pack holds: frozen dataclasses, and the checks that tie several keys of one entry together.

These are the inside of Comptoir and, through pydantic, the shape of the YAML files: one definition for both. The keys
are explained for policy keepers in docs/reference/packs.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema

from comptoir.checklist import IssueFacts, Piece
from comptoir.checks import (
    STRICT,
    BoundedPattern,
    Calendar,
    Code,
    Currency,
    Day,
    Domain,
    DurationText,
    Issue,
    Locale,
    Names,
    NumberPattern,
    Pattern,
    Row,
    Sender,
    Stage,
    Start,
    Texts,
    Title,
    Unit,
    Unless,
    Url,
    Wanted,
    Word,
    Zone,
)

if TYPE_CHECKING:  # both name their sources, so they stand on this module
    from comptoir.guide import Contradiction, Guide, GuideRow, Refusal
    from comptoir.remedy import Remedy

Trust = Literal["official", "copy", "third_party", "seed"]


@dataclass(frozen=True)
class Source:
    """Where a rule was read: a public `url` or a `row` of the guides, with a few of its own words."""

    __pydantic_config__ = STRICT
    title: Title
    url: Url = ""
    row: str = ""
    quote: str = ""

    def __str__(self) -> str:
        return f"{self.row}, {self.title}" if self.row else self.url or self.title


@dataclass(frozen=True)
class Reading:
    """Another way to read the same rule. A reading of trust `third_party` is shown and never moves a deadline."""

    __pydantic_config__ = STRICT
    due: DurationText
    why: str = ""
    source: str = ""  # row or url
    trust: Trust = "seed"


@dataclass(frozen=True)
class Value:
    """What the rule says from `since` on: a duration (`due`), or a number (`value` and `unit`); a duty just begins."""

    __pydantic_config__ = STRICT
    since: Day
    due: DurationText | None = None
    value: Decimal | None = None
    unit: Unit | None = None  # "EUR", "percent", "files", "MB", "days" ...
    readings: tuple[Reading, ...] = ()


def findable(source: Source) -> Source:
    """A source that somebody else can look up."""
    if not (source.row or source.url):
        raise ValueError(f"the source {source.title!r} cannot be looked up; give its `url`, or its `row` in the guides")
    return source


def clock_or_limit(value: Value) -> Value:
    """A value that is one of the two kinds, whole."""
    if (value.value is None) != (value.unit is None):
        raise ValueError("a limit needs both `value` and `unit`, as in {value: 50, unit: percent}")
    if value.due is not None and (value.value is not None or value.unit is not None):
        raise ValueError("a value is a clock or a limit, not both: take away `due`, or `value` and `unit`")
    if value.readings and value.due is None:
        raise ValueError("`readings` are other ways to read a clock; a limit has none, say it in `note`")
    return value


@dataclass(frozen=True)
class Applies:
    """When a rule holds. An empty condition always holds; all conditions must hold together."""

    __pydantic_config__ = STRICT
    issue: tuple[Issue, ...] = ()  # the primary issue or one of the others
    sender: tuple[Sender, ...] = ()
    stage: tuple[Stage, ...] = ()
    facts: Wanted = field(default_factory=dict)  # path -> the value it must have (or a tuple of values)
    unless: Unless = field(default_factory=dict)  # path, or issue, sender, stage -> what switches the rule off


@dataclass(frozen=True)
class Rule:
    """One dated, sourced fact: a clock (its values have `due`), a limit or an amount (they have `value`), or a duty."""

    __pydantic_config__ = STRICT
    id: SkipJsonSchema[str]  # "<pack>.<code>"; the key in the file
    code: SkipJsonSchema[str]
    title: Title  # English message id, translated by the catalogues
    kind: Literal["platform", "law", "team"]
    actor: Literal["seller", "buyer", "platform", "carrier", "either"]
    sources: Annotated[tuple[Annotated[Source, AfterValidator(findable)], ...], Field(min_length=1)]
    verified: Day
    trust: Trust
    applies: Applies = Applies()
    starts: tuple[Start, ...] = ()  # fact paths, first known wins; "message" is the newest outside message
    values: tuple[Annotated[Value, AfterValidator(clock_or_limit)], ...] = ()
    consequence: str = ""  # English message id
    risks: tuple[Code, ...] = ()
    zone: Zone = ""
    calendar: Calendar = ""  # country of the `holidays` package
    status: Literal["active", "off", "superseded"] = "active"
    note: str = ""

    def value_on(self, day: date) -> Value | None:
        """What the rule said on `day`; None before its first value."""
        past = [value for value in self.values if value.since <= day]
        return max(past, key=lambda value: value.since) if past else None


@dataclass(frozen=True)
class OrderNumber:
    """How the marketplace writes its order numbers; the number is the group `number`."""

    __pydantic_config__ = STRICT
    pattern: NumberPattern
    alone: bool = False  # True: nothing else looks like it; else a keyword must stand near
    keywords: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Words:
    """Vocabulary of the marketplace: strong names it, weak only hints."""

    __pydantic_config__ = STRICT
    strong: tuple[Word, ...] = ()
    weak: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Signals:
    """What in a ticket says: this marketplace. Patterns are searched without regard to case."""

    __pydantic_config__ = STRICT
    relays: tuple[Pattern, ...] = ()  # sender address: a buyer behind a relay alias; beats everything
    notices: tuple[Pattern, ...] = ()  # sender address: the platform itself
    domains: tuple[Domain, ...] = ()  # the platform's domains, with their subdomains
    recipients: tuple[Pattern, ...] = ()  # the address written to
    headers: Mapping[str, Pattern] = field(default_factory=dict)
    order_numbers: tuple[OrderNumber, ...] = ()
    links: tuple[Pattern, ...] = ()  # addresses in the text
    words: Words = Words()
    fields: Mapping[str, Texts] = field(default_factory=dict)  # field, `tag` or `brand` -> values, lower case
    rows: Mapping[Literal["relays", "notices", "order_numbers", "words"], tuple[Row, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Forbidden:
    """Words that a message to a buyer may not hold on this marketplace, and why. docs/reference/lint.md."""

    __pydantic_config__ = STRICT
    patterns: Annotated[tuple[BoundedPattern, ...], Field(min_length=1)]
    reason: Title  # English message id
    severity: Literal["error", "warning"] = "error"
    locales: tuple[Locale, ...] = ()  # empty: in every language
    allowed: tuple[BoundedPattern, ...] = ()  # wording that may stand although it holds forbidden words
    near: tuple[BoundedPattern, ...] = ()  # it speaks only where one of these stands in the same sentence
    domains: tuple[Domain, ...] = ()  # with the marketplace's own, those that may stand in the group `host`
    above: str = ""  # a rule's code: the group `number` may not be greater than what the rule says ...
    below: str = ""  # ... or not smaller
    unit: Unit | None = None  # of the number
    rows: tuple[Row, ...] = ()  # of the guides, that say so or are refused by it


@dataclass(frozen=True)
class PackFile:
    """pack.yaml: who and where."""

    __pydantic_config__ = STRICT
    kind: Literal["marketplace", "law", "shared"]
    name: Names  # proper names only, by locale
    zone: Zone = ""
    calendar: Calendar = ""
    locale: Locale | None = None
    currency: Currency | None = None
    includes: tuple[str, ...] = ()
    note: str = ""
    signals: Signals = Signals()


@dataclass(frozen=True)
class Pack:
    """One folder of packs/, read."""

    id: str  # the folder's name
    kind: Literal["marketplace", "law", "shared"]
    name: Mapping[str, str]
    zone: str = ""
    calendar: str = ""
    locale: str = ""
    currency: str = ""
    includes: tuple[str, ...] = ()
    signals: Signals = Signals()
    issues: Mapping[str, IssueFacts] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    phrases: Mapping[str, Any] = field(default_factory=dict)  # language -> its file, as written
    folder: Any = None  # where it was read from
    remedies: Mapping[str, Remedy] = field(default_factory=dict)  # its calculators, by code
    lint: Mapping[str, Forbidden] = field(default_factory=dict)  # what a message to a buyer may not say, by code
    evidence: Mapping[str, Piece] = field(default_factory=dict)  # pieces of evidence, by id
    guide: Guide | None = None  # how-tos, options, vocabulary, precautions, contacts, metrics
    guides: Mapping[str, GuideRow] = field(default_factory=dict)  # of `common`: every row of the guides
    refused: Mapping[str, Refusal] = field(default_factory=dict)  # of `common`: rows that are not followed
    contradictions: Mapping[str, Contradiction] = field(default_factory=dict)  # of `common`
