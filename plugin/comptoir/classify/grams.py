"""What the model sees of a text: words, two words in a row, pieces of words.

Chinese has no spaces, so every two characters that stand together are a word there, also one at the end of a stretch
with the FRAME beside it; its pieces are itself and its first character, which count as words, too.

The one place that says what a feature is, for training and for reading alike. A feature counts once in a text, but a
piece of a word once for each different word that it stands in: so all that a word is worth is added up once, and
remembered.

Features are of two kinds, each made comparable by itself, or the many letters would drown the few words: words and rows
of words; and, with a "~" before them, letters: pieces of words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from comptoir import yamlfile
from comptoir.classify.words import CHINESE, chinese, is_chinese, written

Row = tuple[str, str]  # two words that stand in a row

#: letters before an apostrophe that are a word of their own in French: "l'article", "qu'il"
_ELIDED = frozenset(("l", "d", "qu", "s", "n", "j", "c", "m", "t", "jusqu", "lorsqu", "puisqu"))
_PIECES = (3, 4, 5)
_LONGEST_WORD, _LONGEST_FIGURE = 24, 7
DENIED = "not+"  # before a word behind a negation
_REACH = 3  # words behind a negation in which the denied one stands
STOP = "."  # what stands among words for the end of a clause
LETTERS = "~"  # before a feature that is of letters, not of words
_MARKS = ("!", "?", CHINESE)
_SAYS = re.compile(r"[a-z]")


def token(word: str) -> str:
    """A written word as features name it: without what is elided before it; a figure's length; a mark."""
    first = word[0]
    if is_chinese(word):
        return word
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
    """The features of one word."""
    return [*as_words(word), *[LETTERS + piece for piece in letters(word)]]


def as_words(word: str) -> Sequence[str]:
    """What of a word counts as a word: itself, and the first character of a Chinese one."""
    return (word, word[0]) if len(word) > 1 and is_chinese(word[0]) else (word,)


def letters(word: str) -> Sequence[str]:
    """Each 3, 4 and 5 letters of a word in a row, once; a Chinese one as it counts as a word.

    Those of a denied word stand there twice, once marked: "not sent" is of sending as well as of its not being done.
    """
    if is_chinese(word):
        return as_words(word)
    bare = word.removeprefix(DENIED)
    if len(bare) < _PIECES[0] or not bare.isalpha():
        return ()
    framed = f"<{bare}>"
    found = [*dict.fromkeys([framed[at:at + length] for length in _PIECES for at in range(len(framed) - length + 1)])]
    return found if bare == word else [*found, *["!" + piece for piece in found]]


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
        found.update(filter(_SAYS.search, map(" ".join, pairwise(row))))
        words.update(chinese(text))
    words -= {CHINESE, STOP}
    return Counter([*found, *(feature for word in words for feature in pieces(word))])
