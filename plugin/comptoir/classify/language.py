"""Which language the newest words are in: fr, zh_Hans, zh_Hant, en; anything else is unknown, with a best guess.

Scripts decide between Chinese, Latin and the rest. Simplified and traditional are told apart by the characters that
only one of them uses. Among Latin languages the small words, the letters and the endings of data/languages.yaml vote,
and so do the words that people of a language write to shops; languages we do not answer in are listed to be recognised
as such.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain

from comptoir import yamlfile
from comptoir.classify.case import Language
from comptoir.text import fold

_DATA = files("comptoir") / "classify" / "data"
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0eff\u1100-\u11ff\u3041-\u30fa\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+(?:'(?:t|s|re|ve|ll|m|d)\b)?'?")
_NOISE = re.compile(r"https?://\S{1,300}|\S{1,64}@\S{1,120}")
_ENOUGH = 0.5  # votes, before a language of Latin letters is named
_SHOP_WORD = 0.6  # votes of a word that phrases of the language are made of
_ENDING_LENGTHS = (2, 3, 4, 5)
_NONE: Mapping[str, float] = {}
_REMEMBERED = 20_000  # words
_READ, _MOST_WORDS = 2000, 80  # characters and words; more would not change the answer


@dataclass(frozen=True)
class Guess:
    """The label, how sure, and the best guess behind an `unknown`."""

    language: Language
    confidence: float
    best: str = ""


@dataclass(frozen=True)
class _Votes:
    words: Mapping[str, Mapping[str, float]]  # word -> language -> votes
    letters: Mapping[str, Mapping[str, float]]
    endings: Mapping[str, Mapping[str, float]]


class Ear(dict[str, tuple[tuple[str, float], ...]]):
    """What a word and its endings say, as (language, votes); worked out when a word is first met, and remembered.

    `shop_words`: folded word -> the languages that people write it in to shops.
    """

    def __init__(self, shop_words: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._shop_words = shop_words

    def __missing__(self, written: str) -> tuple[tuple[str, float], ...]:
        if len(self) >= _REMEMBERED:  # hostile texts have ever new words
            self.clear()
        word = fold(written).rstrip("'")
        said = self[written] = (*_said(word).items(), *((name, _SHOP_WORD) for name in self._shop_words.get(word, ())))
        return said


def detect(text: str, ear: Ear, hint: str = "") -> Guess:
    """The language of a text, quoted history taken out.

    `hint` is the requester's locale; it is asked only which Chinese script is meant by characters common to both.
    """
    sample = text[:_READ]
    if "@" in sample or "://" in sample:
        sample = _NOISE.sub(" ", sample)
    if not any(map(str.isalpha, sample)):
        return Guess("unknown", 0.0)
    if sample.isascii() or not (_HAN.search(sample) or _OTHER_SCRIPT.search(sample)):
        return _latin(sample, ear)
    letters = sum(map(str.isalpha, sample))
    han, other = len(_HAN.findall(sample)), len(_OTHER_SCRIPT.findall(sample))
    latin = letters - han - other
    if other > max(han, latin / 4) or (other and other * 4 > han and other > 1 and han >= latin / 6):
        return Guess("unknown", 0.9, _script_name(sample))
    # a Chinese character says about as much as four letters; product names in Latin letters are usual in Chinese
    return _chinese(sample, hint) if han * 4 >= latin else _latin(sample, ear)


def _script_name(sample: str) -> str:
    found = _OTHER_SCRIPT.search(sample)
    return unicodedata.name(found[0], "?").split()[0].lower() if found else ""


_TRADITIONAL = re.compile(r"zh[-_](?:hant|tw|hk|mo)", re.IGNORECASE)


def _chinese(sample: str, hint: str) -> Guess:
    simplified, traditional = _scripts()
    hans = sum(char in simplified for char in sample)
    hant = sum(char in traditional for char in sample)
    if hans == hant:
        return Guess("zh_Hant" if _TRADITIONAL.match(hint) else "zh_Hans", 0.5 if hans else 0.6)
    sure = 0.5 + 0.5 * abs(hans - hant) / (hans + hant)
    return Guess("zh_Hans" if hans > hant else "zh_Hant", round(sure - 0.02, 3))


def _latin(sample: str, ear: Ear) -> Guess:
    votes = _votes()
    score: dict[str, float] = defaultdict(float)
    lower = sample.lower().replace("’", "'")
    for letter in sorted(votes.letters.keys() & {*lower}) if not lower.isascii() else ():
        _add(score, votes.letters[letter])
    for language, weight in chain.from_iterable(map(ear.__getitem__, _WORD.findall(lower)[:_MOST_WORDS])):
        score[language] += weight
    return _elect(score)


def _said(word: str) -> Mapping[str, float]:
    """What a folded word and its endings say."""
    votes = _votes()
    score: dict[str, float] = defaultdict(float)
    _add(score, votes.words.get(word, _NONE))
    for length in _ENDING_LENGTHS:
        if len(word) > length + 1:
            _add(score, votes.endings.get(word[-length:], _NONE))
    return score


def _add(score: dict[str, float], given: Mapping[str, float]) -> None:
    for language, weight in given.items():
        score[language] += weight


def _elect(score: Mapping[str, float]) -> Guess:
    ranked = sorted(score.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < _ENOUGH:
        return Guess("unknown", 0.0, ranked[0][0] if ranked else "")
    (best, most), second = ranked[0], ranked[1][1] if len(ranked) > 1 else 0.0
    sure = round(most / (most + second + 0.5), 3)
    if best == "fr" and most > second:
        return Guess("fr", sure)
    if best == "en" and most > second:
        return Guess("en", sure)
    return Guess("unknown", sure, best)


@cache
def _scripts() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that only simplified, and only traditional, writing uses."""
    _, _, rest = (_DATA / "script.txt").read_text("utf-8").partition("[simplified]")
    simplified, _, traditional = rest.partition("[traditional]")
    return frozenset(simplified) - {"\n"}, frozenset(traditional) - {"\n"}


@cache
def _votes() -> _Votes:
    tables: dict[str, dict[str, dict[str, float]]] = {"words": {}, "letters": {}, "endings": {}}
    for language, kinds in yamlfile.read(_DATA / "languages.yaml").data.items():
        for kind, weighted in kinds.items():
            for weight, entries in weighted.items():
                for entry in entries.split():
                    tables[kind].setdefault(entry, {})[language] = float(weight)
    return _Votes(tables["words"], tables["letters"], tables["endings"])
