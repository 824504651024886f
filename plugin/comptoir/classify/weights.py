"""Which words of a ticket spoke for a label: the features that weigh most, as spans of what was written."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from comptoir.classify.case import Evidence
from comptoir.classify.grams import DENIED, Row
from comptoir.classify.model import Head, Model, Seen
from comptoir.classify.parts import Part
from comptoir.classify.words import stretch, whole

_FEATURES, _FEW = 6, 3  # of so many of the heaviest features spans are looked for; of few where one span is enough
_SPANS = 3
_NEAR = 2  # characters between spans that are shown as one
_REACH = 12  # characters in which the next word of a row begins

_WORTH = itemgetter(0)

Span = tuple[int, int, float]  # start and end in the folded text, and its worth


def because(
    model: Model, seen: Seen, parts: Sequence[Part], head: Head, kind: str, label: str, most: int = _SPANS
) -> tuple[Evidence, ...]:
    """Up to `most` spans that speak for `label`, the heaviest first; the first words where none is known to."""
    heaviest = sorted(model.speakers(seen, head, label), key=_WORTH, reverse=True)[:_FEATURES if most > 1 else _FEW]
    spans: dict[str, list[Span]] = {}
    read = [part for part in reversed(parts) if part.folded]
    for worth, feature in heaviest:
        for part in read:  # the body before the subject
            start, end = _row(feature, part.folded) if isinstance(feature, tuple) else _word(feature, part.folded)
            if start >= 0:
                spans.setdefault(part.field, []).append((start, end, worth))
                break
    found = [(worth, start, end, part) for part in read if part.field in spans
             for start, end, worth in _merged(spans[part.field])]
    if not found:
        return first_words(parts, f"{kind}={label}")
    found.sort(key=_WORTH, reverse=True)
    return tuple(part.evidence(f"{kind}={label}", start, end, f"words: {part.folded[start:end]}")
                 for _, start, end, part in found[:most])


def _word(word: str, folded: str) -> tuple[int, int]:
    """Where a word stands first; figures, whose length alone is a feature, stand nowhere."""
    if not word.isascii():
        return stretch(word, folded)
    word = word.removeprefix(DENIED)
    start = whole(word, folded)
    return start, start + len(word)


def _row(row: Row, folded: str) -> tuple[int, int]:
    """Where words stand in a row."""
    start, end = _word(row[0], folded)
    for word in row[1:] if start >= 0 else ():
        at = folded.find(word, end, end + _REACH + len(word))
        if at < 0:
            return -1, -1
        end = at + len(word)
    return start, end


def _merged(spans: list[Span]) -> list[Span]:
    """Spans that touch are one."""
    merged: list[Span] = []
    for start, end, worth in sorted(spans):
        if merged and start <= merged[-1][1] + _NEAR:
            first, last, sum_ = merged[-1]
            merged[-1] = first, max(last, end), sum_ + worth
        else:
            merged.append((start, end, worth))
    return merged


def first_words(parts: Sequence[Part], label: str, rule: str = "no word speaks for it") -> tuple[Evidence, ...]:
    """The first words of the newest part that has any."""
    for part in reversed(parts):
        if not part.empty:
            start = next(place for place, char in enumerate(part.newest) if char.isalnum())
            return (part.evidence(label, start, min(len(part.newest.rstrip()), start + 40), rule),)
    return ()
