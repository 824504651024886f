"""Messages whose labels are known, one JSON object a line: what `comptoir eval` and the bench read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comptoir.classify.case import UNKNOWN
from comptoir.classify.parts import read_parts
from comptoir.errors import BadInput
from comptoir.explain import did_you_mean
from comptoir.rules import Packs
from comptoir.ticket import Ticket, read_ticket

LANGUAGES = ("fr", "zh_Hans", "zh_Hant", "en")
#: the labels that a line may leave out; then it does not count for them
OPTIONAL = ("sender", "marketplace", "language")
_BESIDE = ("gold", "origin", "licence")  # what stands beside a ticket's own keys
_EXCERPT = 160  # characters of a message that a report may show


@dataclass(frozen=True)
class Gold:
    """The labels a message ought to get. None where nobody said."""

    issue: str
    also: tuple[str, ...] = ()
    sender: str | None = None
    marketplace: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Example:
    """A ticket and its gold."""

    ticket: Ticket
    gold: Gold

    @property
    def text(self) -> str:
        """What is new in it, subject and body, on one line."""
        return " ".join(" ".join(part.newest for part in read_parts(self.ticket)).split())

    @property
    def excerpt(self) -> str:
        """The first words of it."""
        words = self.text
        return words if len(words) <= _EXCERPT else words[:_EXCERPT - 1] + "…"


def read_example(data: object, packs: Packs) -> Example:
    """One line: a ticket as `comptoir classify` takes it, with `gold` beside. Raises BadInput: what is allowed."""
    if not isinstance(data, dict) or not isinstance(data.get("gold"), dict):
        raise BadInput("a line is a ticket with its labels beside it: {\"id\": …, \"text\": …, "
                       "\"gold\": {\"issue\": …, \"also\": […], \"sender\": …, \"marketplace\": …, \"language\": …}}")
    ticket = read_ticket({key: value for key, value in data.items() if key not in _BESIDE})
    return Example(ticket, _gold(data["gold"], _allowed(packs)))


def _allowed(packs: Packs) -> Mapping[str, Sequence[str]]:
    return {"issue": packs.issue_codes, "sender": packs.senders, "language": (*LANGUAGES, UNKNOWN),
            "marketplace": (*packs.marketplaces, UNKNOWN)}


def _gold(labels: dict[str, Any], allowed: Mapping[str, Sequence[str]]) -> Gold:
    if unknown := labels.keys() - {"issue", "also", *OPTIONAL}:
        raise BadInput(f"gold.{min(unknown)}: there is no such label; there are issue, also, {', '.join(OPTIONAL)}")
    also = labels.get("also", [])
    if not isinstance(also, list):
        raise BadInput(f"gold.also: a list of issue codes, not {type(also).__name__}")
    _check("issue", labels.get("issue"), allowed["issue"])
    for code in also:
        _check("also", code, allowed["issue"])
    given = {label: labels[label] for label in OPTIONAL if labels.get(label) is not None}
    for label, value in given.items():
        _check(label, value, allowed[label])
    return replace(Gold(labels["issue"], tuple(also)), **given)


def _check(label: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise BadInput(f"gold.{label}: {value!r} is not allowed; {did_you_mean(str(value), allowed)}")
