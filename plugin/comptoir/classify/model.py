"""A linear model over the features of grams.py: what each is worth to each label, added up. `make model` trains it.

A feature's weights for all labels stand side by side in one whole number, 32 bits each, so that adding up the features
of a text is adding whole numbers: exact, without a package, in a few microseconds. A weight is stored as a byte, 128
above what it is. Two fields follow: the square of how rare the feature is, by whose sum long texts are made comparable
with short ones, and a one that counts features, by which what the weights have too much is taken off again.

The file is zlib: a line of JSON, a line for each feature, then a byte for each label and one for the square.
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from comptoir.classify.grams import Row, is_run, negated, pieces, rows, runs, tokens

FILE = files("comptoir") / "classify" / "data" / "model.bin"
ZERO = 128  # the byte of a weight of nothing
SQUARE = 0.5  # what a square's byte counts
_FIELD = 4  # bytes of a field: what 16 million features add up to fits
_REMEMBERED = 50_000  # words


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
    """The features of a text that the model knows, each with its number, and all of them added up."""

    features: list[tuple[str | Row, int]]
    total: int


class Model:
    """The weights, ready to be added up. May be used by several threads."""

    def __init__(
        self, heads: Mapping[str, Head], scale: float, weights: Mapping[str, int], words: Mapping[str, str], data: str
    ) -> None:
        self.heads = heads
        self.data = data  # SHA-256 of what it was trained on, as tools/model.py counts it
        self.words_of = words  # word -> the one language, of those in Latin letters, in which people write it to shops
        self._scale = scale
        self._size = _FIELD * (2 + sum(len(head.labels) for head in heads.values()))
        self._rows = {tuple(name.split(" ")): number for name, number in weights.items() if " " in name}
        self._runs = {name: number for name, number in weights.items() if is_run(name)}
        self._words = _Words({name: number for name, number in weights.items() if not (" " in name or is_run(name))})

    def see(self, texts: Iterable[tuple[str, Sequence[str]]]) -> Seen:
        """What the model knows of (folded text, its words as grams.written has them); of several texts as of one."""
        words: set[str] = set()
        in_rows: set[Row] = set()
        in_runs: set[str] = set()
        for folded, written in texts:
            found = tokens(written)
            words.update(negated(found))
            in_rows.update(rows(found))
            in_runs |= self._runs.keys() & runs(folded)
        features: list[tuple[str | Row, int]] = [(word, number) for word in words if (number := self._words[word])]
        features += [(row, self._rows[row]) for row in self._rows.keys() & in_rows]
        features += [(run, self._runs[run]) for run in in_runs]
        return Seen(features, sum(number for _, number in features))

    def probabilities(self, seen: Seen, head: Head) -> list[float]:
        """Of each label of a head, in its order."""
        *fields, squares, count = array("I", seen.total.to_bytes(self._size, "little"))
        zero = ZERO * count
        scale = self._scale * head.sharpness / math.sqrt(squares * SQUARE or 1.0)
        scores = [(total - zero) * scale + bias * head.sharpness
                  for total, bias in zip(fields[head.first:], head.bias)]  # noqa: B905  # other heads' fields follow
        highest = max(scores)
        powers = [math.exp(score - highest) for score in scores]
        whole = sum(powers)
        return [power / whole for power in powers]

    def speakers(self, seen: Seen, head: Head, label: str) -> list[tuple[int, str | Row]]:
        """(what it adds to the label, word, row or run) for all that the model knows, in no order."""
        at, counter = 8 * _FIELD * (head.first + head.labels.index(label)), 8 * (self._size - _FIELD)
        return [((number >> at & 0xFFFFFFFF) - ZERO * (number >> counter), one) for one, number in seen.features]


def confidence(probability: float, curve: tuple[float, float]) -> float:
    """What a probability is worth, by a Head's curve."""
    odds = min(max(probability, 1e-9), 1 - 1e-9)
    return 1 / (1 + math.exp(-(curve[0] + curve[1] * math.log(odds / (1 - odds)))))


class _Words(dict[str, int]):
    """What a word is worth with all its pieces; worked out when first met. Ever new words make it start anew."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        super().__init__()
        self._weights = weights

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        number = self[word] = sum(self._weights.get(piece, 0) for piece in pieces(word))
        return number


@cache
def load() -> Model:
    """The model that ships with Comptoir."""
    return read(FILE.read_bytes())


def read(packed: bytes) -> Model:
    """A model from its file."""
    about, _, rest = zlib.decompress(packed).partition(b"\n")
    data: dict[str, Any] = json.loads(about)
    *names, weights = rest.split(b"\n", data["features"])
    heads = {name: Head(tuple(one["labels"]), one["first"], tuple(one["bias"]), one["sharpness"], tuple(one["sure"]),
                        tuple(one["named"]))
             for name, one in data["heads"].items()}
    words = {word: language for language, some in data["words"].items() for word in some.split()}
    numbers = _numbers(weights, len(names))
    features = dict(zip(map(bytes.decode, names), numbers, strict=True))
    return Model(heads, data["scale"], features, words, data["data"])


def _numbers(weights: bytes, features: int) -> Iterator[int]:
    """A whole number for each feature: its bytes, each in a field, then a field that counts one."""
    spread = bytearray(_FIELD * len(weights))
    spread[::_FIELD] = weights
    size = len(spread) // features
    one = 1 << 8 * size
    return (one | int.from_bytes(spread[start:start + size], "little") for start in range(0, len(spread), size))


def write(
    heads: Mapping[str, Head], scale: float, features: Sequence[str], weights: bytes,
    words: Mapping[str, Sequence[str]], data: str,
) -> bytes:
    """A model's file. `weights`: for each feature a byte for each label, ZERO above what it is, and its square's.

    `words`: language -> the words of its own. `data`: SHA-256 of what it was trained on.
    """
    about = {"heads": {name: asdict(head) for name, head in heads.items()}, "scale": scale, "features": len(features),
             "words": {language: " ".join(some) for language, some in words.items()}, "data": data}
    return zlib.compress("\n".join((json.dumps(about), *features, "")).encode() + weights, 9)
