"""Finds a language's phrases in a text. Compiled once; a text is walked once, whatever the number of phrases.

The words of a text are looked up in a table that says which steps of which phrases they may be (typing errors
included), and only phrases all of whose steps were seen are tried. Positions count words (characters in Chinese)
without fillers; the end of a sentence is a jump, so nothing is ever matched across it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import itemgetter, or_
from typing import NamedTuple

from comptoir.classify.parts import Part
from comptoir.classify.phrasefile import Language, Phrase, split_words
from comptoir.classify.steps import Seen, Spans, StepTable
from comptoir.classify.words import Remembered

_MOST = 3  # matches of one phrase that are looked at


class Match(NamedTuple):
    """A phrase found in characters `a:b`. `negated` when a negation stands before it."""

    phrase: Phrase
    a: int
    b: int
    negated: bool


class Matcher:
    """Some phrases of one language, ready. `computed`: what must be found in a text for them, as `date`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        steps: dict[frozenset[str], int] = {}
        self._plans = [_Plan(phrase, steps) for phrase in language.phrases]
        self.computed = {word[1:-1] for step in steps for word in step if word.startswith("<")}
        self._negation = steps.setdefault(frozenset(language.negation.words), len(steps))
        self._table = StepTable(steps, language)
        self._by_anchor: dict[int, list[_Plan]] = defaultdict(list)
        use = [0] * len(steps)
        for plan in self._plans:
            for step in plan.needed:
                use[step] += 1
        written = {number: not any(word.startswith("<") for word in words) for words, number in steps.items()}
        shortest = {number: min(map(len, words)) for words, number in steps.items()}
        for plan in self._plans:  # found by a written step that few phrases share, of long words: few texts have those
            anchor = min(plan.needed, key=lambda step: (not written[step], use[step], -shortest[step]))
            self._by_anchor[anchor].append(plan)
        #: the words that phrases are found by, and whether some are found by none
        self.anchors = [word for words, number in steps.items() if number in self._by_anchor for word in words]
        self.always = not all(written[step] for step in self._by_anchor)

    def woken_by(self, word: str) -> bool:
        """Whether a word may be one that a phrase is found by."""
        return not self._by_anchor.keys().isdisjoint(self._table.steps_of(word))

    def find(self, text: str, computed: Spans) -> list[Match]:
        """Every phrase in a folded text, in no order."""
        seen = self._table.walk(text, computed)
        negations = sorted(end for _, end, _, _ in seen.get(self._negation, ()))
        present = frozenset(seen)
        matches: list[Match] = []
        for plans in filter(None, map(self._by_anchor.get, seen)):
            for plan in plans:
                if plan.needed <= present:
                    matches += self._matches(plan, seen, negations)
        return matches

    def _matches(self, plan: _Plan, seen: Mapping[int, list[Seen]], negations: list[int]) -> Iterator[Match]:
        count = 0
        for first in seen[plan.steps[0][0]]:
            last = _follow(plan, first, seen)
            if last is not None:
                start, _, a, _ = first
                place = bisect_left(negations, start - self.language.negation.scope)
                negated = place < len(negations) and negations[place] <= start
                yield Match(plan.phrase, a, last[3], negated)
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


class Wakes:
    """Which of some matchers of one language a text is worth showing to: a bit for each.

    Most texts have none of the words that phrases are found by; one look at each word says so for all matchers.
    """

    def __init__(self, matchers: Sequence[Matcher], *, han: bool) -> None:
        self._matchers, self._han = matchers, han
        self._always = sum(matcher.always << bit for bit, matcher in enumerate(matchers))
        self._words = Remembered(self._woken_by)
        self._pairs: dict[str, int] = defaultdict(int)
        for bit, matcher in enumerate(matchers if han else ()):
            for word in matcher.anchors:
                self._pairs[word[:2]] |= 1 << bit

    def by(self, part: Part) -> int:
        """The matchers that may find something in a part."""
        if self._han:
            return reduce(or_, map(self._pairs.__getitem__, self._pairs.keys() & part.words.pairs), self._always)
        return reduce(or_, map(self._words.__getitem__, part.written), self._always)

    def _woken_by(self, token: str) -> int:
        words = split_words(token)
        return sum(any(map(matcher.woken_by, words)) << bit for bit, matcher in enumerate(self._matchers))


_BEGIN = itemgetter(2)  # the first character, by which the places of a step are sorted


def _follow(plan: _Plan, first: Seen, seen: Mapping[int, list[Seen]]) -> Seen | None:
    """The last step of the phrase that begins with `first`; None if it does not go on."""
    last = first
    for step, gap in plan.steps[1:]:
        places = seen[step]
        at = bisect_left(places, last[3], key=_BEGIN)
        if at == len(places) or places[at][0] > last[1] + gap:
            return None
        last = places[at]
    return last
