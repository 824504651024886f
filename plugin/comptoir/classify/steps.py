"""Which steps of phrases the words of a text may be, and where. A word is looked up once and remembered.

Elisions written together ("jai", "cest") and one slip in a longer word ("recieved") are looked through.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, compress, repeat
from operator import itemgetter

from comptoir.classify.phrasefile import WORD, Language
from comptoir.classify.words import Remembered

#: a step found: positions `start:end`, characters `a:b` of the text
Seen = tuple[int, int, int, int]
_Token = tuple[bool, int, tuple[int, ...]]  # whether it is a word, how far it moves on, the steps it may be
Spans = Mapping[str, Sequence[tuple[int, int]]]  # <name> -> where it was computed to be, in characters

_SENTENCE_END, _COMMA = 30, 3
_TOKEN = re.compile("(" + WORD.pattern.removesuffix(r"\*?") + r"|[.!?;…:]+|,)")
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
        self._typos = {} if language.han else _deletions(word for word in self._words if len(word) >= _TYPO_FROM)
        self._known = Remembered(self._look_up)
        self._written: dict[int, list[str]] = defaultdict(list)  # in Chinese, step -> its words, the shortest first
        for word in sorted(self._words, key=len) if language.han else ():
            for step in self._words[word]:
                self._written[step].append(word)
        self._jumps = {**dict.fromkeys(language.fillers, 0), **_HAN_JUMP}

    def steps_of(self, word: str) -> Sequence[int]:
        """The steps that a word may be."""
        return self._known[word][2]

    def walk(self, text: str, computed: Spans, wanted: Iterable[int]) -> dict[int, list[Seen]]:
        """Where each step of a text may be, in the order of the text; of those that are wanted at least."""
        seen: dict[int, list[Seen]] = defaultdict(list)
        positions = self._han(text, seen, wanted) if self._language.han else self._latin(text, seen)
        for name, spans in computed.items():
            for step in self._names.get(name, ()) if spans else ():
                seen[step] += [(positions.at(a), positions.after(b), a, b) for a, b in spans]
                seen[step].sort(key=_BEGIN)
        return seen

    def _latin(self, text: str, seen: dict[int, list[Seen]]) -> Positions:
        pieces = _TOKEN.split(text)  # what stands between tokens, and tokens, by turns
        tokens = [*map(self._known.__getitem__, pieces[1::2])]
        ends = [*accumulate(map(len, pieces))]
        counts = [0, *accumulate([length for _, length, _ in tokens])]
        for a, b, start, end, (_, _, steps) in zip(ends[::2], ends[1::2], counts, counts[1:], tokens, strict=False):
            if steps:
                place = (start, end, a, b)
                for step in steps:
                    seen[step].append(place)
        words = [is_word for is_word, _, _ in tokens]
        return Positions([*compress(ends[::2], words)], [*compress(counts, words)], counts[-1])

    def _look_up(self, token: str) -> _Token:
        """What a token is."""
        if not token[0].isalnum():
            return False, _COMMA if token == "," else _SENTENCE_END, ()
        word = token.replace("'", "")
        return True, int(token not in self._language.fillers), self._exact(word) or self._guess(word)

    def _exact(self, word: str) -> tuple[int, ...]:
        steps = set(self._words.get(word, ()))
        for length in self._stem_lengths:
            if length > len(word):
                break
            steps.update(self._stems.get(word[:length], ()))
        return tuple(steps)

    def _guess(self, word: str) -> tuple[int, ...]:
        """"jai" is "ai", "cest" is "est"; "recieved" is "received"."""
        for elision in _ELISIONS if word.startswith(_ELISIONS) else ():
            rest = word[len(elision):]
            if word.startswith(elision) and rest[:1] in _VOWELS and (steps := self._exact(rest)):
                return steps
        if len(word) < _TYPO_FROM or not word.isalpha():
            return ()
        near = {known for variant in (word, *_shorter(word)) for known in self._typos.get(variant, ())
                if known[0] == word[0] and abs(len(known) - len(word)) <= 1}
        return tuple({step for known in near for step in self._words[known]})

    def _han(self, text: str, seen: dict[int, list[Seen]], wanted: Iterable[int]) -> Positions:
        counts = [0, *accumulate(map(self._jumps.get, text, repeat(1)))]
        for step in wanted:
            spans = [(a, a + len(word)) for word in self._written[step] for a in _everywhere(word, text)]
            if spans:
                seen[step] = sorted([(counts[a], counts[b], a, b) for a, b in spans], key=_BEGIN)
        return Positions(range(len(text) + 1), counts, counts[-1])


def _everywhere(word: str, text: str) -> Iterator[int]:
    """Where a word begins, overlapping itself or not."""
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + 1)


_TYPO_FROM = 6  # shorter words are too near each other
_VOWELS = frozenset("aeiouyh")
_ELISIONS = ("qu", "l", "d", "j", "n", "m", "t", "s", "c")


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


#: how far a Chinese character moves on that does not move by one: the end of a sentence is far
_HAN_JUMP = {**dict.fromkeys(".!?;…。\u2026", _SENTENCE_END), **dict.fromkeys(",、:", 2), " ": 1}
