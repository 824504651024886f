"""How right the classifier is on messages whose labels are known. docs/why/classifier.md defines every figure.

    judged = Judged(example, case)           # a message's gold (gold.py) beside what was read
    report = measure(all_judged, codes)      # every figure, over all and by language
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from comptoir import measures
from comptoir.classify.case import UNKNOWN, Case
from comptoir.gold import LANGUAGES, OPTIONAL, Example, Gold
from comptoir.measures import Calibration, Coverage, Score, Trusted, mean, share

#: the precision at which coverage is asked for
PRECISION = 0.98


@dataclass(frozen=True)
class Judged:
    """What ought to be read, and what was."""

    example: Example
    case: Case

    @property
    def gold(self) -> Gold:
        return self.example.gold

    @property
    def right(self) -> bool:
        """The issue is the gold's."""
        return self.case.issue == self.gold.issue

    @property
    def named(self) -> bool:
        """The gold's issue is the issue or one of `also`."""
        return self.gold.issue in self.case.issues

    @property
    def agreed(self) -> bool:
        """The issue is the gold's, or one that the gold names beside it."""
        return self.case.issue in (self.gold.issue, *self.gold.also)

    def pair(self, label: str) -> tuple[str, str] | None:
        """(gold, told) of a label; None where the gold does not say."""
        gold = getattr(self.gold, label)
        return None if gold is None else (gold, getattr(self.case, label))


#: name -> (the confidence, whether what it speaks of is right)
TRUSTS: Mapping[str, Callable[[Judged], Trusted]] = {
    "issue": lambda one: (one.case.confidence, one.right),
    "issue or also": lambda one: (one.case.told, one.named),
    "issue or also, by the issue's confidence": lambda one: (one.case.confidence, one.named),
}


@dataclass(frozen=True)
class Slice:
    """All figures over some messages."""

    size: int
    labels: Mapping[str, Mapping[str, Score]]  # "issue", "language", "sender", "marketplace" -> value -> score
    named: float  # share whose gold issue is the issue or one of `also`
    agreed: float  # share whose issue is the gold's or one of the gold's `also`
    known_marketplaces: float  # share right, where the gold names a marketplace
    false_marketplaces: float  # share for which a marketplace is named that is not the gold's
    explained: float  # share of labels told, unknown ones aside, that have an evidence span
    calibrations: Mapping[str, Calibration]  # of TRUSTS
    coverages: Mapping[str, Coverage]  # of TRUSTS, at PRECISION

    @property
    def macro_f1(self) -> float:
        """Of the issue, over the codes that occur in the gold."""
        return measures.macro_f1(self.labels["issue"])

    def accuracy(self, label: str) -> float:
        found = self.labels[label].values()
        return share(sum(score.right for score in found), sum(score.support for score in found))


@dataclass(frozen=True)
class Confusion:
    """An issue read for another, and the tickets it happened to."""

    gold: str
    told: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Everything that is known of one run."""

    overall: Slice
    languages: Mapping[str, Slice]  # by the gold's language
    confusions: tuple[Confusion, ...]  # the most frequent first
    mistakes: tuple[Judged, ...]  # the surest first
    counts: Mapping[tuple[str, str], int]  # (gold, told) -> messages; the confusion matrix
    codes: tuple[str, ...]  # all issue codes there are

    @property
    def absent(self) -> tuple[str, ...]:
        """Issue codes that no gold has, so that macro-F1 says nothing of them."""
        found = self.overall.labels["issue"]
        return tuple(code for code in self.codes if code not in found or not found[code].support)


def measure(judged: Sequence[Judged], codes: Sequence[str]) -> Report:
    """Every figure. `codes` are all issue codes there are."""
    by_language: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.gold.language is not None:
            by_language[one.gold.language].append(one)
    wrong = [one for one in judged if not one.right]
    return Report(
        _slice(judged),
        {name: _slice(by_language[name]) for name in (*LANGUAGES, UNKNOWN) if name in by_language},
        _confusions(wrong),
        tuple(sorted(wrong, key=lambda one: -one.case.confidence)),
        Counter((one.gold.issue, one.case.issue) for one in judged),
        tuple(codes),
    )


def _slice(judged: Sequence[Judged]) -> Slice:
    trusted = {name: [*map(trust, judged)] for name, trust in TRUSTS.items()}
    marketplaces = [pair for one in judged if (pair := one.pair("marketplace"))]
    return Slice(
        size=len(judged),
        labels={label: measures.scores(pair for one in judged if (pair := one.pair(label)))
                for label in ("issue", *OPTIONAL)},
        named=mean([one.named for one in judged]),
        agreed=mean([one.agreed for one in judged]),
        known_marketplaces=mean([gold == told for gold, told in marketplaces if gold != UNKNOWN]),
        false_marketplaces=mean([told not in (gold, UNKNOWN) for gold, told in marketplaces]),
        explained=mean([has for one in judged for has in _explained(one.case)]),
        calibrations={name: measures.calibration(some) for name, some in trusted.items()},
        coverages={name: measures.coverage(some, PRECISION) for name, some in trusted.items()},
    )


def _explained(case: Case) -> Iterator[bool]:
    """For each label that was told: whether a span says why."""
    why = {evidence.label for evidence in case.evidence}
    for label in ("issue", *OPTIONAL):
        if (value := getattr(case, label)) != UNKNOWN:
            yield f"{label}={value}" in why


def _confusions(wrong: Sequence[Judged]) -> tuple[Confusion, ...]:
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in wrong:
        ids[one.gold.issue, one.case.issue].append(one.case.id)
    found = [Confusion(gold, told, tuple(some)) for (gold, told), some in ids.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.ids), one.gold, one.told)))
