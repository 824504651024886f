"""Finds a language's phrases in a text. Compiled once; a text is walked once, whatever the number of phrases.

The words of a text are looked up in a table that says which steps of which phrases they may be (typing errors
included), and only phrases all of whose steps were seen are tried. Positions count words (characters in Chinese)
without fillers; the end of a sentence is a jump, so nothing is ever matched across it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from comptoir.classify.phrasefile import WORD, Language, Phrase

_SENTENCE_END, _COMMA = 30, 3
_TOKEN = re.compile(WORD.pattern.removesuffix(r"\*?") + r"|[.!?;…:]+|,")
_MOST = 3  # matches of one phrase that are looked at
_REMEMBERED = 50_000


class Seen(NamedTuple):
    """A step found: positions `start:end`, characters `a:b` of the text."""

    start: int
    end: int
    a: int
    b: int


class Match(NamedTuple):
    """A phrase found in characters `a:b`. `negated` when a negation stands before it."""

    phrase: Phrase
    a: int
    b: int
    negated: bool


Spans = Mapping[str, Sequence[tuple[int, int]]]  # <name> -> where it was computed to be, in characters


class Matcher:
    """One language's phrases, ready."""

    def __init__(self, language: Language) -> None:
        self.language = language
        steps: dict[frozenset[str], int] = {}
        self._plans = [_Plan(phrase, steps) for phrase in language.phrases]
        self._negation = steps.setdefault(frozenset(language.negation.words), len(steps))
        self._table = _Table(steps, language)
        self._by_anchor: dict[int, list[_Plan]] = defaultdict(list)
        use = [0] * len(steps)
        for plan in self._plans:
            for step in plan.needed:
                use[step] += 1
        for plan in self._plans:  # the step that fewest phrases share is what a phrase is found by
            self._by_anchor[min(plan.needed, key=lambda step: use[step])].append(plan)

    def find(self, text: str, computed: Spans) -> list[Match]:
        """Every phrase in a folded text, in no order."""
        seen = self._table.walk(text, computed)
        negations = sorted(found.end for found in seen.get(self._negation, ()))
        present = seen.keys()
        matches: list[Match] = []
        for anchor in present:
            for plan in self._by_anchor.get(anchor, ()):
                if plan.needed <= present:
                    matches.extend(self._matches(plan, seen, negations))
        return matches

    def vocabulary(self) -> frozenset[str]:
        """Whole words that phrases are made of: what people of this language write to a shop about."""
        return self._table.vocabulary

    def _matches(self, plan: _Plan, seen: Mapping[int, list[Seen]], negations: list[int]) -> Iterator[Match]:
        count = 0
        for first in seen[plan.steps[0][0]]:
            last = _follow(plan, first, seen)
            if last is not None:
                place = bisect_left(negations, first.start - self.language.negation.scope)
                negated = place < len(negations) and negations[place] <= first.start
                yield Match(plan.phrase, first.a, last.b, negated)
                count += 1
                if count == _MOST:
                    return


class _Plan:
    """A phrase whose steps are numbers."""

    __slots__ = ("needed", "phrase", "steps")

    def __init__(self, phrase: Phrase, steps: dict[frozenset[str], int]) -> None:
        self.phrase = phrase
        self.steps = [(steps.setdefault(step.words, len(steps)), step.gap) for step in phrase.steps]
        self.needed = frozenset(step for step, _ in self.steps)


_BEGIN = itemgetter(2)  # Seen.a, by which the places of a step are sorted


def _follow(plan: _Plan, first: Seen, seen: Mapping[int, list[Seen]]) -> Seen | None:
    """The last step of the phrase that begins with `first`; None if it does not go on."""
    last = first
    for step, gap in plan.steps[1:]:
        places = seen[step]
        at = bisect_left(places, last.b, key=_BEGIN)
        if at == len(places) or places[at].start > last.end + gap:
            return None
        last = places[at]
    return last


class _Table:
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
        self._literals: dict[str, list[tuple[str, list[int]]]] = defaultdict(list)
        for word, numbers in self._words.items():
            self._literals[word[:2]].append((word, numbers))

    def walk(self, text: str, computed: Spans) -> dict[int, list[Seen]]:
        seen: dict[int, list[Seen]] = defaultdict(list)
        positions = self._han(text, seen) if self._language.han else self._latin(text, seen)
        for name, spans in computed.items():
            for a, b in spans:
                for step in self._names.get(name, ()):
                    seen[step].append(Seen(positions.at(a), positions.after(b), a, b))
        for places in seen.values():
            places.sort(key=_BEGIN)
        return seen

    def _latin(self, text: str, seen: dict[int, list[Seen]]) -> _Positions:
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
                seen[step].append(Seen(position, end, a, b))
            position = end
        return _Positions(starts, counts, position)

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
            if word.startswith(elision) and word[len(elision):][:1] in _VOWELS:
                if steps := self._exact(word[len(elision):]):
                    return steps
        if len(word) < _TYPO_FROM:
            return ()
        near = {known for variant in (word, *_shorter(word)) for known in self._typos.get(variant, ())
                if known[0] == word[0] and abs(len(known) - len(word)) <= 1}
        return tuple({step for known in near for step in self._words[known]})

    def _han(self, text: str, seen: dict[int, list[Seen]]) -> _Positions:
        positions = _han_positions(text, self._language.fillers)
        literals = self._literals
        for a in range(len(text)):
            for key in (text[a:a + 2], text[a:a + 1]):
                for word, steps in literals.get(key, ()):
                    if text.startswith(word, a):
                        b = a + len(word)
                        for step in steps:
                            seen[step].append(Seen(positions.counts[a], positions.counts[b], a, b))
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


class _Positions:
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


def _han_positions(text: str, fillers: frozenset[str]) -> _Positions:
    counts, position = [], 0
    for char in text:
        counts.append(position)
        if char in _HAN_JUMP:
            position += _HAN_JUMP[char]
        elif char not in fillers:
            position += 1
    counts.append(position)
    return _Positions(range(len(text) + 1), counts, position)


_HAN_JUMP = {**dict.fromkeys(".!?;…。\u2026", _SENTENCE_END), **dict.fromkeys(",、:", 2), " ": 1}
