"""A linear model over the features of grams.py: what each is worth to each label, added up. `make model` trains it.

A feature's weights for all labels stand side by side in one whole number, 32 bits each, so that adding up the features
of a text is adding whole numbers: exact, without a package, in a few microseconds. A weight is stored as a byte, 128
above what it is. Behind them stands the square of how rare the feature is, by whose sum long texts are made comparable
with short ones. Features of letters stand in fields of their own above those of words, so that each kind has its own
sum of squares.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import NamedTuple, TypeVar

from comptoir.classify.glance import Glance
from comptoir.classify.grams import DENIED, LETTERS, Row, denied, is_long, is_run, letters, rows, runs
from comptoir.classify.words import Remembered

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


Key = TypeVar("Key", Row, str)


class Seen(NamedTuple):
    """What the model knows of a text: features, each with its number."""

    words: Mapping[str, bytes]  # with how loud each speaks for each label
    rows: Mapping[Row, int]
    runs: Mapping[str, int]  # Chinese characters in a row, as words and as letters
    long_runs: Mapping[str, int]  # more of them in a row, as letters
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
        self._rows: dict[Row, int] = {}
        self._runs: dict[str, int] = {}
        self._long_runs: dict[str, int] = {}
        known: dict[str, int] = {}
        of_letters: dict[str, int] = {}
        for name, number in zip(names, _numbers(weights, len(names)), strict=True):
            if " " in name:
                self._rows[tuple(name.split(" "))] = number
            elif not is_run(name):
                (of_letters if name[0] == LETTERS else known)[name.removeprefix(LETTERS)] = number
            elif is_long(name):
                self._long_runs[name.removeprefix(LETTERS)] = number
            else:
                self._add_run(name.removeprefix(LETTERS), number, letters=name[0] == LETTERS)
        self._of_words = (1 << self._above) - 1  # the bits of the fields of words
        self._words = Remembered(partial(self._whole, known, of_letters))

    def _add_run(self, run: str, number: int, *, letters: bool) -> None:
        """Take in a run, which is known as words and as letters, each nothing where nothing is known of it."""
        nothing = self._ones * ZERO
        own = self._runs.setdefault(run, nothing + (nothing << self._above))
        self._runs[run] = own + (number - nothing << self._above if letters else number - nothing)

    def worth(self, word: str) -> tuple[int, bytes]:
        """The number of a word, as grams.token has it, with all its pieces; and how loud it speaks for each label."""
        return self._words[word]

    def _whole(self, known: Mapping[str, int], of_letters: Mapping[str, int], word: str) -> tuple[int, bytes]:
        """What a word is worth with all its pieces, each field _MIDDLE above it; and how loud it speaks."""
        worth = [*filter(None, map(of_letters.get, letters(word)))]
        own = known.get(word)
        as_word = self._ones * _MIDDLE if own is None else own + self._ones * (_MIDDLE - ZERO)
        number = as_word + (sum(worth) + self._ones * (_MIDDLE - ZERO * len(worth)) << self._above)
        return number, self._loud(number)

    def _loud(self, number: int) -> bytes:
        """What a word adds to each label, a byte each, in steps of _STEP points: enough to name the loudest.

        A point of letters counts half a point of a word, as it about does in a text of any length.
        """
        twice = 2 * (number & self._of_words) + (number >> self._above) + self._ones * (_SILENT - 3 * _MIDDLE)
        # moved up so that the second byte of each field counts steps
        return (twice * (256 // (2 * _STEP))).to_bytes(self._above // 8, "little")[1::_FIELD]

    def see(self, texts: Iterable[tuple[str, Glance]]) -> Seen:
        """What the model knows of (folded text, its words); of several as of one."""
        words: dict[str, int] = {}
        loud: dict[str, bytes] = {}
        in_rows: list[Row] = []
        in_runs: list[str] = []
        in_long_runs: list[str] = []
        for folded, glance in texts:
            in_rows += rows(glance.names)
            names, numbers, how_loud = self._negated(glance)
            words.update(zip(names, numbers))  # noqa: B905  # they are as long as each other, here and below
            loud.update(zip(names, how_loud))  # noqa: B905
            short, long = runs(folded)
            in_runs += short
            in_long_runs += long
        of_rows = _known(self._rows, in_rows)
        of_runs, of_long_runs = _known(self._runs, in_runs), _known(self._long_runs, in_long_runs)
        total = (sum(words.values()) + sum(of_rows.values()) + sum(of_runs.values())
                 + (sum(of_long_runs.values()) << self._above))
        totals = array("I", total.to_bytes(2 * self._above // 8, "little"))
        by_word, by_letter = (self._scale / math.sqrt(totals[end - 1] * SQUARE or 1.0)
                              for end in (self._fields, 2 * self._fields))
        return Seen(loud, of_rows, of_runs, of_long_runs, totals, by_word, by_letter)

    def _negated(self, glance: Glance) -> tuple[Sequence[str], Sequence[int], Sequence[bytes]]:
        """Words with their worth, those that are denied as the opposite they then are."""
        names, numbers, loud = [*glance.names], [*glance.numbers], [*glance.loud]
        for at in denied(glance.names):
            names[at] = DENIED + names[at]
            numbers[at], loud[at] = self._words[names[at]]
        return names, numbers, loud

    def probabilities(self, seen: Seen, head: Head) -> list[float]:
        """Of each label of a head, in its order."""
        totals, by_word, by_letter = seen.totals, seen.by_word, seen.by_letter
        both = _MIDDLE * len(seen.words) + ZERO * len(seen.runs)
        taken_off = (both + ZERO * len(seen.rows)) * by_word + (both + ZERO * len(seen.long_runs)) * by_letter
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
        field, above, step = _BITS * at, self._above, _STEP * seen.by_word
        by_word, by_letter = seen.by_word, seen.by_letter
        nothing = ZERO * (by_word + by_letter)
        found: list[tuple[float, str | Row]] = [
            ((byte - ZERO) * step, word) for word, loud in seen.words.items() if (byte := loud[at]) > ZERO]
        found += [(worth, run) for run, number in seen.runs.items()
                  if (worth := ((own := number >> field) & _BYTE) * by_word + (own >> above & _BYTE) * by_letter
                      - nothing) > 0]
        found += [((byte - ZERO) * by_word, row) for row, number in seen.rows.items()
                  if (byte := number >> field & _BYTE) > ZERO]
        found += [((byte - ZERO) * by_letter, run) for run, number in seen.long_runs.items()
                  if (byte := number >> field & _BYTE) > ZERO]
        return found


def _known(table: Mapping[Key, int], asked: Sequence[Key]) -> dict[Key, int]:
    """Those of the table that are asked for, with their numbers, none of which is 0."""
    numbers = [*map(table.get, asked)]
    return dict(compress(zip(asked, numbers), numbers))  # type: ignore[arg-type]  # noqa: B905  # None is left out


def _numbers(weights: bytes, features: int) -> Iterator[int]:
    """A whole number for each feature: its bytes, each in a field."""
    size = len(weights) // features
    spread = bytearray(_FIELD * size)
    for start in range(0, len(weights), size):
        spread[::_FIELD] = weights[start:start + size]
        yield int.from_bytes(spread, "little")


def confidence(probability: float, curve: tuple[float, float]) -> float:
    """What a probability is worth, by a Head's curve."""
    odds = min(max(probability, 1e-9), 1 - 1e-9)
    return 1 / (1 + math.exp(-(curve[0] + curve[1] * math.log(odds / (1 - odds)))))
