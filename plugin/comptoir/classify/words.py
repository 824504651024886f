"""Finds many fixed words in a text at once: brands, vocabulary, keywords. One walk, whatever their number."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import add
from typing import Any, Generic, TypeVar

from comptoir.text import fold, normalise

T = TypeVar("T")
_NEVER = chr(sys.maxunicode)  # above whatever is written
CHINESE = "#"  # what stands among words for a stretch of Chinese
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[!?#]|[.,;:\n]+")
_STRETCH = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]")


class lazy(Generic[T]):  # a decorator, as `property` is
    """`functools.cached_property` without the lock that Python 3.12 took out: it costs more than what is kept here."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> T:
        value = instance.__dict__[self._name] = self._work(instance)
        return value


class Remembered(dict[str, T]):
    """What `work` makes of each word, worked out when it is first met; ask in brackets.

    Hostile texts have ever new words, so after the `most` it may hold it starts anew.
    """

    def __init__(self, work: Callable[[str], T], most: int = 50_000) -> None:
        super().__init__()
        self._work, self._most = work, most

    def __missing__(self, word: str) -> T:
        if len(self) >= self._most:
            self.clear()
        found = self[word] = self._work(word)
        return found


def written(folded: str) -> list[str]:
    """The words of a folded text, figures, marks, and CHINESE for each stretch of it, in order."""
    if "#" in folded:
        folded = folded.replace(CHINESE, " ")
    return _TOKEN.findall(folded if folded.isascii() else _STRETCH.sub(CHINESE, folded))


class Words:
    """What stands in a folded text, worked out when first asked for, once for all indexes."""

    def __init__(self, folded: str, words: Sequence[str] | None = None) -> None:
        self.folded = folded
        self._written = words

    @lazy
    def latin(self) -> frozenset[str]:
        """Latin words, also those behind an apostrophe, and numbers, among others."""
        words = written(self.folded) if self._written is None else self._written
        return frozenset(words).union(*(word.split("'") for word in words if "'" in word))

    @lazy
    def pairs(self) -> frozenset[str]:
        """Every character, and every two that stand together."""
        return frozenset(self.folded).union(map(add, self.folded, self.folded[1:]))

    @lazy
    def highest(self) -> str:
        return max(self.folded)


class WordIndex(Generic[T]):
    """Words, each with what it stands for. Latin words are found whole only, Chinese ones anywhere."""

    def __init__(self, words: Iterable[tuple[str, T]]) -> None:
        self._latin: dict[str, list[tuple[str, T]]] = defaultdict(list)
        self._other: dict[str, list[tuple[str, T]]] = defaultdict(list)
        for spelled, meaning in words:
            word = fold(normalise(spelled).text)
            if _LATIN.match(word):
                self._latin[written(word)[0]].append((word, meaning))
            else:
                self._other[word[:2]].append((word, meaning))
        self._lowest = min(self._other, default=_NEVER)

    def find(self, words: Words) -> Iterator[tuple[T, int, int]]:
        """(meaning, start, end) where each word stands first in a text."""
        folded = words.folded
        for key in self._latin.keys() & words.latin if self._latin else ():
            for word, meaning in self._latin[key]:
                start = whole(word, folded)
                if start >= 0:
                    yield meaning, start, start + len(word)
        if folded.isascii() or self._lowest > words.highest:
            return
        for key in self._other.keys() & words.pairs:
            for word, meaning in self._other[key]:
                start = folded.find(word)
                if start >= 0:
                    yield meaning, start, start + len(word)


def any_word(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any of some words in a folded text: Latin ones whole, Chinese ones anywhere."""
    folded = sorted((fold(normalise(word).text) for word in words), key=len, reverse=True)
    return re.compile("|".join(map(_as_pattern, folded)) or r"(?!)")


def _as_pattern(word: str) -> str:
    return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if _LATIN.match(word) else re.escape(word)


def whole(word: str, text: str) -> int:
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
