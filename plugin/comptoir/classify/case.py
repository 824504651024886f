"""Case: what a ticket is about, each label with the words that say so."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

UNKNOWN = "unknown"
OTHER = "other"  # the issue that is none of the others

Sender = Literal["buyer", "platform", "carrier", "other", "unknown"]
Stage = Literal["pre_ship", "in_transit", "delivered", "return", "claim", "closed", "unknown"]
Language = Literal["fr", "zh_Hans", "zh_Hant", "en", "unknown"]


class Evidence(NamedTuple):
    """Why a label was given: the span `start:end` of the ticket's own `field`, and the rule that read it."""

    label: str  # "issue=damaged_item", "sender=platform", "fact=order.number" ...
    field: str  # "subject", "text", "html", "from", "to", "tags", "fields.order.number" ...
    start: int  # offset into the original field, not into the normalised text
    end: int
    text: str  # at most 80 characters of the original
    rule: str  # id of the phrase, signal or weight that spoke

    def of(self, label: str) -> Evidence:
        """The same span for another label."""
        return Evidence(label, *self[1:])


@dataclass(frozen=True)
class Case:
    """What a ticket is about. `confidence` is the probability that `issue` is right, 0 to 1."""

    id: str = ""
    language: Language = "unknown"
    marketplace: str = UNKNOWN  # a pack's folder name
    sender: Sender = "unknown"
    issue: str = OTHER  # one of the 31 codes
    also: tuple[str, ...] = ()
    stage: Stage = "unknown"
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    # of the other labels; "issues": that the right issue is `issue` or one of `also`
    confidences: Mapping[str, float] = field(default_factory=dict)
    risks: tuple[str, ...] = ()  # become tags `risk_<what>`: "verify_sender", "regulator_threat" ...

    @property
    def issues(self) -> tuple[str, ...]:
        """The primary issue, then the others."""
        return (self.issue, *self.also)

    @property
    def told(self) -> float:
        """How sure it is that the right issue is among `issues`: what a clock needs, for it runs on any of them."""
        return max(self.confidence, self.confidences.get("issues", 0.0))


def case_json(case: Case) -> dict[str, Any]:
    """The case as JSON-ready values, in the stable shape of docs/reference."""
    return dataclasses.asdict(case) | {"evidence": [one._asdict() for one in case.evidence]}
