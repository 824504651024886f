"""What is wrong between the files of packs, each sound by itself: a checklist and its pieces, lint and its rules.

Told at the line of the file that is to be mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from comptoir.duration import parse_duration
from comptoir.errors import Fault
from comptoir.pack import Forbidden, Pack, Value
from comptoir.yamlfile import Where, did_you_mean, read

BUYER = "buyer"
#: how many of a unit one of another is; what is not here cannot be compared
_IN = {("hour", "days"): (1, 24), ("calendar day", "days"): (1, 1), ("business day", "days"): (1, 1),
       ("week", "days"): (7, 1), ("hour", "hours"): (1, 1), ("month", "months"): (1, 1), ("year", "months"): (12, 1),
       ("year", "years"): (1, 1)}


@dataclass(frozen=True)
class Held:
    """A pack with all packs that hold for it, itself first."""

    pack: Pack
    parts: tuple[Pack, ...]

    @property
    def codes(self) -> set[str]:
        """The codes of the active rules that hold."""
        return {rule.code for part in self.parts for rule in part.rules if rule.status == "active"}


def between(held: Held) -> Iterator[Fault]:
    """The faults of one pack beside those that it includes."""
    if held.pack.issues:
        document = read(held.pack.folder / "issues.yaml")
        yield from (document.fault(where, message) for where, message in _checklists(held))
    if held.pack.lint:
        document = read(held.pack.folder / "lint.yaml")
        yield from (document.fault(where, message) for where, message in _lint(held))


def in_unit(value: Value, unit: str) -> float | None:
    """What a rule says, counted in `unit`; None where that is another kind of thing."""
    if value.due is None:
        return float(value.value) if value.value is not None and value.unit == unit else None
    duration = parse_duration(value.due)
    times, parts = _IN.get((duration.unit, unit), (0, 1))
    return duration.amount * times / parts or None


def _checklists(held: Held) -> Iterator[tuple[Where, str]]:
    pieces = {id: piece for part in reversed(held.parts) for id, piece in part.evidence.items()}
    for issue, facts in held.pack.issues.items():
        for place, line in enumerate(facts.checklist):
            where = (issue, "checklist", place)
            piece = pieces.get(line.id)
            if piece is None:
                yield where, f"there is no piece of evidence {line.id!r}; {did_you_mean(line.id, sorted(pieces))}"
            elif (line.from_ or piece.from_) == BUYER and (rules := held.codes & set(piece.not_asked.rules)):
                yield where, (f"{line.id} may not be asked of a buyer here, by the rule {', '.join(sorted(rules))}; "
                              "take it away, or say `from: warehouse`")


def _lint(held: Held) -> Iterator[tuple[Where, str]]:
    for code, entry in held.pack.lint.items():
        for key in ("above", "below"):
            if getattr(entry, key):
                yield from (((code, key), message) for message in _compared(entry, getattr(entry, key), held))
        if entry.domains and not all("(?P<host>" in pattern for pattern in entry.patterns):
            yield (code, "domains"), "which part of the words is the domain? Put it in (?P<host>...)"


def _compared(entry: Forbidden, code: str, held: Held) -> Iterator[str]:
    rules = {rule.code: rule for part in held.parts for rule in part.rules if rule.status == "active"}
    if code not in rules:
        yield f"no active rule {code!r} holds here; {did_you_mean(code, sorted(rules))}"
    elif entry.unit is None:
        yield "a number is compared in a unit; give `unit`, as in percent or days"
    elif any(in_unit(value, entry.unit) is None for value in rules[code].values) or not rules[code].values:
        yield f"what {code} says cannot be counted in {entry.unit}"
    if not all("(?P<number>" in pattern for pattern in entry.patterns):
        yield "which part of the words is the number? Put it in (?P<number>...)"
