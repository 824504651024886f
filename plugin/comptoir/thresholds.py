"""How sure a label must be before it counts. Below that it is a guess: no tag, no clock, and a person looks.

A threshold is a probability, 0 to 1, compared with the case's own confidences. A label that is exactly as sure as its
threshold counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comptoir.classify.case import UNKNOWN, Case

#: the issue's threshold where the settings say none: a wrong clock is worse than none
SURE = 0.5
#: the labels that are `unknown` below their threshold; the issue keeps its best guess, which no tag shows
DOUBTABLE = ("sender", "marketplace", "language")


@dataclass(frozen=True)
class Thresholds:
    """The least confidence that counts, by label. 0 leaves it to the classifier, which says `unknown` by itself."""

    issue: float = SURE
    issues: Mapping[str, float] = field(default_factory=dict)  # by issue code, instead of `issue`
    sender: float = 0.0
    marketplace: float = 0.0
    language: float = 0.0

    def of(self, issue: str) -> float:
        """That of one issue code."""
        return self.issues.get(issue, self.issue)

    def settle(self, case: Case) -> Case:
        """The case with every label that is not sure enough made unknown.

        A second issue with a threshold of its own goes too: clocks run on it as on the first.
        """
        doubtful: dict[str, Any] = {label: UNKNOWN for label in DOUBTABLE
                                    if case.confidences.get(label, 0.0) < getattr(self, label)}
        also = tuple(issue for issue in case.also if case.told >= self.issues.get(issue, 0.0))
        return replace(case, also=also, **doubtful) if doubtful or also != case.also else case

    def told(self, case: Case) -> bool:
        """Whether the issue is more than a guess. One that cannot be right at all never is, whatever the threshold."""
        return 0.0 < case.told >= self.of(case.issue)

    def clear(self, case: Case) -> bool:
        """Whether clocks may run on a settled case: else it is for a person. Nobody asks for the language unless it has
        a threshold."""
        return (self.told(case) and UNKNOWN not in (case.marketplace, case.sender)
                and not (self.language and case.language == UNKNOWN))
