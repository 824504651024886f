"""Phrases that were found, and what they are worth together.

Of phrases that overlap, the longer one speaks: "not received the right item" is no lost parcel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from comptoir.classify.case import Evidence
from comptoir.classify.matching import Match
from comptoir.classify.parts import Part

_OUTWEIGHS = 0.7  # share of a shorter phrase's weight that a longer one around it needs to silence it
_FADE = (1.0, 0.25, 0.1)  # what the best, second and third phrase of one label count
_SUBJECT = 0.8  # subjects are often the helpdesk's or the form's


class Spoken(NamedTuple):
    """A match, and the part of the ticket it was found in."""

    part: Part
    match: Match

    @property
    def weight(self) -> float:
        return self.match.phrase.weight * (_SUBJECT if self.part.field == "subject" else 1.0)

    def evidence(self) -> Evidence:
        phrase = self.match.phrase
        return self.part.evidence(phrase.label, self.match.a, self.match.b, phrase.rule)


def unabsorbed(heard: Iterable[Spoken]) -> list[Spoken]:
    """Without those that stand inside a longer match of another label of their kind, or inside an ignored phrase."""
    left: list[Spoken] = []
    around: list[Spoken] = []  # what began before and may reach over the next one
    for one in sorted(heard, key=_outermost_first):
        around = [other for other in around if other.match.b > one.match.a and other.part is one.part]
        if one.match.phrase.label and not any(_absorbs(other.match, one.match) for other in around):
            left.append(one)
        around.append(one)
    return left


def _outermost_first(one: Spoken) -> tuple[str, int, int, int]:
    return one.part.field, one.match.a, -one.match.b, -len(one.match.phrase.steps)


def _absorbs(long: Match, short: Match) -> bool:
    """`long` does not begin after `short`."""
    if long.b < short.b or long.phrase.label == short.phrase.label:
        return False
    if not long.phrase.label:
        return True
    if long.phrase.kind != short.phrase.kind or long.phrase.weight < short.phrase.weight * _OUTWEIGHS:
        return False
    return (long.b - long.a, len(long.phrase.steps)) > (short.b - short.a, len(short.phrase.steps))


def group(heard: Iterable[Spoken], wanted: str) -> Mapping[str, list[Spoken]]:
    """Matches of one kind, by label value, the heaviest first."""
    found: dict[str, list[Spoken]] = defaultdict(list)
    for one in heard:
        if one.match.phrase.kind == wanted:
            found[one.match.phrase.label.partition("=")[2]].append(one)
    for matches in found.values():
        matches.sort(key=lambda one: (-one.weight, one.match.a))
    return found


def score(matches: Sequence[Spoken]) -> float:
    """What matches of one label are worth together. Words that were counted once do not count again."""
    taken: list[Spoken] = []
    for one in matches:
        if len(taken) == len(_FADE):
            break
        if not any(_overlap(one, other) for other in taken):
            taken.append(one)
    return sum(one.weight * fade for one, fade in zip(taken, _FADE, strict=False))


def _overlap(one: Spoken, other: Spoken) -> bool:
    return one.part is other.part and one.match.a < other.match.b and other.match.a < one.match.b
