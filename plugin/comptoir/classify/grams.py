"""What the model sees of a text: words, two words in a row, pieces of words, Chinese characters in a row.

The one place that says what a feature is, for training and for reading alike. A feature counts once in a text, but a
piece of a word once for each different word that it stands in: so all that a word is worth is added up once, and
remembered.

Features are of two kinds, each made comparable by itself, or the many letters would drown the few words: words, rows
of words, and one and two Chinese characters, which are what words are elsewhere; and, with a "~" before them, letters:
pieces of words and one to three Chinese characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, pairwise
from operator import add

from comptoir import yamlfile
from comptoir.classify.words import CHINESE, written

Row = tuple[str, ...]

_HAN = re.compile(r"[\u3400-\u9fff]")
_NOT_HAN = re.compile(r"[^\u3400-\u9fff]+")
_HAN_FROM = "\u3400"
#: letters before an apostrophe that are a word of their own in French: "l'article", "qu'il"
_ELIDED = frozenset(("l", "d", "qu", "s", "n", "j", "c", "m", "t", "jusqu", "lorsqu", "puisqu"))
_PIECES = (3, 4, 5)
_LONGEST_WORD, _LONGEST_FIGURE = 24, 7
DENIED = "not+"  # before a word behind a negation
_REACH = 3  # words behind a negation in which the denied one stands
STOP = "."  # what stands among words for the end of a clause
LETTERS = "~"  # before a feature that is of letters, not of words
_WORD_LIKE = 2  # Chinese characters, at most, that are taken for a word
_MARKS = ("!", "?", CHINESE)
_SAYS = re.compile(r"[a-z]")


def token(word: str) -> str:
    """A written word as features name it: without what is elided before it; a figure's length; a mark."""
    first = word[0]
    if first.isdigit():
        return "0" * min(len(word), _LONGEST_FIGURE)
    if not first.isalpha():
        return first if first in _MARKS else STOP
    before, apostrophe, rest = word.partition("'")
    while apostrophe and before in _ELIDED:
        before, apostrophe, rest = rest.partition("'")
    return (before + rest.replace("'", ""))[:_LONGEST_WORD]


def denied(words: Sequence[str]) -> Sequence[int]:
    """The places of the words that stand behind a negation: of "casse" in "pas encore casse"."""
    negations, between = _negation()
    if negations.isdisjoint(words):
        return ()
    found, end = [], 0
    for place in [place for place, word in enumerate(words) if word in negations]:
        if place < end:  # denied itself
            continue
        for at in range(place + 1, min(place + 1 + _REACH, len(words))):
            if words[at] not in between:
                if words[at].isalpha():
                    found.append(at)
                    end = at + 1
                break
    return found


@cache
def _negation() -> tuple[frozenset[str], frozenset[str]]:
    data = yamlfile.read(files("comptoir") / "classify" / "data" / "negation.yaml").data
    return frozenset(data["words"]), frozenset(data["between"])


def pieces(word: str) -> list[str]:
    """The features of one word: itself, and its letters."""
    return [word, *[LETTERS + piece for piece in letters(word)]]


def letters(word: str) -> Sequence[str]:
    """Each 3, 4 and 5 letters of a word in a row, once.

    Those of a denied word stand there twice, once marked: "not sent" is of sending as well as of its not being done.
    """
    bare = word.removeprefix(DENIED)
    if len(bare) < _PIECES[0] or not bare.isalpha():
        return ()
    framed = f"<{bare}>"
    found = [*dict.fromkeys([framed[at:at + length] for length in _PIECES for at in range(len(framed) - length + 1)])]
    return found if bare == word else [*found, *["!" + piece for piece in found]]


def rows(words: Sequence[str]) -> Iterator[Row]:
    """Two words in a row."""
    return pairwise(words)


def runs(folded: str) -> tuple[Sequence[str], Sequence[str]]:
    """One and two Chinese characters in a row, then three; and some with a space in them, which no model has."""
    if folded.isascii() or not _HAN.search(folded):
        return (), ()
    folded = _NOT_HAN.sub(" ", folded)
    twos = [*map(add, folded, folded[1:])]
    return [*folded, *twos], [*map(add, twos, folded[2:])]


def as_features(run: str) -> Iterator[str]:
    """The features of Chinese characters in a row."""
    yield LETTERS + run
    if len(run) <= _WORD_LIKE:
        yield run


def is_run(feature: str) -> bool:
    """Whether a feature is of Chinese characters."""
    return feature.removeprefix(LETTERS) >= _HAN_FROM


def is_long(run: str) -> bool:
    """Whether a feature of Chinese characters is more than a word: it is of letters only."""
    return len(run.removeprefix(LETTERS)) > _WORD_LIKE


def features(texts: Iterable[str]) -> Counter[str]:
    """Every feature of folded texts with its count, spelled as in a model's file; for training.

    A stretch of Chinese, the end of a clause, and rows of nothing but figures and marks say nothing by themselves.
    """
    words: set[str] = set()
    found: set[str] = set()
    for text in texts:
        row = [*map(token, written(text))]
        negations = {*denied(row)}
        words.update(DENIED + word if at in negations else word for at, word in enumerate(row))
        found.update(filter(_SAYS.search, map(" ".join, rows(row))))
        for run in chain(*runs(text)):
            if all(map(_HAN.match, run)):
                found.update(as_features(run))
    words -= {CHINESE, STOP}
    return Counter([*found, *(piece for word in words for piece in pieces(word))])
