"""One look at each word of a text: what it is to the model, to the language, to the phrases and to lists of names.

Finding a word among all that were ever met costs more than what is done with it, so it is found once for all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from operator import or_
from typing import NamedTuple

from comptoir.classify.grams import token
from comptoir.classify.parts import Part
from comptoir.classify.words import Remembered, is_chinese


class Glance(NamedTuple):
    """The words of a part, column by column: those in Latin letters and marks in their order, then the Chinese ones."""

    names: Sequence[str] = ()  # as features name them
    worth: Sequence[int] = ()  # what each is worth to the model
    loud: Sequence[bytes] = ()  # how loud each speaks for each label
    before: Sequence[Mapping[str, int] | None] = ()  # words that each may stand before -> what that row is worth
    votes: Sequence[int] = ()  # for languages
    steps: int = 0  # of phrases that they may be, all of them together
    brands: bool = False  # whether a marketplace may be named
    carriers: bool = False  # whether a carrier may
    in_rows: int = 0  # how many of them stand in rows: the Chinese ones do not


class Worth(NamedTuple):
    """What the model knows of a word: the columns of a Glance."""

    worth: int
    loud: bytes
    before: Mapping[str, int] | None


#: a row of a Glance; last the steps, and in two bits below them brands and carriers
Look = tuple[str, int, bytes, Mapping[str, int] | None, int, int]
_BRAND, _CARRIER, _STEPS = 1, 2, 2


class Eye:
    """Looks at words; each is worked out when it is first met."""

    def __init__(
        self, worth: Callable[[str], Worth], votes: Callable[[str], int], steps: Callable[[str], int],
        brands: AbstractSet[str], carriers: AbstractSet[str], chinese: AbstractSet[str],
    ) -> None:
        """`brands`, `carriers`: a word of each name; `chinese`: words that mean more than their first character."""
        def look(word: str) -> Look:
            name = sys.intern(token(word))
            parts = {word, word[0], *word.split("'")}
            named = (not brands.isdisjoint(parts)) * _BRAND | (not carriers.isdisjoint(parts)) * _CARRIER
            # "l'article" is worth what "article" is, and a number what any of its length is
            known = worth(name) if name == word else self._known[name][1:4]
            return name, *known, votes(word), steps(word) << _STEPS | named

        self._known = Remembered(look)
        self._chinese = _Chinese(look, chinese | brands | carriers)
        # names in scripts whose words are not looked at may stand wherever there is more than ASCII
        self._elsewhere = any(map(_is_strange, brands)) * _BRAND | any(map(_is_strange, carriers)) * _CARRIER

    def at(self, part: Part) -> Glance:
        """The words of a part."""
        written, chinese = part.words.written, part.words.chinese
        looks = [*map(self._known.__getitem__, written), *map(self._chinese.__getitem__, chinese)]
        names, worth, loud, before, votes, signs = zip(*looks, strict=True) if looks else ((),) * 6
        names = (*names[:len(written)], *chinese)  # one look stands for many words there
        all_signs = reduce(or_, filter(None, signs), 0 if part.folded.isascii() else self._elsewhere)
        return Glance(names, worth, loud, before, votes, all_signs >> _STEPS, bool(all_signs & _BRAND),
                      bool(all_signs & _CARRIER), len(written))


def _is_strange(word: str) -> bool:
    return not (word.isascii() or is_chinese(word))


class _Chinese(dict[str, Look]):
    """Looks at Chinese words; of the many that mean no more than their first character none is kept."""

    def __init__(self, look: Callable[[str], Look], meant: AbstractSet[str]) -> None:
        super().__init__()
        self._look, self._meant = look, meant

    def __missing__(self, word: str) -> Look:
        if word in self._meant or len(word) == 1:
            found = self[word] = self._look(word)
            return found
        return self[word[0]]
