"""The kinds of formula a calculator may have. Numbers are the pack's, arguments are named; remedies/ works them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from comptoir.checks import STRICT, Zone

#: what a formula takes an argument for
Use = Literal["number", "word", "moment"]
Uses = Iterator[tuple[str, Use]]
Number = Annotated[Decimal, Field(allow_inf_nan=False)]
Positive = Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Term:
    """A part of a sum: `percent` of an argument (100 is all of it, -100 takes it off), or a fixed amount."""

    __pydantic_config__ = STRICT
    of: str = ""
    percent: Number = Decimal(100)
    fixed: Number | None = None

    def __post_init__(self) -> None:
        if bool(self.of) == (self.fixed is not None):
            raise ValueError("a term has either `of` (an argument) or `fixed` (an amount)")


@dataclass(frozen=True)
class Resettlement:
    """The second method beside a share: what is kept is settled again at the prices of the purchase."""

    __pydantic_config__ = STRICT
    threshold: str  # the argument with the spend that earns one saving
    saving: str  # the argument with one saving; without it the whole reduction was one saving
    rule: str


@dataclass(frozen=True)
class Share:
    """A refund that bears its proportional share of a reduction of the whole order."""

    __pydantic_config__ = STRICT
    price: str
    order: str
    reduction: str
    postage: str
    refunded: str
    last: str
    others: tuple[str, ...] = ()  # another reduction: the formula does not hold, and a person decides
    resettlement: Resettlement | None = None

    def uses(self) -> Uses:
        yield from _each("number", self.price, self.order, self.reduction, self.postage, self.refunded, *self.others)
        yield self.last, "word"
        if self.resettlement:
            yield from _each("number", self.resettlement.threshold, self.resettlement.saving)


@dataclass(frozen=True)
class Answers:
    """What to do with a wish, beside a cap: it is `within`, it is `over`, or the cap is `none` at all."""

    __pydantic_config__ = STRICT
    within: str
    over: str
    none: str


@dataclass(frozen=True)
class Percent:
    """A percentage of one of several bases, never below `at_least` nor above `at_most`."""

    __pydantic_config__ = STRICT
    bases: Annotated[tuple[str, ...], Field(min_length=1)]
    percent: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
    rate: str = ""  # the argument that replaces `percent`
    base: str = ""  # the argument that names the base; without it the smallest result counts
    at_least: Positive | None = None
    at_most: Positive | None = None
    request: str = ""  # the argument with the amount wished
    answers: Answers | None = None

    def __post_init__(self) -> None:
        if bool(self.request) != (self.answers is not None):
            raise ValueError("`request` and `answers` go together")

    def uses(self) -> Uses:
        yield from _each("number", *self.bases, self.rate, self.request)
        yield from _each("word", self.base)


@dataclass(frozen=True)
class Sum:
    """A sum of parts."""

    __pydantic_config__ = STRICT
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]

    def uses(self) -> Uses:
        return _of(self.terms)


@dataclass(frozen=True)
class Row:
    """One row of a table of cases. Without `terms` no amount is known: a person decides."""

    __pydantic_config__ = STRICT
    when: Mapping[str, tuple[str, ...]]  # argument -> the values that choose this row
    terms: tuple[Term, ...] | None = None
    paid: tuple[Term, ...] | None = None  # what the buyer paid: the amount never passes it
    shares: Mapping[str, tuple[Term, ...]] = field(default_factory=dict)  # who else pays or gets what
    note: str = ""

    def uses(self) -> Uses:
        yield from _each("word", *self.when)
        for terms in (self.terms or (), self.paid or (), *self.shares.values()):
            yield from _of(terms)


@dataclass(frozen=True)
class Cases:
    """A table of cases; the first row whose conditions hold counts."""

    __pydantic_config__ = STRICT
    rows: Annotated[tuple[Row, ...], Field(min_length=1)]

    def uses(self) -> Uses:
        for row in self.rows:
            yield from row.uses()


@dataclass(frozen=True)
class Check:
    """An argument strictly above `over` gives `answer`; `when` as in a row."""

    __pydantic_config__ = STRICT
    of: str
    over: Number
    answer: str
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """Limits one after the other; the first one passed gives the answer, `otherwise` when none is."""

    __pydantic_config__ = STRICT
    checks: Annotated[tuple[Check, ...], Field(min_length=1)]
    otherwise: str

    def uses(self) -> Uses:
        for check in self.checks:
            yield check.of, "number"
            yield from _each("word", *check.when)


@dataclass(frozen=True)
class Interest:
    """Interest by the day."""

    __pydantic_config__ = STRICT
    rate: str  # the argument with the percentage of a year
    year: Annotated[int, Field(gt=0)]  # days


@dataclass(frozen=True)
class Rung:
    """Up to and including so many days of delay: a percentage, or interest."""

    __pydantic_config__ = STRICT
    up_to: Annotated[int, Field(gt=0)] | None = None  # the last rung may have no end
    percent: Number | None = None
    interest: Interest | None = None

    def __post_init__(self) -> None:
        if (self.interest is None) == (self.percent is None):
            raise ValueError("a rung has either `percent` or `interest`")


@dataclass(frozen=True)
class Climb:
    """After the last rung: so many points more for every period begun."""

    __pydantic_config__ = STRICT
    every: Annotated[int, Field(gt=0)]  # days
    points: Positive


@dataclass(frozen=True)
class Rungs:
    __pydantic_config__ = STRICT
    rungs: Annotated[tuple[Rung, ...], Field(min_length=1)]
    rule: str
    climb: Climb | None = None
    most: Positive = Decimal(100)  # percent

    def __post_init__(self) -> None:
        ends = [rung.up_to for rung in self.rungs]
        bounded = [end for end in ends if end is not None]
        if bounded != sorted(set(bounded)) or None in ends[:-1]:
            raise ValueError("rungs go up in days, and only the last may have no `up_to`")
        if (ends[-1] is None) == (self.climb is not None):
            raise ValueError("either the last rung has no `up_to`, or a `climb` goes on from it")


@dataclass(frozen=True)
class Ladder:
    """A surcharge that grows with the days of delay. Several ladders stand side by side, never mixed."""

    __pydantic_config__ = STRICT
    price: str
    days: str
    choose: str
    ladders: Mapping[str, Rungs]

    def uses(self) -> Uses:
        yield from _each("number", self.price, self.days)
        yield self.choose, "word"
        for ladder in self.ladders.values():
            yield from _each("number", *(rung.interest.rate for rung in ladder.rungs if rung.interest))


@dataclass(frozen=True)
class Zones:
    """The same moment on another wall."""

    __pydantic_config__ = STRICT
    at: str
    there: Zone  # in which `at` is read
    here: Zone

    def uses(self) -> Uses:
        yield self.at, "moment"


Formula = Share | Percent | Sum | Cases | Limits | Ladder | Zones
KINDS = ("share", "percent", "sum", "cases", "limits", "ladder", "zones")


def _of(terms: Iterable[Term]) -> Uses:
    return _each("number", *(term.of for term in terms))


def _each(use: Use, *names: str) -> Uses:
    return ((name, use) for name in names if name)
