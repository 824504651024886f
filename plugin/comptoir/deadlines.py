"""run(case, ...) -> the clocks that run, each with its rule, its source and the team's own "act by".

A wrong clock is worse than none: a rule runs only where every condition is known to hold and its start is known, and
not on the word of third parties alone. What would have been needed is listed as missing; what only third parties say,
and clocks that are off, are hints.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from comptoir.classify.case import Case
from comptoir.clock import Team, end, last_open, parse_duration
from comptoir.duties import Duty, duties, fits, opened
from comptoir.rules import Reading, Rule, Value
from comptoir.ticket import Facts

MESSAGE = "message"
#: whose clocks ask the team to act
OURS = ("seller", "either")
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
    # the last moment the team is open before `due`; None where somebody else must act, or nobody is there in between
    act_by: datetime | None
    starts: datetime
    start_event: str  # the fact's path, or "message"
    kind: Literal["platform", "law", "team"]
    consequence: str
    source: str  # "RAK-65, Guide ..." or an address
    confidence: float  # of the start: 1 from a fact, less from the message
    readings: tuple[ReadDue, ...] = ()  # the rule's own first, then the others
    risks: tuple[str, ...] = ()
    url: str = ""  # where a source can be opened; "" for a row of the guides, see docs/reference/guides.md
    opens: str = ""  # the source that `url` opens; not always the one in `source`

    @property
    def unattended(self) -> bool:
        """Ours to keep, and the team is not there once between its start and its end."""
        return self.act_by is None and self.actor in OURS

    def overdue(self, now: datetime) -> bool:
        """Past `due`; at the very moment it still counts as in time."""
        # in UTC: two times of one zone compare by their wall clocks, blind to the hour that comes twice
        return now.astimezone(UTC) > self.due.astimezone(UTC)


@dataclass(frozen=True)
class Hint:
    """A clock that may hold and makes no deadline: only third parties know it, or its pack keeps it off."""

    rule: str  # "aliexpress.dispute_earliest"
    title: str  # English message id
    says: str  # the duration, as the rule writes it
    due: datetime | None  # only where the start is not what is doubtful
    source: str
    trust: str


@dataclass(frozen=True)
class Running:
    """The clocks of a case, the earliest due first, and the facts that further clocks would need."""

    deadlines: tuple[Deadline, ...] = ()
    missing: tuple[str, ...] = ()  # paths, each once
    hints: tuple[Hint, ...] = ()
    duties: tuple[Duty, ...] = ()  # what brings a risk first, then what has a consequence, then the others


def run(
    case: Case, facts: Facts, rules: Sequence[Rule], *, message_at: datetime | None, now: datetime, team: Team
) -> Running:
    """The clocks that `rules` start for this case, and the limits and duties among them that hold on the day of `now`.

    `message_at` is when the newest outside message was sent; None when nobody knows. Rules that are off can be among
    `rules`: they become hints. Raises BadSettings for a team that is never open.
    """
    deadlines, missing, hints = [], [], []
    for rule in rules:
        if rule.status == "superseded" or not (rule.starts and fits(rule, case, facts)):
            continue
        if (hint := _hint(rule, facts, message_at, now, team)) is not None:
            hints.append(hint)
        if hint or rule.status != "active":
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
    held = duties(case, facts, rules, now.date())
    return Running(tuple(deadlines), tuple(dict.fromkeys(missing)), tuple(hints), held)


def _hint(rule: Rule, facts: Facts, message_at: datetime | None, now: datetime, team: Team) -> Hint | None:
    """What is only shown of a clock; None for one that makes deadlines."""
    found = _start(rule, facts, message_at, now)
    zone = rule.zone or team.zone
    value = rule.value_on((found[0] if found else now).astimezone(ZoneInfo(zone)).date())
    if value is None or value.due is None:
        return None
    doubted = rule.trust == "third_party" and all(reading.trust == "third_party" for reading in value.readings)
    if not doubted and rule.status == "active":
        return None
    start = found[0].astimezone(ZoneInfo(zone)) if found and rule.trust == "third_party" else None
    due = end(parse_duration(value.due), start, zone, rule.calendar or team.holidays) if start else None
    return Hint(rule.id, rule.title, value.due, due, str(rule.sources[0]), rule.trust)


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
        _act_by(team, starts, due) if rule.actor in OURS else None,
        starts, event, rule.kind, rule.consequence, str(rule.sources[0]), confidence, readings, rule.risks,
        *opened(rule),
    )


def _act_by(team: Team, starts: datetime, due: datetime) -> datetime | None:
    moment = last_open(team, due)
    return moment if moment.astimezone(UTC) > starts.astimezone(UTC) else None


def _readings(rule: Rule, value: Value, starts: datetime, zone: str, calendar: str | None) -> Iterable[ReadDue]:
    own = Reading(value.due or "", source=str(rule.sources[0]), trust=rule.trust)
    for reading in (own, *value.readings):
        due = end(parse_duration(reading.due), starts, zone, calendar)
        yield ReadDue(reading.due, due, reading.why, reading.source, reading.trust != "third_party")
