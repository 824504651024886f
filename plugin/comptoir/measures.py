"""What "right" is counted in: precision, recall, F1, calibration, coverage. Numbers in, numbers out.

A share of nothing is 0, and its `size` or `support` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

Trusted = tuple[float, bool]  # a confidence, and whether what it was given to was right
BINS = 10


@dataclass(frozen=True)
class Score:
    """How one value of a label did. `support`: how often it is right to say it; `told`: how often it was said."""

    support: int
    told: int
    right: int

    @property
    def precision(self) -> float:
        return share(self.right, self.told)

    @property
    def recall(self) -> float:
        return share(self.right, self.support)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return share(2 * self.right, self.support + self.told)


@dataclass(frozen=True)
class Bin:
    """Those whose confidence lies in one tenth: how many, how sure on average, what share was right."""

    low: float
    size: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Whether a confidence of 0.8 is right eight times in ten. `ece` is the mean distance, weighted by size."""

    bins: tuple[Bin, ...]
    ece: float


@dataclass(frozen=True)
class Coverage:
    """The largest share that can be labelled, the surest first, with at least the wanted precision."""

    share: float
    precision: float
    threshold: float  # the least confidence among them


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def mean(values: Sequence[float]) -> float:
    return share(sum(values), len(values))


def scores(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Score]:
    """(gold, told) pairs -> a score for every value that occurs, in alphabetical order."""
    counted = Counter(pairs)
    support, told = Counter[str](), Counter[str]()
    for (gold, said), count in counted.items():
        support[gold] += count
        told[said] += count
    return {value: Score(support[value], told[value], counted[value, value]) for value in sorted(support | told)}


def macro_f1(found: Mapping[str, Score]) -> float:
    """The mean F1 over the values that occur in the gold, each counting alike however rare."""
    return mean([score.f1 for score in found.values() if score.support])


def calibration(trusted: Sequence[Trusted]) -> Calibration:
    """Ten bins of equal width; a confidence of exactly 1 lies in the last."""
    filled: dict[int, list[Trusted]] = {}
    for one in trusted:
        filled.setdefault(min(BINS - 1, int(one[0] * BINS)), []).append(one)
    bins = tuple(_bin(place / BINS, filled[place]) for place in sorted(filled))
    return Calibration(bins, share(sum(one.size * abs(one.confidence - one.accuracy) for one in bins), len(trusted)))


def _bin(low: float, some: Sequence[Trusted]) -> Bin:
    return Bin(low, len(some), mean([sure for sure, _ in some]), mean([right for _, right in some]))


def coverage(trusted: Sequence[Trusted], wanted: float) -> Coverage:
    """Equal confidences stand or fall together, for a threshold cannot part them."""
    best = Coverage(0.0, 0.0, 1.0)
    size = right = 0
    for confidence, some in groupby(sorted(trusted, reverse=True), key=lambda one: one[0]):
        found = [was_right for _, was_right in some]
        size, right = size + len(found), right + sum(found)
        if right / size >= wanted:
            best = Coverage(size / len(trusted), right / size, confidence)
    return best
