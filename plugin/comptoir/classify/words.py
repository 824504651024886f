"""Finds many fixed words in a text at once: brands, vocabulary, keywords. One walk, whatever their number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Generic, TypeVar

from comptoir.text import fold, normalise

T = TypeVar("T")
_TOKEN = re.compile(r"[a-z0-9]+")


class WordIndex(Generic[T]):
    """Words, each with what it stands for. Latin words are found whole only, Chinese ones anywhere."""

    def __init__(self, words: Iterable[tuple[str, T]]) -> None:
        self._latin: dict[str, list[tuple[str, T]]] = defaultdict(list)
        self._other: dict[str, list[tuple[str, T]]] = defaultdict(list)
        for written, meaning in words:
            word = fold(normalise(written).text)
            first = _TOKEN.match(word)
            if first:
                self._latin[first[0]].append((word, meaning))
            else:
                self._other[word[:2]].append((word, meaning))

    def find(self, folded: str) -> Iterator[tuple[T, int, int]]:
        """(meaning, start, end) where each word stands first in a folded text."""
        for key in self._latin.keys() & set(_TOKEN.findall(folded)) if self._latin else ():
            for word, meaning in self._latin[key]:
                start = _whole(word, folded)
                if start >= 0:
                    yield meaning, start, start + len(word)
        if folded.isascii() or not self._other:
            return
        for key in self._other.keys() & {*folded, *map("".join, pairwise(folded))}:
            for word, meaning in self._other[key]:
                start = folded.find(word)
                if start >= 0:
                    yield meaning, start, start + len(word)


def _whole(word: str, text: str) -> int:
    """Where a word stands by itself, -1 if nowhere."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_joins(text[start - 1:start]) or _joins(text[end:end + 1])):
            return start
        start = text.find(word, end)
    return -1


def _joins(char: str) -> bool:
    return char.isascii() and char.isalnum()
