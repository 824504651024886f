"""checklist(...): the evidence a case needs, whose it is, what the ticket already holds, what may still be asked for.

A file cannot say what it shows. So each file of the right kind is one piece of the checklist, in its order, and only
of those who could have sent it: from outside comes what the buyer (or whoever writes) has, from an agent all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from comptoir.checklist import CheckLine, Piece
from comptoir.classify.case import UNKNOWN, Case
from comptoir.crosscheck import BUYER
from comptoir.pack import Rule, Value
from comptoir.rules import Packs, reach
from comptoir.ticket import Attachment, Facts, Ticket

IMAGE_LEAST = 10_000  # bytes; smaller pictures are logos and smileys of a signature. 0 is a size nobody told
_MB = 1_000_000  # no marketplace says which MB it means: what is ticked has to be within the smaller one too
_KINDS = {"image": "image/", "video": "video/", "pdf": "application/pdf", "any": ""}


@dataclass(frozen=True)
class Item:
    """One line of a case's checklist."""

    id: str
    provider: str  # who has it: buyer, seller, warehouse, carrier, supplier, platform
    there: bool  # the ticket holds it
    ask: bool  # the buyer has it, it is not there, and it may be asked for
    limits: tuple[Value, ...] = ()  # what the marketplace's rules say about the files


def checklist(ticket: Ticket, case: Case, facts: Facts, packs: Packs, issue: str = "") -> tuple[Item, ...]:
    """What an answer on `issue` needs, the case's own by default, in the order of its checklist.

    The nearest pack that has a checklist for the issue gives it: the marketplace's own, an included one, the common.
    What may not be asked of this buyer and only the buyer has is no part of it.
    """
    pieces = _pieces(packs, case.marketplace)
    rules = {rule.code: rule for rule in packs.rules_for(case.marketplace)}
    lines = [
        (line, pieces[line.id], line.from_ or pieces[line.id].from_)
        for line in _lines(packs, case.marketplace, issue or case.issue)
        if line.id in pieces and _fits(line, case, facts)
    ]
    wanted = [one for one in lines if one[2] != BUYER or may_ask(one[1], rules, case.language)]
    found = _found(ticket, case, facts, wanted, rules)
    return tuple(
        Item(line.id, provider, line.id in found, provider == BUYER and line.id not in found, _limits(piece, rules))
        for line, piece, provider in wanted if not piece.limits or _limits(piece, rules)
    )


def asked(items: Iterable[Item]) -> tuple[str, ...]:
    """The ids of what the buyer is still to be asked for."""
    return tuple(item.id for item in items if item.ask)


def may_ask(piece: Piece, rules: Iterable[str], language: str = UNKNOWN) -> bool:
    """Whether a buyer who writes in `language` may be asked for a piece where the rules of these codes hold."""
    return not set(piece.not_asked.rules) & set(rules) and language not in piece.not_asked.languages


def barred(case: Case, packs: Packs) -> tuple[Rule, ...]:
    """The rules by which something may not be asked of this buyer, for the issues they are about."""
    codes = {code for piece in _pieces(packs, case.marketplace).values() for code in piece.not_asked.rules}
    return tuple(
        rule for rule in packs.rules_for(case.marketplace)
        if rule.code in codes and (not rule.applies.issue or set(rule.applies.issue) & set(case.issues))
    )


def _pieces(packs: Packs, marketplace: str) -> dict[str, Piece]:
    """Every piece that is known there; the marketplace's own before the included and the common."""
    parts = reversed(reach(packs.packs, marketplace))
    return {id: piece for part in parts for id, piece in packs.packs[part].evidence.items()}


def _lines(packs: Packs, marketplace: str, issue: str) -> tuple[CheckLine, ...]:
    known = (packs.packs[part].issues.get(issue) for part in reach(packs.packs, marketplace))
    return next((facts.checklist for facts in known if facts and facts.checklist), ())


def _fits(line: CheckLine, case: Case, facts: Facts) -> bool:
    if line.stage and case.stage not in (*line.stage, UNKNOWN):
        return False
    labels = {"issue": case.issues, "sender": (case.sender,), "stage": (case.stage,)}
    return not any(
        set(labels.get(path) or (facts.get(path),)) & set(needless if isinstance(needless, tuple) else (needless,))
        for path, needless in line.unless.items()
    )


def _found(
    ticket: Ticket, case: Case, facts: Facts, lines: Sequence[tuple[CheckLine, Piece, str]], rules: dict[str, Rule]
) -> set[str]:
    """The ids of what is there: known facts, and files, each for one piece; those that take any file come last."""
    outside = [file for message in ticket.messages for file in message.attachments if message.author == "buyer"]
    inside = [file for message in ticket.messages for file in message.attachments if message.author != "buyer"]
    found = {line.id for line, piece, _ in lines if piece.fact and facts.get(piece.fact) is not None}
    found |= {line.id for line, piece, _ in lines if inside and piece.limits and all(_kept(piece, rules, inside))}
    for line, piece, provider in sorted(lines, key=lambda one: one[1].attachment == "any"):
        files = outside if provider in (BUYER, case.sender) else inside
        if line.id not in found and (file := next((file for file in files if _shows(file, piece)), None)):
            files.remove(file)
            found.add(line.id)
    return found


def _shows(file: Attachment, piece: Piece) -> bool:
    if piece.attachment is None or not file.content_type.lower().startswith(_KINDS[piece.attachment]):
        return False
    return not file.content_type.lower().startswith("image/") or not 0 < file.size < IMAGE_LEAST


def _limits(piece: Piece, rules: dict[str, Rule]) -> tuple[Value, ...]:
    """What the rules that hold here say; their newest word."""
    return tuple(
        max(rule.values, key=lambda value: value.since)
        for code in piece.limits if (rule := rules.get(code)) and rule.values
    )


def _kept(piece: Piece, rules: dict[str, Rule], files: list[Attachment]) -> Iterator[bool]:
    for limit in _limits(piece, rules):
        if limit.value is not None and limit.unit == "files":
            yield len(files) <= limit.value
        if limit.value is not None and limit.unit == "MB":
            yield all(file.size <= limit.value * _MB for file in files)
