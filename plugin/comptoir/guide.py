"""guide.yaml of a pack: what agents are told beside the clocks, and where the guides' rows went.

How-tos, options with who pays which freight, vocabulary, precautions, contacts, what counts as an answer, metrics. The
sentences are English message ids for agents; nothing here is for buyers. docs/reference/packs.md explains every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from comptoir.checks import STRICT, Code, Day, Issue, Row, Sender, Stage, Title, Word
from comptoir.pack import Source, findable

Trip = Literal["outbound", "return", "replacement"]
Payer = Literal["seller", "buyer", "carrier", "agreed"]
Kind = Literal["W", "R", "P", "E", "D", "T", "V", "A", "C", "F", "X", "D+A"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What all entries have: when they hold (an empty condition always does), and where they were read."""

    __pydantic_config__ = STRICT
    rows: tuple[Row, ...] = ()
    sources: tuple[Annotated[Source, AfterValidator(findable)], ...] = ()
    issue: tuple[Issue, ...] = ()
    stage: tuple[Stage, ...] = ()
    sender: tuple[Sender, ...] = ()
    note: str = ""  # for policy keepers


@dataclass(frozen=True, kw_only=True)
class Step(Entry):
    """What an agent does, or takes care of: one step of a how-to, or a precaution against the next ticket."""

    do: Title  # English message id


@dataclass(frozen=True, kw_only=True)
class Option(Entry):
    """What an agent may offer, and who pays which freight then."""

    offer: Title  # English message id
    freight: Mapping[Trip, Payer] = field(default_factory=dict)
    calculator: str = ""  # the calculator that works the amount out, as `rakuten_fr.partial_refund_cap`


@dataclass(frozen=True, kw_only=True)
class Term(Entry):
    """A word of the marketplace, and what it means to an agent."""

    word: Word
    means: Title  # English message id


@dataclass(frozen=True, kw_only=True)
class Contact(Entry):
    """Where help is to be had. One that is not `active` is kept and never shown."""

    name: Title  # English message id
    at: Word = ""  # an address, a number or a button, as it is written; empty where nobody printed it
    use: Title  # English message id: what for
    status: Literal["active", "off"] = "active"


@dataclass(frozen=True, kw_only=True)
class Answer(Entry):
    """Whether a message stops the clock of an answer. What nobody states is `not_stated`, and treated as no."""

    what: Literal["automatic_receipt", "personal_message", "mark_as_no_reply_needed"]
    counts: Literal["yes", "no", "not_stated"]
    why: Title  # English message id


@dataclass(frozen=True, kw_only=True)
class Metric(Entry):
    """A score of the marketplace, and what moves it."""

    name: Word  # as the marketplace writes it
    moved: Title  # English message id


@dataclass(frozen=True)
class Guide:
    """guide.yaml, whole."""

    __pydantic_config__ = STRICT
    howto: tuple[Step, ...] = ()
    options: tuple[Option, ...] = ()
    vocabulary: tuple[Term, ...] = ()
    prevention: tuple[Step, ...] = ()
    contacts: tuple[Contact, ...] = ()
    counts_as_answer: tuple[Answer, ...] = ()
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True)
class GuideRow:
    """One row of the guides this product began with, in guides.yaml of `common`: its kind and its gist."""

    __pydantic_config__ = STRICT
    kind: Kind
    gist: Title


@dataclass(frozen=True)
class Refusal:
    """A row, or a part of one, that is not followed, in refused.yaml of `common`."""

    __pydantic_config__ = STRICT
    why: Literal["noise", "trick", "out_of_scope", "obsolete", "missing", "replaced"]
    reason: Title
    part: str = ""  # what of the row is refused; empty: all of it
    lint: Code | None = None  # the entry of common/lint.yaml that finds its wording


@dataclass(frozen=True)
class Contradiction:
    """Where the guides disagree with themselves or with public rules, in contradictions.yaml of `common`."""

    __pydantic_config__ = STRICT
    about: Title
    rows: tuple[Row, ...]
    readings: Annotated[tuple[Title, ...], Field(min_length=2)]  # both are kept
    chosen: Title
    decided: Day
    where: tuple[str, ...] = ()  # rules, calculators and files that carry the choice
