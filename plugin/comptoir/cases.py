"""Runs the cases that stand beside a pack's rules: a rule is not done before a case tries it.

A case gives labels, or a ticket that is read and classified for real, and says what must come out. What does not
is a fault at the line of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import cast

from comptoir.casefile import Expected, Labels, PackCase, read_cases
from comptoir.classify.case import Case, Sender, Stage
from comptoir.clock import Team
from comptoir.deadlines import Running, run
from comptoir.duties import holding
from comptoir.errors import BadInput, BadPack, Fault
from comptoir.rules import Packs, reach
from comptoir.ticket import Facts, Ticket, read_ticket
from comptoir.yamlfile import Where, did_you_mean

Classify = Callable[[Ticket], tuple[Case, Facts]]
Slip = tuple[Where, str]  # where in the case, what

_LABELS = ("marketplace", "issue", "also", "sender", "language", "stage")
# Cases say when a clock runs out, never when somebody's team is open.
_TEAM = Team()


def run_cases(packs: Packs, classify: Classify) -> list[Fault]:
    """Every case of every pack; the faults, each at its line. A cases.yaml that cannot be read is faults too."""
    faults: list[Fault] = []
    for pack in packs.packs.values():
        try:
            cases, document = read_cases(pack)
        except BadPack as error:
            faults += error.faults
            continue
        for number, case in enumerate(cases):
            for where, message in run_case(case, pack.id, packs, classify):
                if document:
                    faults.append(document.fault((number, *where), f"{case.name}: {message}"))
    return faults


def run_case(case: PackCase, pack: str, packs: Packs, classify: Classify) -> list[Slip]:
    """What is not as the case of `pack` expects, each with its place in the case; nothing when all is well."""
    if (case.case is None) == (case.ticket is None):
        return [((), "a case has either `case`, with given labels, or `ticket`, to be classified")]
    if case.expect == Expected():
        return [(("expect",), "a case that expects nothing proves nothing; name a `due`, something `absent` ...")]
    if case.ticket is not None and (case.sent_at or case.facts != Facts()):
        return [(("ticket",), "with `ticket`, `sent_at` and `facts` stand inside it")]
    try:
        read, facts, sent_at = _given(case, pack) if case.ticket is None else _read(case, classify)
    except BadInput as error:
        return [(("ticket",), str(error))]
    rules = packs.rules_for(read.marketplace)
    resting = packs.resting_for(read.marketplace)
    running = run(read, facts, (*rules, *resting), message_at=sent_at, now=case.now, team=_TEAM)
    holds = {rule.code for rule in holding(read, facts, rules, case.now.date())}
    codes = [rule.code for part in reach(packs.packs, pack) for rule in packs.packs[part].rules]
    return [*_wrong_labels(case, read), *_wrong_names(case, codes), *_wrong_clocks(case, running),
            *_wrong_rules(case, holds, running)]


def _given(case: PackCase, pack: str) -> tuple[Case, Facts, datetime | None]:
    labels = case.case or Labels()
    # the shape of cases.yaml has checked both words against the taxonomy
    sender, stage = cast(Sender, labels.sender), cast(Stage, labels.stage)
    given = Case(marketplace=pack, issue=labels.issue, also=labels.also, sender=sender, stage=stage)
    return given, case.facts, case.sent_at


def _read(case: PackCase, classify: Classify) -> tuple[Case, Facts, datetime | None]:
    ticket = read_ticket(dict(case.ticket or {}))
    read, facts = classify(ticket)
    newest = ticket.newest
    return read, facts, (newest.sent_at if newest else None) or ticket.created_at


def _wrong_labels(case: PackCase, read: Case) -> Iterator[Slip]:
    for label in _LABELS:
        expected, got = getattr(case.expect, label), getattr(read, label)
        if expected is not None and expected != got:
            yield ("expect", label), f"{label} is {_said(got)}, expected {_said(expected)}"


def _wrong_names(case: PackCase, codes: list[str]) -> Iterator[Slip]:
    """A code that no rule has would be absent for ever, and prove nothing."""
    for key in ("due", "absent", "overdue", "holds", "silent", "hints"):
        for code in getattr(case.expect, key) or ():
            if code not in codes:
                yield ("expect", key), f"no rule {code!r} holds for this pack; {did_you_mean(code, codes)}"


def _wrong_clocks(case: PackCase, running: Running) -> Iterator[Slip]:
    clocks = {deadline.code: deadline for deadline in running.deadlines}
    for code, due in case.expect.due.items():
        if code not in clocks:
            yield ("expect", "due", code), f"{code} does not run; running: {_said(tuple(clocks))}, missing: " \
                                           f"{_said(running.missing)}"
        elif clocks[code].due.timestamp() != due.timestamp():
            yield ("expect", "due", code), f"{code} is due {clocks[code].due.isoformat()}, expected {due.isoformat()}"
    for code in case.expect.absent:
        if code in clocks:
            yield ("expect", "absent"), f"{code} runs until {clocks[code].due.isoformat()}, expected not to run"
    overdue = {code for code, deadline in clocks.items() if deadline.overdue(case.now)}
    if case.expect.overdue is not None and overdue != set(case.expect.overdue):
        yield ("expect", "overdue"), f"overdue: {_said(tuple(sorted(overdue)))}, expected {_said(case.expect.overdue)}"
    for path in case.expect.missing:
        if path not in running.missing:
            yield ("expect", "missing"), f"{path} is not missing; missing: {_said(running.missing)}"


def _wrong_rules(case: PackCase, holds: set[str], running: Running) -> Iterator[Slip]:
    for code in case.expect.holds:
        if code not in holds:
            yield ("expect", "holds"), f"{code} does not hold; holding: {_said(tuple(sorted(holds)))}"
    for code in case.expect.silent:
        if code in holds:
            yield ("expect", "silent"), f"{code} holds, expected not to"
    hints = {hint.rule.partition(".")[2] for hint in running.hints}
    if case.expect.hints is not None and hints != set(case.expect.hints):
        yield ("expect", "hints"), f"hints: {_said(tuple(sorted(hints)))}, expected {_said(case.expect.hints)}"


def _said(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value) or "nothing"
