"""run(case, ...) -> the clocks that run, each with its rule, its source and the team's own "act by".

A wrong clock is worse than none: a rule runs only where every condition is known to hold and its start is known, and
not on the word of third parties alone. What would have been needed is listed as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from comptoir.classify.case import Case
from comptoir.clock import Team, end, last_open, parse_duration
from comptoir.rules import Reading, Rule, Value
from comptoir.ticket import Facts

MESSAGE = "message"
#: how sure a start is that the newest message stands in for, because the fact that the rule names is not known
STAND_IN = 0.7
# A date further away than this is a slip of the pen, and no calendar knows its holidays.
_YEARS_IN_SIGHT = 50


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
    readings: tuple[ReadDue, ...] = ()  # the rule's own first, then the others
    risks: tuple[str, ...] = ()

    def overdue(self, now: datetime) -> bool:
        """Past `due`; at the very moment it still counts as in time."""
        # in UTC: two times of one zone compare by their wall clocks, blind to the hour that comes twice
        return now.astimezone(UTC) > self.due.astimezone(UTC)


@dataclass(frozen=True)
class Running:
    """The clocks of a case, the earliest due first, and the facts that further clocks would need."""

    deadlines: tuple[Deadline, ...] = ()
    missing: tuple[str, ...] = ()  # paths, each once


def run(
    case: Case, facts: Facts, rules: Iterable[Rule], *, message_at: datetime | None, now: datetime, team: Team
) -> Running:
    """The clocks that `rules` start for this case.

    `message_at` is when the newest outside message was sent; None when nobody knows. Raises BadSettings for a team
    that is never open.
    """
    deadlines, missing = [], []
    for rule in rules:
        if not (rule.status == "active" and rule.starts and _fits(rule, case, facts)):
            continue
        if unknown := [path for path in rule.applies.facts if facts.get(path) is None]:
            missing += unknown
            continue
        start = _start(rule, facts, message_at, now)
        if start is None:
            missing += [path for path in rule.starts if path != MESSAGE][:1]
        elif (deadline := _deadline(rule, *start, team)) is not None:
            deadlines.append(deadline)
    deadlines.sort(key=lambda deadline: (deadline.due.timestamp(), deadline.rule))
    return Running(tuple(deadlines), tuple(dict.fromkeys(missing)))


def _fits(rule: Rule, case: Case, facts: Facts) -> bool:
    """Whether nothing that is known speaks against the rule."""
    applies = rule.applies
    labels = {"issue": case.issues, "sender": (case.sender,), "stage": (case.stage,)}
    for label in ("issue", "sender", "stage"):
        if (wanted := getattr(applies, label)) and not set(wanted) & set(labels[label]):
            return False
    if any(_holds(facts.get(path), wanted) is False for path, wanted in applies.facts.items()):
        return False
    return not _switched_off(applies.unless, labels, facts)


def _switched_off(unless: Mapping[str, Any], labels: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    for path, wanted in unless.items():
        known = labels[path] if path in labels else (facts.get(path),)
        if any(_holds(one, wanted) for one in known):
            return True
    return False


def _holds(known: object, wanted: object) -> bool | None:
    """Whether a fact has the wanted value, or one of them; None while it is unknown."""
    if known is None:
        return None
    return known in wanted if isinstance(wanted, tuple | list) else known == wanted


def _start(
    rule: Rule, facts: Facts, message_at: datetime | None, now: datetime
) -> tuple[datetime, str, float] | None:
    """When the rule's clock starts, by which event, and how sure that is. The first event that is known."""
    for place, event in enumerate(rule.starts):
        moment = message_at if event == MESSAGE else facts.get(event)
        if isinstance(moment, datetime) and abs(moment.year - now.year) <= _YEARS_IN_SIGHT:
            return moment, event, STAND_IN if event == MESSAGE and place else 1.0
    return None


def _deadline(rule: Rule, start: datetime, event: str, confidence: float, team: Team) -> Deadline | None:
    zone, calendar = rule.zone or team.zone, rule.calendar or team.holidays
    starts = start.astimezone(ZoneInfo(zone))
    value = rule.value_on(starts.date())
    if value is None or value.due is None:
        return None
    readings = tuple(_readings(rule, value, starts, zone, calendar))
    due = min((reading.due for reading in readings if reading.counts), key=datetime.timestamp, default=None)
    if due is None:
        return None
    return Deadline(
        rule.id, rule.code, rule.title, rule.actor, due,
        last_open(team, due) if rule.actor in ("seller", "either") else None,
        starts, event, rule.kind, rule.consequence, str(rule.sources[0]), confidence, readings, rule.risks,
    )


def _readings(rule: Rule, value: Value, starts: datetime, zone: str, calendar: str | None) -> Iterable[ReadDue]:
    own = Reading(value.due or "", source=str(rule.sources[0]), trust=rule.trust)
    for reading in (own, *value.readings):
        due = end(parse_duration(reading.due), starts, zone, calendar)
        yield ReadDue(reading.due, due, reading.why, reading.source, reading.trust != "third_party")
