"""One look at each word of a text: what it is to the model, to the language, and to the phrases.

Finding a word among all that were ever met costs more than what is done with it, so it is found once for all three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from comptoir.classify.grams import token
from comptoir.classify.parts import Part
from comptoir.classify.words import Remembered


class Glance(NamedTuple):
    """The words of a part in their order, column by column."""

    names: Sequence[str] = ()  # as features name them
    numbers: Sequence[int] = ()  # what each is worth to the model
    loud: Sequence[bytes] = ()  # how loud each speaks for each label
    votes: Sequence[int] = ()  # for languages
    steps: Sequence[int] = ()  # of phrases that each may be


class Eye:
    """Looks at words; each is worked out when it is first met."""

    def __init__(
        self, worth: Callable[[str], tuple[int, bytes]], votes: Callable[[str], int], steps: Callable[[str], int]
    ) -> None:
        def look(word: str) -> tuple[str, int, bytes, int, int]:
            name = token(word)
            return name, *worth(name), votes(word), steps(word)

        self._known = Remembered(look)

    def at(self, part: Part) -> Glance:
        """The words of a part."""
        return Glance(*zip(*map(self._known.__getitem__, part.written), strict=True)) if part.written else Glance()
