"""Parcel numbers, by check digit or by the shapes of data/carriers.yaml, and carriers by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import itemgetter

from comptoir import yamlfile
from comptoir.classify.case import Evidence
from comptoir.classify.glance import Glance
from comptoir.classify.parts import Part
from comptoir.classify.words import WordIndex, Words

Found = tuple[str, str, Evidence]  # the fact's path, its value, why

_S10 = re.compile(r"(?<![A-Z0-9])[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}(?![A-Z0-9])", re.IGNORECASE)
_S10_FIGURES = (3, 6, 9)  # that stand together, as spaces part them
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_NEAR = 60  # characters between a number and the word that says what it is


def is_postal_number(text: str) -> bool:
    """Whether the check digit of a postal union number (UPU S10) is right."""
    digits = [int(char) for char in text if char.isdigit()]
    if len(digits) != 9:
        return False
    rest = 11 - sum(weight * digit for weight, digit in zip(_S10_WEIGHTS, digits, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)


def tracking(parts: Sequence[Part], glances: Mapping[str, Glance]) -> Iterator[Found]:
    """Parcel numbers and carriers, the surest first."""
    for part in parts:
        if not any(end - start in _S10_FIGURES for start, end in part.figures):
            continue
        for match in part.around_figures(_S10, part.newest, 3, 20):
            if is_postal_number(match[0]):
                number = match[0].replace(" ", "").upper()
                yield _found("shipping.tracking_number", number, part, match.span(), "postal number, check digit right")
    for part in parts:
        named = glances[part.field].carriers
        if named or part.figures:
            yield from _carriers(part, named=named)


@dataclass(frozen=True)
class _Carrier:
    name: str
    alone: re.Pattern[str] | None
    near: re.Pattern[str] | None


@dataclass(frozen=True)
class _Carriers:
    words: WordIndex[str]  # name as written -> the carrier; "" for a word for tracking
    carriers: tuple[_Carrier, ...]


_LONG_NUMBER = re.compile(r"(?<![A-Z0-9/-])(?=[A-Z]{0,5}\d)[A-Z0-9]{8,24}(?![A-Z0-9/-])", re.IGNORECASE)


def key_words() -> AbstractSet[str]:
    """Those of carriers' names, and of words for tracking."""
    return _known_carriers().words.key_words


def _carriers(part: Part, *, named: bool) -> Iterator[Found]:
    """A carrier that is named; numbers of a shape only one carrier has, or near its name or a word for tracking."""
    known = _known_carriers()
    # the one named first is the one that is meant
    words = sorted(known.words.find(part.words), key=itemgetter(1)) if named else []
    for name, start, end in words:
        if name:
            yield _found("shipping.carrier", name, part, (start, end), f"carrier {name}")
    names = {name for name, _, _ in words if name}
    for number in part.numbers(_LONG_NUMBER):
        before = part.folded[max(0, number.start() - _NEAR):number.start()]
        near = {name for name, _, _ in known.words.find(Words(before))} if words else set()
        for carrier in known.carriers:
            shape = carrier.near if carrier.name in near or (carrier.name in names and near) else None
            if any(pattern and pattern.fullmatch(number[0]) for pattern in (carrier.alone, shape)):
                rule = f"{carrier.name} number"
                yield _found("shipping.tracking_number", number[0].upper(), part, number.span(), rule)
                yield _found("shipping.carrier", carrier.name, part, number.span(), rule)


@cache
def _known_carriers() -> _Carriers:
    data = yamlfile.read(files("comptoir") / "classify" / "data" / "carriers.yaml").data
    carriers = tuple(_Carrier(name, _number(one.get("alone")), _number(one.get("shapes")))
                     for name, one in data["carriers"].items())
    names = [(word, name) for name, one in data["carriers"].items() for word in one["names"]]
    return _Carriers(WordIndex([*names, *((word, "") for word in data["keywords"])]), carriers)


def _number(shapes: Sequence[str] | None) -> re.Pattern[str] | None:
    return re.compile("|".join(shapes), re.IGNORECASE) if shapes else None


def _found(path: str, value: str, part: Part, span: tuple[int, int], rule: str) -> Found:
    return path, value, part.evidence(f"fact={path}", *span, rule)
