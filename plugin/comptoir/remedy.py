"""A calculator as `remedies.yaml` of a pack spells it: arguments, one kind of formula, rounding, doubts, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from comptoir.checks import STRICT, Code, Currency, Day, Title
from comptoir.formula import (
    KINDS,
    Cases,
    Formula,
    Ladder,
    Limits,
    Number,
    Percent,
    Positive,
    Share,
    Sum,
    Use,
    Uses,
    Zones,
)
from comptoir.pack import Source, Trust, findable

#: what an argument of a kind can be taken for; the others are numbers
_USE: Mapping[str, Use] = {"choice": "word", "country": "word", "yes_no": "word", "moment": "moment"}


@dataclass(frozen=True)
class Band:
    """A number above `over` reads as the choice `means`; the first band that fits counts."""

    __pydantic_config__ = STRICT
    over: Number
    means: str


@dataclass(frozen=True)
class Argument:
    """One `key=value` of a calculator. Without `default`, and not `optional`, it must be given."""

    __pydantic_config__ = STRICT
    help: str
    example: str
    kind: Literal["money", "percent", "number", "count", "choice", "country", "moment", "yes_no"] = "money"
    also: tuple[str, ...] = ()  # other names it answers to
    default: str | None = None
    optional: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # choice -> other spellings
    rest: str = ""  # the group of a country that no group names
    bands: tuple[Band, ...] = ()  # a choice may be given as a number, read through these
    most: Number | None = None  # a number above it is refused
    percent_of: str = ""  # money that may be given as `9%` of this argument

    @property
    def needed(self) -> bool:
        return self.default is None and not self.optional


@dataclass(frozen=True)
class Rounding:
    __pydantic_config__ = STRICT
    mode: Literal["half_up", "down"] = "half_up"
    to: Positive = Decimal("0.01")

    def __str__(self) -> str:
        return f"{self.mode.replace('_', ' ')} to {self.to}"


@dataclass(frozen=True)
class Doubt:
    """A doubt worth saying. All conditions must hold together; without any it is always said."""

    __pydantic_config__ = STRICT
    text: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # argument, or `answer` -> values
    over: Mapping[str, Number] = field(default_factory=dict)  # argument -> strictly above
    without: tuple[str, ...] = ()  # none of these arguments was given

    def uses(self) -> Uses:
        yield from ((name, "word") for name in self.when if name != "answer")
        yield from ((name, "number") for name in self.over)


@dataclass(frozen=True)
class Remedy:
    """One calculator of a pack, `<pack>.<code>`. It has one of the kinds of formula below."""

    __pydantic_config__ = STRICT
    title: Title  # English message id, short
    arguments: Annotated[Mapping[Code, Argument], Field(min_length=1)]
    sources: Annotated[tuple[Annotated[Source, AfterValidator(findable)], ...], Field(min_length=1)]
    verified: Day
    trust: Trust
    share: Share | None = None
    percent: Percent | None = None
    sum: Sum | None = None
    cases: Cases | None = None
    limits: Limits | None = None
    ladder: Ladder | None = None
    zones: Zones | None = None
    currency: Currency | None = None  # the pack's, unless said here
    rounding: Rounding = Rounding()
    warnings: tuple[Doubt, ...] = ()
    note: str = ""

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The kinds of formula that are filled in; in a sound pack exactly one."""
        kinds = (self.share, self.percent, self.sum, self.cases, self.limits, self.ladder, self.zones)
        return tuple(formula for formula in kinds if formula is not None)


def sound(remedy: Remedy) -> Remedy:
    """A calculator whose parts fit together."""
    if len(remedy.formulas) != 1:
        raise ValueError(f"a calculator has exactly one kind of formula; allowed are {', '.join(KINDS)}")
    for name, use in _uses(remedy):
        argument = remedy.arguments.get(name)
        if argument is None:
            raise ValueError(f"{name!r} is not among the `arguments` {', '.join(remedy.arguments)}")
        if _USE.get(argument.kind, "number") != use:
            raise ValueError(f"the argument {name!r} is of kind {argument.kind}, and a {use} is needed of it")
    used = {name for name, _ in _uses(remedy)}
    if idle := [name for name in remedy.arguments if name not in used]:
        raise ValueError(f"nothing uses the argument {', '.join(idle)}; take it away")
    if strange := [word for word in _words(remedy) if word]:
        raise ValueError(strange[0])
    return remedy


def _uses(remedy: Remedy) -> Uses:
    yield from remedy.formulas[0].uses()
    for doubt in remedy.warnings:
        yield from doubt.uses()
    yield from ((argument.percent_of, "number") for argument in remedy.arguments.values() if argument.percent_of)


def _words(remedy: Remedy) -> Iterator[str]:
    """What is wrong with the names and words that must meet: spellings, choices, conditions."""
    spellings = Counter(name for key, argument in remedy.arguments.items() for name in (key, *argument.also))
    yield from (f"two arguments answer to {name!r}" for name, times in spellings.items() if times > 1)
    for doubt in remedy.warnings:
        yield from (f"{name!r} is not among the `arguments`" for name in doubt.without if name not in remedy.arguments)
    for when in _conditions(remedy):
        for name, wanted in when.items():
            known = remedy.arguments[name].choices if name in remedy.arguments else wanted
            yield from (f"{word!r} is no choice of {name}; allowed are {', '.join(known)}"
                        for word in wanted if word not in known)


def _conditions(remedy: Remedy) -> Iterator[Mapping[str, Sequence[str]]]:
    yield from (doubt.when for doubt in remedy.warnings)
    match remedy.formulas[0]:
        case Cases(rows):
            yield from (row.when for row in rows)
        case Limits(checks):
            yield from (check.when for check in checks)
        case Ladder(choose=choose, ladders=ladders):
            yield {choose: tuple(ladders)}
        case Percent(base=base) if base:
            yield {base: tuple(remedy.arguments[base].choices)}
