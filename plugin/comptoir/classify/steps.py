"""Which steps of phrases the words of a text may be, and where. A word is looked up once and remembered.

Elisions written together ("jai", "cest") and one slip in a longer word ("recieved") are looked through.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from comptoir.classify.phrasefile import WORD, Language

#: a step found: positions `start:end`, characters `a:b` of the text
Seen = tuple[int, int, int, int]
Spans = Mapping[str, Sequence[tuple[int, int]]]  # <name> -> where it was computed to be, in characters

_SENTENCE_END, _COMMA = 30, 3
_TOKEN = re.compile(WORD.pattern.removesuffix(r"\*?") + r"|[.!?;…:]+|,")
_REMEMBERED = 50_000  # words; hostile texts have ever new ones
_BEGIN = itemgetter(2)  # the first character


class StepTable:
    """Which steps a word may be."""

    def __init__(self, steps: Mapping[frozenset[str], int], language: Language) -> None:
        self._language = language
        self._names: dict[str, list[int]] = defaultdict(list)
        self._words: dict[str, list[int]] = defaultdict(list)
        stems: dict[str, list[int]] = defaultdict(list)
        for words, step in steps.items():
            for word in words:
                if word.startswith("<"):
                    self._names[word[1:-1]].append(step)
                elif word.endswith("*") and not language.han:
                    stems[word[:-1]].append(step)
                else:
                    self._words[word].append(step)
        self._stems = stems
        self._stem_lengths = sorted({len(stem) for stem in stems})
        self.vocabulary = frozenset(self._words)
        self._typos = {} if language.han else _deletions(word for word in self._words if len(word) >= _TYPO_FROM)
        self._known: dict[str, tuple[int, ...]] = {}
        self._singles = {word: numbers for word, numbers in self._words.items() if len(word) == 1}
        self._longer: dict[str, list[tuple[str, list[int]]]] = {}
        for word, numbers in self._words.items() if language.han else ():
            if len(word) > 1:
                self._longer.setdefault(word[:2], []).append((word, numbers))

    def walk(self, text: str, computed: Spans) -> dict[int, list[Seen]]:
        seen: dict[int, list[Seen]] = defaultdict(list)
        positions = self._han(text, seen) if self._language.han else self._latin(text, seen)
        for name, spans in computed.items():
            for a, b in spans:
                for step in self._names.get(name, ()):
                    seen[step].append((positions.at(a), positions.after(b), a, b))
        for places in seen.values():
            places.sort(key=_BEGIN)
        return seen

    def _latin(self, text: str, seen: dict[int, list[Seen]]) -> Positions:
        position = 0
        starts, counts = [], []
        known, fillers = self._known, self._language.fillers
        for token in _TOKEN.finditer(text):
            word = token[0]
            a, b = token.span()
            if not word[0].isalnum():
                position += _COMMA if word == "," else _SENTENCE_END
                continue
            end = position if word in fillers else position + 1
            starts.append(a)
            counts.append(position)
            steps = known.get(word)
            for step in self._look_up(word) if steps is None else steps:
                seen[step].append((position, end, a, b))
            position = end
        return Positions(starts, counts, position)

    def _look_up(self, token: str) -> tuple[int, ...]:
        """The steps a word may be, remembered; hostile texts of ever new words make it start anew."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        word = token.replace("'", "")
        steps = self._known[token] = self._exact(word) or self._guess(word)
        return steps

    def _exact(self, word: str) -> tuple[int, ...]:
        steps = set(self._words.get(word, ()))
        for length in self._stem_lengths:
            if length > len(word):
                break
            steps.update(self._stems.get(word[:length], ()))
        return tuple(steps)

    def _guess(self, word: str) -> tuple[int, ...]:
        """"jai" is "ai", "cest" is "est"; "recieved" is "received"."""
        for elision in ("qu", "l", "d", "j", "n", "m", "t", "s", "c"):
            rest = word[len(elision):]
            if word.startswith(elision) and rest[:1] in _VOWELS and (steps := self._exact(rest)):
                return steps
        if len(word) < _TYPO_FROM:
            return ()
        near = {known for variant in (word, *_shorter(word)) for known in self._typos.get(variant, ())
                if known[0] == word[0] and abs(len(known) - len(word)) <= 1}
        return tuple({step for known in near for step in self._words[known]})

    def _han(self, text: str, seen: dict[int, list[Seen]]) -> Positions:
        positions = _han_positions(text, self._language.fillers)
        counts, singles, longer = positions.counts, self._singles, self._longer
        for a, char in enumerate(text):
            for step in singles.get(char, ()):
                seen[step].append((counts[a], counts[a + 1], a, a + 1))
            for word, steps in longer.get(text[a:a + 2], ()):
                if text.startswith(word, a):
                    b = a + len(word)
                    place = (counts[a], counts[b], a, b)
                    for step in steps:
                        seen[step].append(place)
        return positions


_TYPO_FROM = 6  # shorter words are too near each other
_VOWELS = frozenset("aeiouyh")


def _shorter(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1:] for i in range(len(word)))


def _deletions(words: Iterable[str]) -> dict[str, list[str]]:
    """Every word without one letter -> the words it may have been: two words one slip apart meet there."""
    table: dict[str, list[str]] = defaultdict(list)
    for word in words:
        for variant in (word, *_shorter(word)):
            table[variant].append(word)
    return dict(table)


class Positions:
    """Characters -> positions."""

    __slots__ = ("counts", "last", "starts")

    def __init__(self, starts: Sequence[int], counts: Sequence[int], last: int) -> None:
        self.starts, self.counts, self.last = starts, counts, last

    def at(self, a: int) -> int:
        """The position of the word that starts at character `a`, or next after it."""
        place = bisect_left(self.starts, a)
        return self.counts[place] if place < len(self.counts) else self.last

    def after(self, b: int) -> int:
        """The position behind the word that ends at character `b`."""
        place = bisect_left(self.starts, b)
        return self.counts[place - 1] + 1 if 0 < place <= len(self.counts) else self.last


def _han_positions(text: str, fillers: frozenset[str]) -> Positions:
    counts, position = [], 0
    for char in text:
        counts.append(position)
        if char in _HAN_JUMP:
            position += _HAN_JUMP[char]
        elif char not in fillers:
            position += 1
    counts.append(position)
    return Positions(range(len(text) + 1), counts, position)


_HAN_JUMP = {**dict.fromkeys(".!?;…。\u2026", _SENTENCE_END), **dict.fromkeys(",、:", 2), " ": 1}
