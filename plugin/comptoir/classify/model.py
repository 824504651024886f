"""A linear model over the features of grams.py: what each is worth to each label, added up. `make model` trains it.

A feature's weights for all labels stand side by side in one whole number, 32 bits each, so that adding up the features
of a text is adding whole numbers: exact, without a package, in a few microseconds. A weight is stored as a byte, 128
above what it is. Two fields follow: the square of how rare the feature is, by whose sum long texts are made comparable
with short ones, and a one that counts features, by which what the weights have too much is taken off again. Features
of letters stand in fields of their own above those of words, so that each kind has its own sum of squares.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import NamedTuple, TypeVar

from comptoir.classify.grams import LETTERS, Row, is_run, negated, pieces, rows, runs, tokens
from comptoir.classify.words import Remembered

ZERO = 128  # the byte of a weight of nothing
SQUARE = 0.5  # what a square's byte counts
_FIELD = 4  # bytes of a field: what 16 million features add up to fits

Key = TypeVar("Key", Row, str)


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
    """What the model knows of a text."""

    words: list[str]
    rows: list[Row]
    runs: list[str]
    places: list[int]  # of the rows, then of the runs
    totals: Sequence[int]  # every field added up: those of words, then those of letters


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
        self._fields = 2 + sum(len(head.labels) for head in heads.values())
        self._above = 8 * _FIELD * self._fields  # bits below the fields of letters
        self._weights = weights + bytes([ZERO]) * (self._fields - 1)  # the last are those of what is not known
        self._rows: dict[Row, int] = {}
        self._runs: dict[str, int] = {}
        self._numbers: list[int] = []  # of rows and runs
        self._as_word, self._as_letters = array("I"), array("I")  # where their weights begin
        known: dict[str, int] = {}
        for place, (name, number) in enumerate(zip(names, _numbers(weights, len(names)), strict=True)):
            if " " in name:
                self._add(self._rows, tuple(name.split(" ")), number, place, letters=False)
            elif is_run(name):
                self._add(self._runs, name.removeprefix(LETTERS), number, place, letters=name[0] == LETTERS)
            else:
                known[name] = number
        self._words = Remembered(partial(self._whole, known))
        self._of_word = Remembered(lambda word: self._split(self._words[word]))

    def _add(self, table: dict[Key, int], one: Key, number: int, place: int, *, letters: bool) -> None:
        """Take in a row or run, which may be known as words and as letters."""
        own = table.setdefault(one, len(self._numbers))
        if own == len(self._numbers):
            unknown = len(self._weights) - self._fields + 1
            self._numbers.append(0)
            self._as_word.append(unknown)
            self._as_letters.append(unknown)
        self._numbers[own] += number << self._above if letters else number
        (self._as_letters if letters else self._as_word)[own] = place * (self._fields - 1)

    def _whole(self, known: Mapping[str, int], word: str) -> int:
        """What a word is worth with all its pieces."""
        own, *letters = pieces(word)
        return known.get(own, 0) + (sum(filter(None, map(known.get, letters))) << self._above)

    def see(self, texts: Iterable[tuple[str, Sequence[str]]]) -> Seen:
        """What the model knows of (folded text, its words as grams.written has them); of several texts as of one."""
        words: set[str] = set()
        in_rows: set[Row] = set()
        in_runs: set[str] = set()
        for folded, written in texts:
            found = tokens(written)
            words.update(negated(found))
            in_rows.update(rows(found))
            in_runs |= runs(folded)
        known_rows, known_runs = self._rows.keys() & in_rows, self._runs.keys() & in_runs
        places = [*map(self._rows.__getitem__, known_rows), *map(self._runs.__getitem__, known_runs)]
        total = sum(chain(map(self._words.__getitem__, words), map(self._numbers.__getitem__, places)))
        return Seen([*words], [*known_rows], [*known_runs], places, self._split(total))

    def _split(self, number: int) -> Sequence[int]:
        """The fields of a whole number: those of words, then those of letters."""
        return array("I", number.to_bytes(2 * self._above // 8, "little"))

    def probabilities(self, seen: Seen, head: Head) -> list[float]:
        """Of each label of a head, in its order."""
        (zero, by_word), (no_letters, by_letter) = self._lengths(seen)
        taken_off = zero * by_word + no_letters * by_letter
        above = self._fields + head.first
        fields = zip(head.bias, seen.totals[head.first:], seen.totals[above:], strict=False)
        scores = [(bias + word * by_word + letter * by_letter - taken_off) * head.sharpness
                  for bias, word, letter in fields]
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        whole = sum(powers)
        return [power / whole for power in powers]

    def _lengths(self, seen: Seen) -> Iterator[tuple[int, float]]:
        """Of words, then of letters: what every label's field has too much, and what one point of it is worth."""
        for end in (self._fields, 2 * self._fields):
            squares, count = seen.totals[end - 2:end]
            yield ZERO * count, self._scale / math.sqrt(squares * SQUARE or 1.0)

    def speakers(self, seen: Seen, head: Head, label: str) -> list[tuple[float, str | Row]]:
        """(what it adds to the label's score, word or row) for all that the model knows and that adds, in no order."""
        (_, by_word), (_, by_letter) = self._lengths(seen)
        at = head.first + head.labels.index(label)
        above, count = at + self._fields, self._fields - 1
        weights, as_word, as_letters = self._weights, self._as_word, self._as_letters
        found: list[tuple[float, str | Row]] = [
            (worth, word) for word, one in zip(seen.words, map(self._of_word.__getitem__, seen.words), strict=True)
            if (worth := (one[at] - ZERO * one[count]) * by_word + (one[above] - ZERO * one[-1]) * by_letter) > 0]
        found += [((byte - ZERO) * by_word, row) for row, place in zip(seen.rows, seen.places, strict=False)
                  if (byte := weights[as_word[place] + at]) > ZERO]
        taken_off = ZERO * (by_word + by_letter)
        found += [(worth, run) for run, place in zip(seen.runs, seen.places[len(seen.rows):], strict=True)
                  if (worth := weights[as_word[place] + at] * by_word + weights[as_letters[place] + at] * by_letter
                      - taken_off) > 0]
        return found


def _numbers(weights: bytes, features: int) -> Iterator[int]:
    """A whole number for each feature: its bytes, each in a field, then a field that counts one."""
    size = len(weights) // features
    spread = bytearray(_FIELD * size)
    one = 1 << 8 * len(spread)
    for start in range(0, len(weights), size):
        spread[::_FIELD] = weights[start:start + size]
        yield one | int.from_bytes(spread, "little")


def confidence(probability: float, curve: tuple[float, float]) -> float:
    """What a probability is worth, by a Head's curve."""
    odds = min(max(probability, 1e-9), 1 - 1e-9)
    return 1 / (1 + math.exp(-(curve[0] + curve[1] * math.log(odds / (1 - odds)))))
