"""Finds a language's phrases in a text. Compiled once; a text is walked once, whatever the number of phrases.

The words of a text are looked up in a table that says which steps of which phrases they may be (typing errors
included), and only phrases all of whose steps were seen are tried. Positions count words (characters in Chinese)
without fillers; the end of a sentence is a jump, so nothing is ever matched across it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from operator import itemgetter, or_
from typing import NamedTuple

from comptoir.classify.phrasefile import Language, Phrase, split_words
from comptoir.classify.steps import Seen, Spans, StepTable
from comptoir.classify.words import key_word

_MOST = 3  # matches of one phrase that are looked at


class Match(NamedTuple):
    """A phrase found in characters `a:b`. `negated` when a negation stands before it."""

    phrase: Phrase
    a: int
    b: int
    negated: bool


class Matcher:
    """The phrases of one language, ready."""

    def __init__(self, language: Language) -> None:
        self.language = language
        steps: dict[frozenset[str], int] = {}
        plans = [_Plan(phrase, steps) for phrase in language.phrases]
        use = Counter(step for plan in plans for step in {number for number, _ in plan.steps})
        self._negation = steps.setdefault(frozenset(language.negation.words), len(steps))
        self._table = StepTable(steps, language)
        self._of_key: dict[str, int] = defaultdict(int)  # in Chinese, bits of steps, by their words' key words
        self._of_name: dict[str, int] = defaultdict(int)  # of those that are computed
        for words, number in steps.items():
            for word in words:
                if word.startswith("<"):
                    self._of_name[word[1:-1]] |= 1 << number
                elif language.han:
                    self._of_key[key_word(word)] |= 1 << number
        self.size = len(steps)
        self._by_anchor: dict[int, list[_Plan]] = defaultdict(list)  # bit of the step that the fewest texts have
        for plan in plans:
            self._by_anchor[1 << plan.rarest(use)].append(plan)
        self._anchors = reduce(or_, self._by_anchor, 0)

    @property
    def chinese(self) -> AbstractSet[str]:
        """The key words of what phrases say in Chinese."""
        return self._of_key.keys()

    def steps_of(self, written: str) -> int:
        """The steps that a written word may be, a bit for each; in Chinese, that may begin with it."""
        if self.language.han:
            return self._of_key.get(written, 0) | self._of_key.get(written[0], 0)
        return _bits(step for word in split_words(written) for step in self._table.steps_of(word))

    def likely(self, steps: int, computed: Iterable[str]) -> list[_Plan]:
        """The phrases all of whose words may stand in a text; most texts have none, and need no closer look.

        `steps`: those of all its words; `computed`: what was found in it by itself, as `date`.
        """
        for name in computed:
            steps |= self._of_name[name]
        found: list[_Plan] = []
        anchors = steps & self._anchors
        while anchors:
            lowest = anchors & -anchors
            found += [plan for plan in self._by_anchor[lowest] if plan.within(steps)]
            anchors ^= lowest
        return found

    def find(self, text: str, plans: Sequence[_Plan], computed: Spans) -> list[Match]:
        """Where these phrases stand in a folded text, in no order."""
        seen = self._table.walk(text, computed, {self._negation, *(step for plan in plans for step, _ in plan.steps)})
        negations = sorted(end for _, end, _, _ in seen.get(self._negation, ()))
        present = _bits(seen)
        return [match for plan in plans if plan.within(present) for match in self._matches(plan, seen, negations)]

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

    __slots__ = ("_mask", "computed", "phrase", "steps")

    def __init__(self, phrase: Phrase, steps: dict[frozenset[str], int]) -> None:
        self.phrase = phrase
        self.steps = [(steps.setdefault(step.words, len(steps)), step.gap) for step in phrase.steps]
        self._mask = _bits(step for step, _ in self.steps)
        self.computed = {word[1:-1] for step in phrase.steps for word in step.words if word.startswith("<")}

    def within(self, steps: int) -> bool:
        """Whether all its steps are among these, a bit for each."""
        return self._mask & steps == self._mask

    def rarest(self, use: Mapping[int, int]) -> int:
        """Its step that the fewest texts have: a written one that few phrases share, of long words."""
        words = {number: step.words for (number, _), step in zip(self.steps, self.phrase.steps, strict=True)}
        return min(words, key=lambda step: (any(word.startswith("<") for word in words[step]), use[step],
                                            -min(map(len, words[step]))))


def _bits(numbers: Iterable[int]) -> int:
    return reduce(or_, (1 << number for number in numbers), 0)


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
