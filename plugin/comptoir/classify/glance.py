"""One look at each word of a text: what it is to the model, to the language, and to the phrases.

Finding a word among all that were ever met costs more than what is done with it, so it is found once for all three.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from comptoir.classify.grams import token
from comptoir.classify.parts import Part
from comptoir.classify.words import Remembered


class Glance(NamedTuple):
    """The words of a part, column by column: those in Latin letters and marks in their order, then the Chinese ones."""

    names: Sequence[str] = ()  # as features name them
    worth: Sequence[int] = ()  # what each is worth to the model
    loud: Sequence[bytes] = ()  # how loud each speaks for each label
    before: Sequence[Mapping[str, int] | None] = ()  # words that each may stand before -> what that row is worth
    votes: Sequence[int] = ()  # for languages
    steps: Sequence[int] = ()  # of phrases that each may be
    in_rows: int = 0  # how many of them stand in rows: the Chinese ones do not


class Worth(NamedTuple):
    """What the model knows of a word: the columns of a Glance."""

    worth: int
    loud: bytes
    before: Mapping[str, int] | None


Look = tuple[str, int, bytes, Mapping[str, int] | None, int, int]  # a row of a Glance


class Eye:
    """Looks at words; each is worked out when it is first met."""

    def __init__(
        self, worth: Callable[[str], Worth], votes: Callable[[str], int], steps: Callable[[str], int],
        chinese: AbstractSet[str],
    ) -> None:
        """`chinese`: the words of Chinese that mean more than their first character does."""
        def look(word: str) -> Look:
            name = sys.intern(token(word))
            return name, *worth(name), votes(word), steps(word)

        self._known = Remembered(look)
        self._chinese = _Chinese(look, chinese)

    def at(self, part: Part) -> Glance:
        """The words of a part."""
        written, chinese = part.words.written, part.words.chinese
        looks = [*map(self._known.__getitem__, written), *map(self._chinese.__getitem__, chinese)]
        if not looks:
            return Glance()
        names, worth, loud, before, votes, steps = zip(*looks, strict=True)
        return Glance(names, worth, loud, before, votes, steps, len(written))


class _Chinese(dict[str, Look]):
    """Looks at Chinese words; of the many that mean no more than their first character none is kept."""

    def __init__(self, look: Callable[[str], Look], meant: AbstractSet[str]) -> None:
        super().__init__()
        self._look, self._meant = look, meant

    def __missing__(self, word: str) -> Look:
        if word in self._meant or len(word) == 1:
            found = self[word] = self._look(word)
            return found
        _, *first = self[word[0]]
        return word, *first  # type: ignore[return-value]  # as long as it was
