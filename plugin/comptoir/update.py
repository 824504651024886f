"""plan(...) -> Update: tags, fields and the note, as a value, diffed against what is on the ticket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from comptoir import note as notes
from comptoir.classify.case import Case
from comptoir.clock import Team
from comptoir.deadlines import OURS, Deadline, Running
from comptoir.labels import SPACES, Said, shown, stray, tag
from comptoir.macros import Macros
from comptoir.reply import Reply, best
from comptoir.rules import Packs
from comptoir.thresholds import Thresholds
from comptoir.ticket import FACT_PATHS, Facts, Ticket

#: the namespaces of our tags: what stands in them and no longer holds is removed, everything else is never touched
OWNED = ("mp_", "issue_", "from_", "lang_", "due_", "clock_", "risk_", "needs_")
OVERDUE = "overdue"  # whole tags of ours, beside the namespaces
NEEDS_HUMAN = "needs_human"
DUE_SOON = "due_soon"  # as `risk_due_soon`
SOON = timedelta(hours=4)  # before `act_by`, so that somebody who is there still has a while
_USUAL = Thresholds()
_NOTHING_SAID = Said()


@dataclass(frozen=True)
class Note:
    """An internal note. `fingerprint` stands in its last line and says whether the ticket has it already."""

    html: str
    fingerprint: str


@dataclass(frozen=True)
class Update:
    """Everything that will be written to a ticket, before it is written. Only what differs from the ticket."""

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # our names, as in Desk.fields
    note: Note | None = None

    def __bool__(self) -> bool:
        return bool(self.add_tags or self.remove_tags or self.fields or self.note)


def plan(
    ticket: Ticket, case: Case, facts: Facts, running: Running, replies: tuple[Reply, ...], *,
    macros: Macros, packs: Packs, agent_locale: str, team: Team, now: datetime,
    fields: Collection[str] = (), thresholds: Thresholds = _USUAL, said: Said = _NOTHING_SAID,
) -> Update:
    """What to write to the ticket; false when there is nothing.

    `fields` are the names this desk maps, beside those the ticket already shows. A label below its threshold gets no
    tag, and the ticket no clock: a wrong one is worse than none, so a ticket of an unknown marketplace or sender gets
    none either. `said` is what agents say, which `case` follows already: tags of theirs stay, and fields that were ours
    follow. A closed ticket is left alone; a solved one keeps its labels and loses its clocks, without
    a note.
    """
    if ticket.status in ("closed", "deleted"):
        return Update()
    solved = ticket.status == "solved"
    case = thresholds.settle(case)
    clear, labels = thresholds.clear(case), shown(case, thresholds)
    clocks = running.deadlines if clear and not solved else ()
    wanted = {*(tag(SPACES[label], value) for label, value in labels.items()),
              *(tag("risk", risk) for risk in case.risks)}
    if not solved:
        wanted |= {*_clock_tags(clocks, now), *_duty_tags(running), *_lacking(running)} if clear else {NEEDS_HUMAN}
    here = set(ticket.tags)
    laid = None if solved else notes.page(
        ticket, case, facts, running, replies, macros=macros, packs=packs, agent_locale=agent_locale, team=team,
        now=now, sure=clear,
    )
    return Update(
        add_tags=tuple(sorted(wanted - here)),
        remove_tags=tuple(sorted(
            found for found in here - wanted - said.kept
            if owned(found) and (found in said.ours or not stray(found, packs)))),
        fields=dict(_fields(ticket, labels, facts, _first(clocks), replies, {*fields, *ticket.fields}, said)),
        note=None if laid is None or _noted(ticket, laid.fingerprint)
        else Note(notes.html(laid, macros, agent_locale), laid.fingerprint),
    )


def turns(deadline: Deadline) -> tuple[datetime, datetime]:
    """When time alone changes what the tags say of a deadline of ours: it is due soon; it is overdue.

    Where the team is not there before it ends, it is due soon from its start.
    """
    soon = deadline.act_by - SOON if deadline.act_by else deadline.starts
    return soon, deadline.due + timedelta(seconds=1)


def owned(found: str) -> bool:
    """Whether a tag stands in a namespace of Comptoir's."""
    return found == OVERDUE or found.startswith(OWNED)


def _clock_tags(clocks: tuple[Deadline, ...], now: datetime) -> Iterator[str]:
    ours = [deadline for deadline in clocks if deadline.actor in OURS]
    yield from (tag("clock", deadline.code) for deadline in ours)
    yield from (tag("risk", risk) for deadline in ours for risk in deadline.risks)
    if first := _first(clocks):
        yield tag("due", f"{first.due:%Y%m%d}")
    if any(turns(deadline)[0] <= now and not deadline.overdue(now) for deadline in ours):
        yield tag("risk", DUE_SOON)
    if any(deadline.overdue(now) for deadline in ours):
        yield OVERDUE


def _duty_tags(running: Running) -> Iterator[str]:
    return (tag("risk", risk) for duty in running.duties if duty.trust != "third_party" for risk in duty.risks)


def _lacking(running: Running) -> Iterator[str]:
    return (tag("needs", path.replace(".", "_")) for path in running.missing)


def _first(clocks: tuple[Deadline, ...]) -> Deadline | None:
    """The earliest deadline that is ours to meet. The team's own goals count only where nothing else runs."""
    ours = (deadline for deadline in clocks if deadline.actor in OURS)
    return min(ours, key=lambda one: (one.kind == "team", one.due), default=None)


def _fields(
    ticket: Ticket, labels: Mapping[str, str], facts: Facts, first: Deadline | None, replies: tuple[Reply, ...],
    mapped: Collection[str], said: Said,
) -> Iterator[tuple[str, str]]:
    """Mapped fields that differ. A label that somebody else put there stays: ours is the one the tags agree with.

    `deadline` (the moment that `due` is the day of) and `reply` (the title of the best one) are for reading beside the
    ticket; nobody else writes them.
    """
    shown = {
        "deadline": first.due.isoformat(timespec="minutes") if first else "",
        "reply": sent.title if (sent := best(replies)) else "",
    }
    yield from ((name, value) for name, value in shown.items()
                if name in mapped and value != str(ticket.fields.get(name) or ""))
    ours = {
        "marketplace": ("mp_", labels.get("marketplace", "")),
        "issue": ("issue_", labels.get("issue", "")),
        "language": ("lang_", labels.get("language", "")),
        "due": ("due_", f"{first.due:%Y-%m-%d}" if first else ""),
    }
    for name, (space, value) in ours.items():
        here = str(ticket.fields.get(name) or "")
        as_tag = tag(space.rstrip("_"), here.replace("-", "") if name == "due" else here)
        written_by_us = as_tag in ticket.tags or as_tag in said.ours
        if name in mapped and value != here and (not here or written_by_us) and (value or name == "due"):
            yield name, value
    # moments are not written: a date field would lose the hour, and the clock would start at another time
    for path in FACT_PATHS:
        value_found = facts.get(path)
        if path in mapped and not ticket.fields.get(path) and isinstance(value_found, str | bool | Decimal):
            yield path, str(value_found).lower() if isinstance(value_found, bool) else str(value_found)


def _noted(ticket: Ticket, fingerprint: str) -> bool:
    return any(fingerprint in message.text or fingerprint in message.html
               for message in ticket.messages if not message.public)
