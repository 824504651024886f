"""Finds a language's phrases in a text. Compiled once; a text is walked once, whatever the number of phrases.

The words of a text are looked up in a table that says which steps of which phrases they may be (typing errors
included), and only phrases all of whose steps were seen are tried. Positions count words (characters in Chinese)
without fillers; the end of a sentence is a jump, so nothing is ever matched across it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import NamedTuple

from comptoir.classify.phrasefile import Language, Phrase, split_words
from comptoir.classify.steps import Seen, Spans, StepTable

_MOST = 3  # matches of one phrase that are looked at
_REMEMBERED = 50_000  # words


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
        self._wakes = _Wakes(self._table.steps_of, frozenset(self._by_anchor))
        self._anchors = [word for words, number in steps.items() if number in self._by_anchor for word in words]
        self._always = not all(written[step] for step in self._by_anchor)

    def may_find(self, text: str, words: Iterable[str]) -> bool:
        """Whether a search is worth its time: one of the words that phrases are found by is in the folded text.

        `words` are those of the text, as grams.written has them.
        """
        if self._always:
            return True
        return any(map(text.__contains__, self._anchors) if self.language.han else map(self._wakes.__getitem__, words))

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


class _Wakes(dict[str, bool]):
    """Whether a word may be the step that a phrase is found by; worked out when it is first met."""

    def __init__(self, steps_of: Callable[[str], Iterable[int]], anchors: frozenset[int]) -> None:
        super().__init__()
        self._steps_of, self._anchors = steps_of, anchors

    def __missing__(self, token: str) -> bool:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[token] = any(not self._anchors.isdisjoint(self._steps_of(word)) for word in split_words(token))
        return found


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
