"""Which language the newest words are in: fr, zh_Hans, zh_Hant, en; anything else is unknown, with a best guess.

Scripts decide between Chinese, Latin and the rest. Simplified and traditional are told apart by the characters that
only one of them uses. Among Latin languages the small words, the letters and the endings of data/languages.yaml vote,
and so do the words that people of a language write to shops; languages we do not answer in are listed to be recognised
as such.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import NamedTuple

from comptoir import yamlfile
from comptoir.classify.case import Language
from comptoir.classify.words import Remembered, written
from comptoir.text import fold

_DATA = files("comptoir") / "classify" / "data"
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_OTHER_SCRIPT = re.compile(
    r"[\u0370-\u05ff\u0600-\u06ff\u0900-\u0dff\u0e00-\u0eff\u1100-\u11ff\u3041-\u30fa\uac00-\ud7af]+")
_NOT_LATIN = re.compile(f"[{_HAN.pattern[1:-2]}{_OTHER_SCRIPT.pattern[1:-2]}]")
_LETTERS = re.compile(r"[^\W\d_]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W\d_]+(?:'(?:t|s|re|ve|ll|m|d)\b)?'?")
_NOISE = re.compile(r"https?://\S{1,300}|\S{1,64}@\S{1,120}")
_ENOUGH = 0.5  # votes, before a language of Latin letters is named
_SHOP_WORD = 0.6  # votes of a word that people write to shops in one language only
_ENDING_LENGTHS = (2, 3, 4, 5)
_VOTE, _FIELD = 100, 4  # what one vote is counted as, and the bytes of a language's field
_REMEMBERED = 20_000  # words
_READ, _MOST_WORDS = 2000, 120  # characters, and words and marks; more would not change the answer


class Guess(NamedTuple):
    """The label, how sure, and the best guess behind an `unknown`."""

    language: Language
    confidence: float
    best: str = ""


@dataclass(frozen=True)
class _Votes:
    """The languages, and what words, letters and endings say, as Ear adds it up."""

    names: tuple[str, ...]
    words: Mapping[str, int]
    letters: Mapping[str, int]
    endings: Mapping[str, int]


class Ear(Remembered[int]):
    """What a word and its endings say.

    The votes for all languages stand side by side in one whole number, so that hearing many words is adding numbers.
    `shop_words`: folded word -> the language that people write it in to shops.
    """

    def __init__(self, shop_words: Mapping[str, str]) -> None:
        super().__init__(self.votes, _REMEMBERED)
        self._shop_words = shop_words

    def votes(self, written: str) -> int:
        """What a written word of a folded text says, worked out anew."""
        return sum(map(self._said, _WORD.findall(written)))

    def _said(self, written: str) -> int:
        word, votes = written.rstrip("'"), _votes()
        said = [votes.words.get(word, 0)]
        said += [votes.endings.get(word[-length:], 0) for length in _ENDING_LENGTHS if len(word) > length + 1]
        if name := self._shop_words.get(word):
            said.append(_packed({name: _SHOP_WORD}))
        return sum(said)


def detect(text: str, ear: Ear, hint: str = "", votes: Sequence[int] | None = None) -> Guess:
    """The language of a text, quoted history taken out.

    `hint` is the requester's locale; it is asked only which Chinese script is meant by characters common to both.
    `votes` are the ear's for the words of the text, where they are known already.
    """
    sample = text[:_READ]
    if "@" in sample or "://" in sample:
        sample, votes = _NOISE.sub(" ", sample), None
    if not (sample[:1].isalpha() or any(map(str.isalpha, sample))):
        return Guess("unknown", 0.0)
    if sample.isascii() or not _NOT_LATIN.search(sample):
        return _latin(sample, ear, votes)
    letters, han, other = (len("".join(script.findall(sample))) for script in (_LETTERS, _HAN, _OTHER_SCRIPT))
    latin = letters - han - other
    if other > max(han, latin / 4) or (other and other * 4 > han and other > 1 and han >= latin / 6):
        return Guess("unknown", 0.9, _script_name(sample))
    # a Chinese character says about as much as four letters; product names in Latin letters are usual in Chinese
    return _chinese(sample, hint) if han * 4 >= latin else _latin(sample, ear, votes)


def _script_name(sample: str) -> str:
    found = _OTHER_SCRIPT.search(sample)
    return unicodedata.name(found[0][0], "?").split()[0].lower() if found else ""


_TRADITIONAL = re.compile(r"zh[-_](?:hant|tw|hk|mo)", re.IGNORECASE)


def _chinese(sample: str, hint: str) -> Guess:
    simplified, traditional = _scripts()
    hans, hant = len(simplified.findall(sample)), len(traditional.findall(sample))
    if hans == hant:
        return Guess("zh_Hant" if _TRADITIONAL.match(hint) else "zh_Hans", 0.5)
    sure = 0.5 + 0.5 * abs(hans - hant) / (hans + hant)
    return Guess("zh_Hans" if hans > hant else "zh_Hant", round(sure - 0.02, 3))


def _latin(sample: str, ear: Ear, votes: Sequence[int] | None) -> Guess:
    letters = 0
    if not sample.isascii():
        by_letter = _votes().letters
        letters = sum(map(by_letter.__getitem__, by_letter.keys() & {*_BEYOND_ASCII.findall(sample.lower())}))
    if votes is None:
        votes = [*map(ear.__getitem__, written(fold(sample))[:_MOST_WORDS])]
    return _elect(letters + sum(votes[:_MOST_WORDS]))


def _elect(total: int) -> Guess:
    names = _votes().names
    score = array("I", total.to_bytes(_FIELD * len(names), "little"))
    ranked = sorted(zip(score, names, strict=True), key=itemgetter(0), reverse=True)
    (most, best), (second, _) = ranked[:2]
    if most < _ENOUGH * _VOTE:
        return Guess("unknown", 0.0, best if most else "")
    sure = round(most / (most + second + _VOTE / 2), 3)
    if best in ("fr", "en") and most > second:
        return Guess(best, sure)  # type: ignore[arg-type]  # the two above
    return Guess("unknown", sure, best)


def _packed(votes: Mapping[str, float]) -> int:
    """Votes for languages as one whole number."""
    names = _names()
    return sum(round(weight * _VOTE) << 8 * _FIELD * names.index(name) for name, weight in votes.items())


@cache
def _scripts() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters that only simplified, and only traditional, writing uses."""
    _, _, rest = (_DATA / "script.txt").read_text("utf-8").partition("[simplified]")
    simplified, _, traditional = rest.partition("[traditional]")
    return _any_of(simplified), _any_of(traditional)


def _any_of(characters: str) -> re.Pattern[str]:
    return re.compile(f"[{''.join(characters.split())}]")


@cache
def _data() -> Mapping[str, Mapping[str, Mapping[float, str]]]:
    data: Mapping[str, Mapping[str, Mapping[float, str]]] = yamlfile.read(_DATA / "languages.yaml").data
    return data


@cache
def _names() -> tuple[str, ...]:
    return tuple(_data())


@cache
def _votes() -> _Votes:
    tables: dict[str, dict[str, dict[str, float]]] = {"words": {}, "letters": {}, "endings": {}}
    for language, kinds in _data().items():
        for kind, weighted in kinds.items():
            for weight, entries in weighted.items():
                for entry in entries.split():
                    tables[kind].setdefault(entry, {})[language] = float(weight)
    words, letters, endings = ({entry: _packed(votes) for entry, votes in table.items()} for table in tables.values())
    return _Votes(_names(), words, letters, endings)
