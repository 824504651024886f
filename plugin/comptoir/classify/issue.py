"""What a ticket is about: one of 31 codes, the others it also touches, and how sure.

Phrases vote. Of phrases that overlap, the longer one speaks: "not received the right item" is no lost parcel. Where
several issues are left, decided ties (data/ties.yaml) come first, then the order of packs/common/taxonomy.yaml.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from comptoir import yamlfile
from comptoir.classify.case import Evidence
from comptoir.classify.matching import Match
from comptoir.classify.parts import Part
from comptoir.rules import ISSUES

OTHER = "other"
#: share of the best score that an issue needs to be a candidate, and to be told as well
CLOSE, ALSO = 0.75, 0.4
_OUTWEIGHS = 0.7  # share of a shorter phrase's weight that a longer one around it needs to silence it
_LEAST = 2.0  # a score below this names no issue
_THANKS = 0.6  # what `other` counts beside an issue: people who complain say thank you too
_FADE = (1.0, 0.25, 0.1)  # what the best, second and third phrase of one issue count
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


@dataclass(frozen=True)
class Topic:
    """The issue, the others, how sure, why. `told`: how sure that the right one is among all that are named."""

    issue: str = OTHER
    also: tuple[str, ...] = ()
    confidence: float = 0.0
    told: float = 0.0
    evidence: tuple[Evidence, ...] = ()


def decide(spoken: Iterable[Spoken], sender: str) -> Topic:
    """The issue that the words of this sender name."""
    heard = [one for one in spoken if _counts(one, sender)]
    by_label = group(unabsorbed(heard), "issue")
    scores = {label: score(found) * (_THANKS if label == OTHER else 1.0) for label, found in by_label.items()}
    best = max(scores.values(), default=0.0)
    if best < _LEAST:
        unsaid = round(0.35 + 0.25 * (best == 0.0), 3)
        return Topic(confidence=unsaid, told=unsaid, evidence=_evidence(by_label, scores)[:1])
    close, near = max(_LEAST, best * CLOSE), max(_LEAST, best * ALSO)
    primary = _first([issue for issue in ISSUES if issue in scores and scores[issue] >= close])
    also = [issue for issue in sorted(scores, key=lambda name: -scores[name])
            if issue not in (primary, OTHER) and scores[issue] >= near][:3]
    wanted = {name: scores[name] for name in (primary, *also)}
    sure = _sure(scores[primary], max((value for issue, value in scores.items() if issue != primary), default=0.0))
    told = _sure(best, max((value for issue, value in scores.items() if issue not in wanted), default=0.0))
    return Topic(primary, tuple(also), sure, max(sure, told), _evidence(by_label, wanted))


def _counts(one: Spoken, sender: str) -> bool:
    when = one.match.phrase.when
    speaks = not when or (sender in ("platform", "unknown") if when == "platform" else sender != "platform")
    return speaks and not one.match.negated


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


def _first(candidates: Sequence[str]) -> str:
    """The issue among candidates in the order of the taxonomy: none of the others is decided to go before it."""
    for issue in candidates:
        if not any(issue in _ties().get(other, ()) for other in candidates if other != issue):
            return issue
    return candidates[0]


@cache
def _ties() -> Mapping[str, frozenset[str]]:
    data = yamlfile.read(files("comptoir") / "classify" / "data" / "ties.yaml").data
    return {tie["first"]: frozenset(tie["over"]) for tie in data}


def _evidence(found: Mapping[str, list[Spoken]], wanted: Mapping[str, float]) -> tuple[Evidence, ...]:
    """Up to three spans a label."""
    return tuple(one.evidence() for label in wanted for one in found.get(label, ())[:3])


def _sure(score: float, rival: float) -> float:
    """A logistic curve over how much was said, and how far behind the next issue is (docs/why/classifier.md)."""
    return round(1 / (1 + math.exp(-(-1.2 + 0.35 * min(score, 8.0) + 0.5 * min(score - rival, 4.0)))), 3)
