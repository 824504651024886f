"""What the model sees of a text: words, two and three words in a row, pieces of words, Chinese characters in a row.

The one place that says what a feature is, for training and for reading alike. A feature counts once in a text, but a
piece of a word once for each different word that it stands in: so all that a word is worth is added up once, and
remembered.

Features are of two kinds, each made comparable by itself, or the many letters would drown the few words: words, rows
of words, and one and two Chinese characters, which are what words are elsewhere; and, with a "~" before them, letters:
pieces of words and one to four Chinese characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, pairwise
from operator import add

from comptoir import yamlfile

Row = tuple[str, ...]

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[!?]|[.,;:\n]+|[\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_FROM = "\u3400"
#: letters before an apostrophe that are a word of their own in French: "l'article", "qu'il"
_ELIDED = frozenset(("l", "d", "qu", "s", "n", "j", "c", "m", "t", "jusqu", "lorsqu", "puisqu"))
_PIECES = (3, 4, 5)
_LONGEST_WORD, _LONGEST_FIGURE = 24, 7
DENIED = "not+"  # before a word behind a negation
_REACH = 3  # words behind a negation in which the denied one stands
CHINESE, STOP = "#", "."  # what stands among words for a stretch of Chinese, and for the end of a clause
LETTERS = "~"  # before a feature that is of letters, not of words
_WORD_LIKE = 2  # Chinese characters, at most, that are taken for a word
_SAYS = re.compile(r"[a-z]")


def written(folded: str) -> list[str]:
    """The words of a folded text, figures, marks and stretches of Chinese, in order."""
    return _TOKEN.findall(folded)


def tokens(words: Iterable[str]) -> list[str]:
    """Written words as features name them."""
    return [*map(_token, words)]


@lru_cache(maxsize=50_000)
def _token(word: str) -> str:
    """A word without what is elided before it; a figure's length; a mark."""
    first = word[0]
    if first.isdigit():
        return "0" * min(len(word), _LONGEST_FIGURE)
    if first >= _HAN_FROM:
        return CHINESE
    if not first.isalpha():
        return first if first in "!?" else STOP
    before, apostrophe, rest = word.partition("'")
    while apostrophe and before in _ELIDED:
        before, apostrophe, rest = rest.partition("'")
    return (before + rest.replace("'", ""))[:_LONGEST_WORD]


def negated(words: Sequence[str]) -> Sequence[str]:
    """The words, each that stands behind a negation marked as its opposite: "pas", "not+casse"."""
    negations, between = _negation()
    if negations.isdisjoint(words):
        return words
    found, left = [], 0  # how many words from here on may be the one that is denied
    for word in words:
        denied = left and word.isalpha() and word not in between
        found.append(f"{DENIED}{word}" if denied else word)
        left = 0 if denied or not word.isalpha() else _REACH if word in negations else max(0, left - 1)
    return found


@cache
def _negation() -> tuple[frozenset[str], frozenset[str]]:
    data = yamlfile.read(files("comptoir") / "classify" / "data" / "negation.yaml").data
    return frozenset(data["words"]), frozenset(data["between"])


def pieces(word: str) -> list[str]:
    """The features of one word: itself, and each 3, 4 and 5 letters of it in a row.

    Those of a denied word stand there twice, once marked: "not sent" is of sending as well as of its not being done.
    """
    bare = word.removeprefix(DENIED)
    if len(bare) < _PIECES[0] or not bare.isalpha():
        return [word]
    framed = f"<{bare}>"
    found = dict.fromkeys([framed[at:at + length] for length in _PIECES for at in range(len(framed) - length + 1)])
    denied = [f"{LETTERS}!{one}" for one in found] if bare != word else ()
    return [word, *[LETTERS + one for one in found], *denied]


def rows(words: Sequence[str]) -> Iterator[Row]:
    """Two and three words in a row."""
    return chain(pairwise(words), zip(words, words[1:], words[2:], strict=False))


def runs(folded: str) -> set[str]:
    """One to four characters in a row. Only Chinese ones can be in a model."""
    if not _HAN.search(folded):
        return set()
    twos = [*map(add, folded, folded[1:])]
    threes = [*map(add, twos, folded[2:])]
    return {*folded, *twos, *threes, *map(add, threes, folded[3:])}


def as_features(run: str) -> Iterator[str]:
    """The features of Chinese characters in a row."""
    yield LETTERS + run
    if len(run) <= _WORD_LIKE:
        yield run


def is_run(feature: str) -> bool:
    """Whether a feature is of Chinese characters."""
    return feature.removeprefix(LETTERS) >= _HAN_FROM


def features(texts: Iterable[str]) -> Counter[str]:
    """Every feature of folded texts with its count, spelled as in a model's file; for training.

    A stretch of Chinese, the end of a clause, and rows of nothing but figures and marks say nothing by themselves.
    """
    words: set[str] = set()
    found: set[str] = set()
    for text in texts:
        row = tokens(written(text))
        words.update(negated(row))
        found.update(filter(_SAYS.search, map(" ".join, rows(row))))
        for run in runs(text):
            if all(map(_HAN.match, run)):
                found.update(as_features(run))
    words -= {CHINESE, STOP}
    return Counter([*found, *(piece for word in words for piece in pieces(word))])
