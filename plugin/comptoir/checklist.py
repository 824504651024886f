"""What there is to gather: the pieces of evidence (evidence.yaml), and per issue which of them an answer needs.

The inside of Comptoir and the shape of the files in one; docs/reference/packs.md explains the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from comptoir.checks import STRICT, Code, FactPath, Locale, Row, Stage, Unless, Word

#: who has a piece of evidence
Provider = Literal["buyer", "seller", "warehouse", "carrier", "supplier", "platform"]


@dataclass(frozen=True)
class NotAsked:
    """Where a piece of evidence may not be asked of a buyer: under one of these rules, or in one of these languages."""

    __pydantic_config__ = STRICT
    rules: tuple[Code, ...] = ()
    languages: tuple[Locale, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A piece of evidence, in evidence.yaml: who has it, what in a ticket shows that it is there, and its limits."""

    __pydantic_config__ = STRICT
    from_: Annotated[Provider, Field(alias="from")]
    attachment: Literal["image", "pdf", "video", "any"] | None = None  # a file of this kind is it
    fact: FactPath | None = None  # it is there as soon as this is known
    limits: tuple[Code, ...] = ()  # rules that the ticket's own files must keep
    not_asked: NotAsked = NotAsked()


@dataclass(frozen=True)
class CheckLine:
    """A line of a checklist. A bare id is a line too."""

    __pydantic_config__ = STRICT
    id: Code
    from_: Annotated[Provider | None, Field(alias="from")] = None  # None: who has it by evidence.yaml
    stage: tuple[Stage, ...] = ()  # empty: at every stage
    unless: Unless = field(default_factory=dict)  # path, or sender -> what makes it needless
    rows: tuple[Row, ...] = ()


def _line(given: object) -> object:
    return {"id": given} if isinstance(given, str) else given


@dataclass(frozen=True)
class IssueFacts:
    """What a marketplace calls an issue, the words that go with it, and the evidence an answer needs."""

    __pydantic_config__ = STRICT
    reasons: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    checklist: tuple[Annotated[CheckLine, BeforeValidator(_line, json_schema_input_type=CheckLine | Code)], ...] = ()
    rows: Mapping[Literal["reasons", "words", "checklist"], tuple[Row, ...]] = field(default_factory=dict)
