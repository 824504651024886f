"""What a ticket is about: one of 31 codes, the others it also touches, and how sure.

A linear model (model.py) adds up what the words are worth; the phrases that packs know add to that. The most probable
issue is the issue, and those that are not much less so are told beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from comptoir.classify.case import OTHER, Evidence
from comptoir.classify.model import Model, Seen, confidence
from comptoir.classify.parts import Part
from comptoir.classify.weights import because, first_words

ALSO = 0.04  # probability of another issue from which on it is told too
_MOST_ALSO = 2
_UNSAID = 0.6
_VOTE = 0.5  # what one point of a phrase's weight adds to the logarithm of a probability


class Topic(NamedTuple):
    """The issue, the others, how sure, why. `told`: how sure that the right one is among all that are named."""

    issue: str = OTHER
    also: tuple[str, ...] = ()
    confidence: float = 0.0
    told: float = 0.0
    evidence: tuple[Evidence, ...] = ()


def decide(model: Model, seen: Seen, parts: Sequence[Part], votes: Mapping[str, float]) -> Topic:
    """The issue that the words name. `votes`: the weight of the phrases that speak for an issue."""
    head = model.heads["issue"]
    probabilities = model.probabilities(seen, head)
    if votes:
        probabilities = _voted(probabilities, head.labels, votes)
    issue, *also = named(probabilities, head.labels)
    of = dict(zip(head.labels, probabilities, strict=True))
    told = confidence(sum(of[one] for one in (issue, *also)), head.named)
    sure = confidence(of[issue], head.sure)
    evidence = because(model, seen, parts, head, "issue", issue)
    for label in also:
        evidence += because(model, seen, parts, head, "issue", label, 1)
    return Topic(issue, tuple(also), round(sure, 3), round(max(sure, told), 3), evidence)


def unsaid(parts: Sequence[Part]) -> Topic:
    """Where nothing is said: that it is something else is likely, no more."""
    return Topic(OTHER, (), _UNSAID, _UNSAID, first_words(parts, f"issue={OTHER}"))


def named(probabilities: Sequence[float], labels: Sequence[str]) -> list[str]:
    """The issue, then the others that are told with it, the most probable first."""
    both = [*zip(probabilities, labels, strict=True)]
    (_, issue), *others = sorted([one for one in both if one[0] >= ALSO] or [max(both)], reverse=True)
    return [issue, *[label for _, label in others[:_MOST_ALSO] if label != OTHER]]


def _voted(probabilities: Sequence[float], labels: Iterable[str], votes: Mapping[str, float]) -> list[float]:
    raised = [one * math.exp(_VOTE * votes.get(label, 0.0)) for one, label in zip(probabilities, labels, strict=True)]
    whole = sum(raised)
    return [one / whole for one in raised]
