"""Finds many fixed words in a text at once: brands, vocabulary, keywords. One walk, whatever their number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from string import ascii_letters, digits
from typing import Any, Generic, TypeVar

from comptoir.text import fold, normalise

T = TypeVar("T")
CHINESE = "#"  # what stands among words for a stretch of Chinese
FRAME = "_"  # what stands beside the first and the last character of a stretch of Chinese
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[!?#]|[.,;:\n]+")
_FIRST, _LAST = "\u3400", "\u9fff"
_STRETCH = re.compile(f"[{_FIRST}-{_LAST}]+")
_LATIN = re.compile(r"[a-z0-9]")
_JOIN = frozenset(ascii_letters + digits)  # beside one of these a Latin word is not whole


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


def chinese(folded: str) -> list[str]:
    """The Chinese words of a folded text: every two characters that stand together, FRAME where a stretch ends."""
    if folded.isascii():
        return []
    stretches = _STRETCH.findall(folded)
    framed = FRAME.join(("", *stretches, ""))
    return [framed[at:at + 2] for at in range(len(framed) - 1)] if stretches else []


def is_chinese(word: str) -> bool:
    """Whether a word is Chinese, as `chinese` has it: one of its ends is."""
    return _FIRST <= word[0] <= _LAST or _FIRST <= word[-1] <= _LAST


def key_word(text: str) -> str:
    """A folded text's longest word, or first two Chinese characters: `Words.met` has it where the text stands.

    What has neither, as a name in another script, is known by its first character.
    """
    found = _STRETCH.match(text)
    return found[0][:2] if found else max(written(text), key=len, default=text[:1])


class Words:
    """The words of a folded text, worked out when first asked for, once for all indexes."""

    def __init__(self, folded: str) -> None:
        self.folded = folded

    @lazy
    def written(self) -> list[str]:
        """Those in Latin letters, figures and marks, in order."""
        return written(self.folded)

    @lazy
    def chinese(self) -> list[str]:
        """The Chinese ones."""
        return chinese(self.folded)

    @lazy
    def met(self) -> frozenset[str]:
        """All of them, those behind an apostrophe, and every single character that is no Latin one, among others."""
        found = frozenset(self.written).union(*(word.split("'") for word in self.written if "'" in word))
        return found if self.folded.isascii() else found.union(self.chinese, self.folded)


class WordIndex(Generic[T]):
    """Words, each with what it stands for. Latin words are found whole only, others anywhere."""

    def __init__(self, words: Iterable[tuple[str, T]]) -> None:
        self._of_key: dict[str, list[tuple[str, T]]] = defaultdict(list)
        self.key_words = self._of_key.keys()
        for spelled, meaning in words:
            word = fold(normalise(spelled).text)
            self._of_key[key_word(word)].append((word, meaning))

    def find(self, words: Words) -> Iterator[tuple[T, int, int]]:
        """(meaning, start, end) where each word stands first in a text."""
        for key in self._of_key.keys() & words.met:
            for word, meaning in self._of_key[key]:
                start = whole(word, words.folded) if _LATIN.match(word) else words.folded.find(word)
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
        if text[start - 1:start] not in _JOIN and text[end:end + 1] not in _JOIN:
            return start
        start = text.find(word, end)
    return -1


def stretch(word: str, text: str) -> tuple[int, int]:
    """Where a Chinese word, as `chinese` has it, stands first, without its FRAME; (-1, ...) if nowhere."""
    bare = word.strip(FRAME)
    start = text.find(bare)
    while start >= 0:
        end = start + len(bare)
        beside = text[start - 1:start] if word[0] == FRAME else text[end:end + 1] if word[-1] == FRAME else ""
        if not _FIRST <= beside <= _LAST:
            break
        start = text.find(bare, end)
    return start, start + len(bare)
