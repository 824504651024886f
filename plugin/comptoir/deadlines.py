"""deadlines(case, ...) -> the clocks that run, each with its rule, its source and the team's own "act by"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class ReadDue:
    """One reading of a rule, worked out: shown beside the deadline so that nobody has to trust ours."""

    says: str  # the duration, as the rule writes it
    due: datetime
    why: str = ""
    source: str = ""
    counts: bool = True  # False: shown only


@dataclass(frozen=True)
class Deadline:
    """One clock of a case. All times are aware, in the rule's zone; `act_by` is in the team's."""

    rule: str  # "rakuten_fr.support_reply"
    code: str  # "support_reply", for the tag `clock_support_reply`
    title: str  # English message id
    actor: str
    due: datetime
    act_by: datetime | None  # the last moment the team is open before `due`; None where somebody else must act
    starts: datetime
    start_event: str  # the fact's path, or "message"
    kind: Literal["platform", "law", "team"]
    consequence: str
    source: str  # "RAK-65, Guide ..." or an address
    confidence: float  # of the start: 1 from a fact, less from the message
    readings: tuple[ReadDue, ...] = ()
    risks: tuple[str, ...] = ()

    def overdue(self, now: datetime) -> bool:
        """Past `due`; at the very moment it still counts as in time."""
        return now > self.due
