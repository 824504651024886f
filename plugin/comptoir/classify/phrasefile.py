"""Reads packs/*/phrases/<language>.yaml: what people say, label by label. Strict; faults carry file and line.

A phrase is written as people say it, words apart by spaces (docs/reference/phrases.md explains it for policy keepers):

    jamais recu            these words in this order; fillers ("le", "encore", "了") may stand between
    colis|paquet perdu*    any of these; `*` ends a stem
    <not> .. <receive>     <name> is one of `sets`, or found by itself: <n> <long> <ages> <date> <amount>
    a .. b    a ... b      up to a few, up to many other words between, within one sentence
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter

from comptoir import yamlfile
from comptoir.errors import BadPack, Fault
from comptoir.rules import ISSUES
from comptoir.text import fold, normalise
from comptoir.ticket import FACT_PATHS

_STRICT = ConfigDict(extra="forbid")
#: found in a text by themselves: a number, a stretch of time worth a week or months, a day, money
COMPUTED = ("n", "long", "ages", "date", "amount")
#: label kinds and the values they may have; an ignored phrase speaks for nothing and silences what it covers
KINDS: Mapping[str, tuple[str, ...]] = {
    "issue": ISSUES,
    "sender": ("buyer", "platform", "carrier", "other"),
    "stage": ("pre_ship", "in_transit", "delivered", "return", "claim", "closed"),
    "fact": FACT_PATHS,
}
_Weighted = Mapping[Annotated[str, StringConstraints(pattern=r"^((platform|buyer) )?[1-9](\.\d)?$")], tuple[str, ...]]


@dataclass(frozen=True)
class Negation:
    """Words that turn round what follows within `scope` words (characters in Chinese) of the same sentence."""

    __pydantic_config__ = _STRICT
    words: tuple[str, ...] = ()
    scope: int = 3


@dataclass(frozen=True)
class Durations:
    """How stretches of time are written, and from how many days on they are `<long>` and `<ages>`."""

    __pydantic_config__ = _STRICT
    units: Mapping[str, Decimal] = field(default_factory=dict)  # unit -> days
    numbers: Mapping[str, Decimal] = field(default_factory=dict)  # number word -> its value
    between: tuple[str, ...] = ()  # what may stand between number and unit
    long: Decimal = Decimal(0)
    ages: Decimal = Decimal(0)


@dataclass(frozen=True)
class PhraseFile:
    """One language of one pack."""

    __pydantic_config__ = _STRICT
    fillers: tuple[str, ...] = ()
    negation: Negation = Negation()
    durations: Durations = Durations()
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    issues: Mapping[str, _Weighted] = field(default_factory=dict)
    senders: Mapping[str, _Weighted] = field(default_factory=dict)
    stages: Mapping[str, _Weighted] = field(default_factory=dict)
    risks: Mapping[Annotated[str, Field(pattern=r"^[a-z_]+$")], tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One element of a phrase: any of `words` (a `*` ends a stem), at most `gap` units after the one before."""

    words: frozenset[str]
    gap: int


@dataclass(frozen=True)
class Phrase:
    """One phrase, as it counts: for `label`, with `weight`, when the sender is `when` (or whoever, if empty)."""

    rule: str  # "fr: jamais <receive>", as people find it in the file
    label: str  # "issue=item_not_received"; "" silences
    weight: float
    when: str
    steps: tuple[Step, ...]
    kind: str = ""  # "issue", "sender" ...; as in `label`

    def counts_for(self, sender: str) -> bool:
        """Whether it counts when this sender speaks. One whom nobody vouches for may be the platform."""
        if self.when == "platform":
            return sender in ("platform", "unknown")
        return not self.when or sender != "platform"


@dataclass(frozen=True)
class Language:
    """A language's phrases of all packs, parsed."""

    name: str
    han: bool
    fillers: frozenset[str]
    negation: Negation
    durations: Durations
    phrases: tuple[Phrase, ...]


@cache
def _shape() -> TypeAdapter[PhraseFile]:
    return TypeAdapter(PhraseFile)


def read(path: Traversable, language: str) -> Language:
    """One file. Raises BadPack with every fault."""
    document = yamlfile.read(path)
    content = yamlfile.validate(yamlfile.Document(document.file, document.data or {}, document.root), _shape())
    faults: list[Fault] = []
    phrases = tuple(_phrases(content, language, document, faults))
    if faults:
        raise BadPack(faults)
    negation = Negation(tuple(map(comparable, content.negation.words)), content.negation.scope)
    fillers = frozenset(map(comparable, content.fillers))
    return Language(language, language == "zh", fillers, negation, content.durations, phrases)


def comparable(text: str) -> str:
    """Text as messages are compared with it."""
    return fold(normalise(text).text)


def _phrases(
    content: PhraseFile, language: str, document: yamlfile.Document, faults: list[Fault]
) -> Iterator[Phrase]:
    sets: dict[str, frozenset[str]] = {}
    for name, members in content.sets.items():
        try:
            sets[name] = frozenset(_word(comparable(member), han=language == "zh") for member in members)
        except ValueError as error:
            faults.append(document.fault(("sets", name), str(error)))
            sets[name] = frozenset()
    for where, label, weight, when, written in _entries(content):
        kind, _, value = label.partition("=")
        if kind in KINDS and value not in KINDS[kind]:
            hint = yamlfile.did_you_mean(value, KINDS[kind])
            faults.append(document.fault(where[:2], f"{value!r} is no {kind}; {hint}"))
            continue
        try:
            steps = tuple(_steps(written, sets, han=language == "zh"))
        except ValueError as error:
            faults.append(document.fault(where, f"{written!r}: {error}"))
            continue
        yield Phrase(f"{language}: {written}", label, weight, when, steps, kind)


_Entry = tuple[tuple[str | int, ...], str, float, str, str]


def _entries(content: PhraseFile) -> Iterator[_Entry]:
    """(where it stands, label, weight, when, phrase) for all that is written in a file."""
    for place, phrase in enumerate(content.ignore):
        yield ("ignore", place), "", 0.0, "", phrase
    for section, kind in (("issues", "issue"), ("senders", "sender"), ("stages", "stage")):
        labels: Mapping[str, _Weighted] = getattr(content, section)
        for value, weights in labels.items():
            for key, phrases in weights.items():
                when, _, weight = key.rpartition(" ")
                for place, phrase in enumerate(phrases):
                    yield (section, value, key, place), f"{kind}={value}", float(weight), when, phrase
    for section, kind in (("risks", "risk"), ("facts", "fact")):
        plain: Mapping[str, tuple[str, ...]] = getattr(content, section)
        for value, phrases in plain.items():
            for place, phrase in enumerate(phrases):
                yield (section, value, place), f"{kind}={value}", 1.0, "", phrase


_GAPS = {"..": (4, 8), "...": (10, 18)}  # other words in between; characters in Chinese


def _steps(written: str, sets: Mapping[str, frozenset[str]], *, han: bool) -> Iterator[Step]:
    """Raises ValueError, saying what is allowed."""
    nearest = 1 if han else 0
    gap = nearest
    parts = comparable(written).split(" ")
    if parts[-1] in _GAPS or parts[0] in _GAPS:
        raise ValueError("a phrase neither begins nor ends with a gap")
    for part in parts:
        if part in _GAPS:
            gap = _GAPS[part][han]
            continue
        for place, words in enumerate(_alternatives(part, sets, han=han)):
            yield Step(words, nearest if place else gap)
        gap = nearest


def _alternatives(part: str, sets: Mapping[str, frozenset[str]], *, han: bool) -> Iterator[frozenset[str]]:
    """The steps of one part: `a|b` is one step; in Latin script "n'est" is two."""
    if not han and "'" in part and "|" not in part:
        yield from (frozenset([word]) for word in split_words(part))
        return
    words: set[str] = set()
    for word in part.split("|"):
        if word.startswith("<") and word.endswith(">"):
            name = word[1:-1]
            if name not in sets and name not in COMPUTED:
                raise ValueError(f"{word} is not in `sets`; {yamlfile.did_you_mean(name, [*sets, *COMPUTED])}")
            words |= sets.get(name, {word})
        else:
            words.add(_word(word, han=han))
    yield frozenset(words)


def _word(written: str, *, han: bool) -> str:
    """One word as messages have it: any characters in Chinese, one word of letters and digits elsewhere."""
    words = [written] if han and written and not written.startswith("<") else split_words(written)
    if len(words) != 1 or len(words[0]) < len(written.replace("'", "")):
        raise ValueError(f"{written!r} is not one word; allowed are letters and digits, a|b, stem*, <set>, `..`, `...`")
    return words[0]


#: a word of Latin script; "doesn't" and "it's" are one, "j'ai" and "l'article" are two
WORD = re.compile(r"[^\W_]+(?:'(?:t|s|re|ve|ll|m|d)\b)?\*?")


def split_words(text: str) -> list[str]:
    """The words of a folded Latin text, English apostrophes taken out."""
    return [text] if text.isalpha() else [word.replace("'", "") for word in WORD.findall(text)]
