"""All phrases of all packs, one matcher a language; and what a text is searched for beside them: time, days, money."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.classify.figures import Figures
from comptoir.classify.language import Guess
from comptoir.classify.matching import Match, Matcher, Wakes
from comptoir.classify.parts import Part
from comptoir.classify.phrasefile import Durations, Language, read
from comptoir.classify.spoken import Spoken, unabsorbed
from comptoir.errors import BadPack, Fault
from comptoir.rules import Packs

_LATIN = ("fr", "en")


class Lexicon:
    """The phrases, ready to be found; those of each kind (issue, sender, stage, risk, fact) by themselves."""

    def __init__(self, packs: Packs) -> None:
        languages = _languages(packs)
        self.kinds = tuple(dict.fromkeys(
            phrase.kind for language in languages.values() for phrase in language.phrases if phrase.kind))
        self.matchers = {name: [Matcher(_of_kind(language, kind)) for kind in self.kinds]
                         for name, language in languages.items()}
        self.clocks = {name: _Clock(language) for name, language in languages.items()}
        self._wakes = {name: Wakes(matchers, han=languages[name].han) for name, matchers in self.matchers.items()}

    def listen(self, parts: Sequence[Part], guess: Guess, figures: Figures) -> Hearing:
        """A ticket's texts, ready to be searched for phrases of the language they are in; of all where it is not known.
        """
        woken = [(part, name, wakes.by(part)) for part in parts if part.folded
                 for name in _names(guess, part.folded) if (wakes := self._wakes.get(name))]
        return Hearing(self, [one for one in woken if one[2]], figures)


@dataclass(frozen=True)
class Hearing:
    """One ticket, and which kinds of phrases may be in it."""

    lexicon: Lexicon
    woken: Sequence[tuple[Part, str, int]]  # part, language, a bit for each kind
    figures: Figures

    def of(self, kind: str) -> list[Spoken]:
        """The phrases of one kind, none of them negated or inside a longer one."""
        if not self.woken or kind not in self.lexicon.kinds:
            return []
        place = self.lexicon.kinds.index(kind)
        found = [Spoken(part, match) for part, name, bits in self.woken if bits >> place & 1
                 for match in self._find(self.lexicon.matchers[name][place], part, name)]
        return unabsorbed(one for one in found if not one.match.negated) if found else []

    def _find(self, matcher: Matcher, part: Part, name: str) -> list[Match]:
        computed = self.lexicon.clocks[name].find(part.folded, matcher.computed)
        computed["date"] = [(day.a, day.b) for day in self.figures.days[part.field]]
        computed["amount"] = [(amount.a, amount.b) for amount in self.figures.amounts[part.field]]
        return matcher.find(part.folded, computed)


def _names(guess: Guess, text: str) -> list[str]:
    if guess.language.startswith("zh"):
        return ["zh"]
    if guess.language == "unknown":
        return ["zh"] if _HAN.search(text) else [*_LATIN]
    if not text.isascii() and _HAN.search(text):  # a Chinese line under an English greeting
        return [guess.language, "zh"]
    return [guess.language]


def _of_kind(language: Language, kind: str) -> Language:
    """With the phrases that are to be ignored."""
    return replace(language, phrases=tuple(one for one in language.phrases if one.kind in (kind, "")))


_HAN = re.compile(r"[\u3400-\u9fff]{2}")


def _languages(packs: Packs) -> dict[str, Language]:
    faults: list[Fault] = []
    parsed: dict[str, list[Language]] = {}
    for pack in packs.packs.values():
        for name in pack.phrases:
            try:
                parsed.setdefault(name, []).append(read(pack.folder / "phrases" / f"{name}.yaml", name))
            except BadPack as error:
                faults.extend(error.faults)
    if faults:
        raise BadPack(faults)
    return {name: _joined(files) for name, files in parsed.items()}


def _joined(files: Sequence[Language]) -> Language:
    """Several packs' phrases of one language; fillers, negation and durations are those of the fullest file."""
    main = max(files, key=lambda one: len(one.fillers))
    return Language(main.name, main.han, main.fillers, main.negation, main.durations,
                    tuple(phrase for one in files for phrase in one.phrases))


class _Clock:
    """Finds numbers, and stretches of time that are long or very long."""

    def __init__(self, language: Language) -> None:
        self._durations = language.durations
        self._numbers = _numbers(language.durations, han=language.han)
        self._stretch = _stretch(language.durations, han=language.han)

    def find(self, text: str, wanted: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {"n": [], "long": [], "ages": []}
        if "n" in wanted:
            found["n"] = [match.span() for match in self._numbers.finditer(text)]
        stretches = self._stretch if "long" in wanted or "ages" in wanted else None
        for match in stretches.finditer(text) if stretches else ():
            days = _value(match["n"], self._durations.numbers) * self._durations.units[match["unit"]]
            if days >= self._durations.long:
                found["long"].append(match.span())
            if days >= self._durations.ages:
                found["ages"].append(match.span())
        return found


def _numbers(durations: Durations, *, han: bool) -> re.Pattern[str]:
    words = "|".join(sorted(durations.numbers, key=len, reverse=True))
    if not words:
        return re.compile(r"\d{1,6}")
    return re.compile(rf"\d{{1,6}}|(?:{words})+" if han else rf"\b(?:\d{{1,6}}|{words})(?![^\W\d_])")


def _stretch(durations: Durations, *, han: bool) -> re.Pattern[str] | None:
    if not durations.units:
        return None
    units, words, between = (
        "|".join(re.escape(word) for word in sorted(some, key=len, reverse=True))
        for some in (durations.units, durations.numbers, durations.between))
    if han:
        return re.compile(rf"(?P<n>\d{{1,4}}|(?:{words}){{1,3}}) ?(?:{between}){{0,3}}(?P<unit>{units})")
    return re.compile(rf"\b(?P<n>\d{{1,4}}|{words}) ?(?:(?:{between}) ){{0,2}}(?P<unit>{units})(?![a-z])")


def _value(written: str, numbers: Mapping[str, Decimal]) -> Decimal:
    """A number's value; 二十 is two tens, 二十五 two tens and five."""
    if written.isdigit():
        return Decimal(written)
    if written in numbers:
        return numbers[written]
    tens, ten, ones = written.partition("十")
    if ten:
        return numbers.get(tens, Decimal(1)) * 10 + numbers.get(ones, Decimal(0))
    return numbers.get(written[0], Decimal(1))
