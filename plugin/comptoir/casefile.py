"""cases.yaml: the tests that stand beside a pack's rules, and their shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import AwareDatetime, TypeAdapter

from comptoir.checks import STRICT, FactPath, Issue, SenderLabel, StageLabel, Title
from comptoir.pack import Pack
from comptoir.ticket import Facts
from comptoir.yamlfile import Document, read, validate

NOTHING_KNOWN = Facts()


@dataclass(frozen=True)
class Labels:
    """The labels of a case that are given instead of read."""

    __pydantic_config__ = STRICT
    issue: Issue = "other"
    also: tuple[Issue, ...] = ()
    sender: SenderLabel = "unknown"
    stage: StageLabel = "unknown"


@dataclass(frozen=True)
class Expected:
    """What must come out of a case; what is not named is not compared."""

    __pydantic_config__ = STRICT
    due: Mapping[str, AwareDatetime] = field(default_factory=dict)  # rule code -> its deadline
    overdue: tuple[str, ...] | None = None  # exactly these are past at `now`
    absent: tuple[str, ...] = ()  # rule codes that must not run
    missing: tuple[FactPath, ...] = ()
    holds: tuple[str, ...] = ()  # codes of rules of any kind that must hold: limits and duties too
    silent: tuple[str, ...] = ()  # codes of rules of any kind that must not hold
    hints: tuple[str, ...] | None = None  # exactly these codes are hints
    marketplace: str | None = None
    issue: Issue | None = None
    also: tuple[Issue, ...] | None = None
    sender: SenderLabel | None = None
    language: str | None = None
    stage: StageLabel | None = None


@dataclass(frozen=True)
class PackCase:
    """One test of a pack, in its cases.yaml: a ticket or given labels, a `now`, and what must come out."""

    __pydantic_config__ = STRICT
    name: Title
    now: AwareDatetime
    expect: Expected
    case: Labels | None = None
    ticket: Mapping[str, Any] | None = None  # as `comptoir try` takes it; read and classified for real
    sent_at: AwareDatetime | None = None  # with `case`: when the message came
    facts: Facts = NOTHING_KNOWN  # with `case`
    note: str = ""


CASES = TypeAdapter(tuple[PackCase, ...])


def read_cases(pack: Pack) -> tuple[tuple[PackCase, ...], Document | None]:
    """The cases of a pack and the document they stand in; none without a cases.yaml. Raises BadPack."""
    file = pack.folder / "cases.yaml"
    if not file.is_file():
        return (), None
    document = read(file)
    return validate(document, CASES), document
