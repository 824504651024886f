"""A linear model over the features of grams.py: what each is worth to each label, added up. `make model` trains it.

A feature's weights for all labels stand side by side in one whole number, 32 bits each, so that adding up the features
of a text is adding whole numbers: exact, without a package, in a few microseconds. A weight is stored as a byte, 128
above what it is. Behind them stands the square of how rare the feature is, by whose sum long texts are made comparable
with short ones. Features of letters stand in fields of their own above those of words, so that each kind has its own
sum of squares.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from comptoir.classify.glance import Glance, Worth
from comptoir.classify.grams import DENIED, LETTERS, Row, as_words, denied, letters
from comptoir.classify.words import Remembered, is_chinese

ZERO = 128  # the byte of a weight of nothing
SQUARE = 0.5  # what a square's byte counts
_FIELD = 4  # bytes of a field: what 16 million features add up to fits
_BITS, _BYTE = 8 * _FIELD, 255
_MIDDLE = 1 << 20  # a field of a word that is worth nothing: more than a word's pieces can take off it
_STEP = 8  # points of a word in a step of its loudness, of which there are ZERO up and as many down
_SILENT = 2 * _STEP * ZERO  # twice the points of so many steps


@dataclass(frozen=True)
class Head:
    """One question that the model answers.

    A curve (a, b) makes a confidence of a probability p: the logistic of a + b times the log odds of p.
    """

    labels: tuple[str, ...]
    first: int  # the field of the first label
    bias: tuple[float, ...]
    sharpness: float  # what a score is multiplied by before it becomes a probability
    sure: tuple[float, float]  # the curve of one label
    named: tuple[float, float]  # the curve of several together


class Seen(NamedTuple):
    """What the model knows of a text: features, each with its number."""

    words: Sequence[str]
    loud: bytes  # how loud each word speaks for each label, word by word
    rows: Mapping[Row, int]
    totals: Sequence[int]  # every field added up: those of words, then those of letters
    by_word: float  # what one point of a field of words is worth; it is less in a long text
    by_letter: float


class Model:
    """The weights, ready to be added up. May be used by several threads."""

    def __init__(
        self, heads: Mapping[str, Head], scale: float, names: Sequence[str], weights: bytes,
        words: Mapping[str, str], data: str,
    ) -> None:
        self.heads = heads
        self.data = data  # SHA-256 of what it was trained on, as tools/model.py counts it
        self.words_of = words  # word -> the one language, of those in Latin letters, in which people write it to shops
        self._scale = scale
        self._fields = 1 + sum(len(head.labels) for head in heads.values())
        self._above = _BITS * self._fields  # bits below the fields of letters
        self._ones = sum(1 << _BITS * field for field in range(self._fields - 1))
        self._weights = weights
        self._known: dict[str, int] = {}  # word -> where its weights end
        self._of_letters: dict[str, int] = {}
        self._rows: dict[str, dict[str, int]] = {}  # first word -> second word -> what the two in a row are worth
        for name, end in zip(names, range(self._fields, len(weights) + 1, self._fields), strict=True):
            if " " in name:
                first, second = name.split(" ")
                self._rows.setdefault(first, {})[sys.intern(second)] = self._spelled_out((end,))[0]
            else:
                known = self._of_letters if name[0] == LETTERS else self._known
                known[name.removeprefix(LETTERS)] = end
        self._of_words = (1 << self._above) - 1  # the bits of the fields of words
        self._denied = Remembered(self.worth)
        self.chinese = frozenset(filter(is_chinese, {*self._known, *self._of_letters}))  # what it knows of them

    def worth(self, word: str) -> Worth:
        """What a word, as grams.token has it, is worth with its pieces: each field stands _MIDDLE above what it is."""
        number = self._sum(self._known, as_words(word)) + (self._sum(self._of_letters, letters(word)) << self._above)
        return Worth(number, self._loud(number), self._rows.get(word))

    def _sum(self, known: Mapping[str, int], names: Sequence[str]) -> int:
        """What features add up to, each field _MIDDLE above it."""
        ends = [*filter(None, map(known.get, names))]
        return sum(self._spelled_out(ends)) + self._ones * (_MIDDLE - ZERO * len(ends))

    def _spelled_out(self, ends: Sequence[int]) -> Sequence[int]:
        """Features as whole numbers: each one's weights, each in a field."""
        weights, fields, size = self._weights, self._fields, _FIELD * self._fields
        spread = bytearray(size * len(ends))
        spread[::_FIELD] = b"".join([weights[end - fields:end] for end in ends])
        return [int.from_bytes(spread[at:at + size], "little") for at in range(0, len(spread), size)]

    def _loud(self, number: int) -> bytes:
        """What a word adds to each label, a byte each, in steps of _STEP points: enough to name the loudest.

        A point of letters counts half a point of a word, as it about does in a text of any length.
        """
        twice = 2 * (number & self._of_words) + (number >> self._above) + self._ones * (_SILENT - 3 * _MIDDLE)
        # moved up so that the second byte of each field counts steps
        return (twice * (256 // (2 * _STEP))).to_bytes(self._above // 8, "little")[1::_FIELD]

    def see(self, glances: Iterable[Glance]) -> Seen:
        """What the model knows of texts, of several as of one."""
        words: dict[str, int] = {}
        loud: dict[str, bytes] = {}
        rows: dict[Row, int] = {}
        for glance in glances:
            in_row = glance.names[:glance.in_rows]
            for first, before, second in zip(in_row, glance.before, in_row[1:]):  # noqa: B905  # the last has no next
                if before and (worth := before.get(second)):
                    rows[first, second] = worth
            names, numbers, how_loud = self._negated(glance)
            words.update(zip(names, numbers))  # noqa: B905  # they are as long as each other, here and below
            loud.update(zip(names, how_loud))  # noqa: B905
        total = sum(words.values()) + sum(rows.values())
        totals = array("I", total.to_bytes(2 * self._above // 8, "little"))
        by_word, by_letter = (self._scale / math.sqrt(totals[end - 1] * SQUARE or 1.0)
                              for end in (self._fields, 2 * self._fields))
        return Seen([*loud], b"".join(loud.values()), rows, totals, by_word, by_letter)

    def _negated(self, glance: Glance) -> tuple[Sequence[str], Sequence[int], Sequence[bytes]]:
        """Words with their worth, those that are denied as the opposite they then are."""
        places = denied(glance.names)
        if not places:
            return glance.names, glance.worth, glance.loud
        names, worth, loud = [*glance.names], [*glance.worth], [*glance.loud]
        for at in places:
            names[at] = DENIED + names[at]
            worth[at], loud[at], _ = self._denied[names[at]]
        return names, worth, loud

    def probabilities(self, seen: Seen, head: Head) -> list[float]:
        """Of each label of a head, in its order."""
        totals, by_word, by_letter = seen.totals, seen.by_word, seen.by_letter
        taken_off = _MIDDLE * len(seen.words) * (by_word + by_letter) + ZERO * len(seen.rows) * by_word
        fields = zip(head.bias, totals[head.first:], totals[self._fields + head.first:])  # noqa: B905  # bias is shortest
        scores = [(bias + word * by_word + letter * by_letter - taken_off) * head.sharpness
                  for bias, word, letter in fields]
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        whole = sum(powers)
        return [power / whole for power in powers]

    def speakers(self, seen: Seen, head: Head, label: str) -> list[tuple[float, str | Row]]:
        """(what it adds to the label's score, word or row) for all that the model knows and that adds, in no order."""
        at = head.first + head.labels.index(label)
        field, step, by_word = _BITS * at, _STEP * seen.by_word, seen.by_word
        loud = seen.loud[at::self._fields]
        found: list[tuple[float, str | Row]] = [
            ((byte - ZERO) * step, word) for byte, word in zip(loud, seen.words, strict=True) if byte > ZERO]
        found += [((byte - ZERO) * by_word, row) for row, number in seen.rows.items()
                  if (byte := number >> field & _BYTE) > ZERO]
        return found


def confidence(probability: float, curve: tuple[float, float]) -> float:
    """What a probability is worth, by a Head's curve."""
    odds = min(max(probability, 1e-9), 1 - 1e-9)
    return 1 / (1 + math.exp(-(curve[0] + curve[1] * math.log(odds / (1 - odds)))))
