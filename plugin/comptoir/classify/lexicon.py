"""All phrases of all packs, one matcher a language; and what a text is searched for beside them: time, days, money."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate

from comptoir.classify.figures import Amount, Day, Figures
from comptoir.classify.glance import Glance
from comptoir.classify.language import Guess
from comptoir.classify.matching import Matcher
from comptoir.classify.parts import Part
from comptoir.classify.phrasefile import Durations, Language, read
from comptoir.classify.spoken import Spoken, unabsorbed
from comptoir.classify.words import key_word
from comptoir.errors import BadPack, Fault
from comptoir.rules import Packs

_LATIN = ("fr", "en")


class Lexicon:
    """The phrases, ready to be found."""

    def __init__(self, packs: Packs) -> None:
        languages = _languages(packs)
        self._matchers = {name: Matcher(language) for name, language in languages.items()}
        self._clocks = {name: _Clock(language) for name, language in languages.items()}
        # the steps of all languages stand side by side in one whole number
        ends = accumulate((matcher.size for matcher in self._matchers.values()), initial=0)
        self._first = dict(zip(self._matchers, ends, strict=False))
        self.chinese = frozenset[str]().union(*(matcher.chinese for matcher in self._matchers.values()))

    def steps_of(self, word: str) -> int:
        """The steps of phrases that a written word may be."""
        return sum(matcher.steps_of(word) << self._first[name] for name, matcher in self._matchers.items())

    def listen(
        self, parts: Sequence[Part], glances: Mapping[str, Glance], guess: Guess, figures: Figures
    ) -> Sequence[Spoken]:
        """A ticket's phrases, of the language it is in or of all where that is not known, none of them negated or
        inside a longer one.
        """
        found: list[Spoken] = []
        for part in parts:
            steps = glances[part.field].steps
            for name in _names(guess, part.folded):
                if name in self._matchers:
                    found += self._heard(name, part, steps >> self._first[name], figures)
        return unabsorbed(one for one in found if not one.match.negated) if found else found

    def _heard(self, name: str, part: Part, steps: int, figures: Figures) -> Iterator[Spoken]:
        matcher, clock = self._matchers[name], self._clocks[name]
        computed: dict[str, Sequence[Day | Amount]] = {
            "date": figures.days[part.field], "amount": figures.amounts[part.field]}
        met = [*clock.likely(part), *(name for name, found in computed.items() if found)]
        plans = matcher.likely(steps, met)
        if plans:
            spans = clock.find(part.folded, {name for plan in plans for name in plan.computed})
            spans |= {name: [(one.a, one.b) for one in found] for name, found in computed.items()}
            for match in matcher.find(part.folded, plans, spans):
                yield Spoken(part, match)


def _names(guess: Guess, text: str) -> list[str]:
    if guess.language.startswith("zh"):
        return ["zh"]
    if guess.language == "unknown":
        return ["zh"] if _HAN.search(text) else [*_LATIN]
    if not text.isascii() and _HAN.search(text):  # a Chinese line under an English greeting
        return [guess.language, "zh"]
    return [guess.language]


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
        self._written = frozenset(map(key_word, language.durations.numbers))
        self._units = frozenset(map(key_word, language.durations.units))

    def likely(self, part: Part) -> Sequence[str]:
        """What may be found in a part, by a look at its words."""
        if not part.figures and self._written.isdisjoint(part.words.met):
            return ()
        return ("n",) if self._units.isdisjoint(part.words.met) else ("n", "long", "ages")

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
