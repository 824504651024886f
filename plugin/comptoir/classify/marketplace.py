"""Which marketplace a ticket belongs to: structure before words, scored with reasons; below a half it is unknown.

A mention is not a match: naming a brand gives 0.3, which no number of repetitions raises.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from comptoir.classify.case import UNKNOWN, Evidence
from comptoir.classify.parts import Part
from comptoir.rules import OrderNumber, Pack, Packs, reach
from comptoir.text import fold
from comptoir.ticket import Ticket

ENOUGH = 0.5
#: what each kind of signal is worth; of one kind only the best counts
WORTH = {"desk": 1.0, "relay": 1.0, "recipient": 1.0, "address": 0.9, "field": 0.9, "header": 0.9, "link": 0.6, "order_shape": 0.6,
         "order_near_word": 0.4, "digits": 0.1, "word": 0.3, "second_word": 0.2, "weak_word": 0.1}
_LINK = re.compile(r"\bhttps?://[^\s\"'<>()]{4,300}|\bwww\.[^\s\"'<>()]{4,200}", re.IGNORECASE)
_NEAR = 40  # characters between an order number and the word that makes it one


@dataclass(frozen=True)
class Verdict:
    """The marketplace, how sure, why; and the order numbers its shapes found, as (number, evidence)."""

    marketplace: str = UNKNOWN
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    order_numbers: tuple[tuple[str, Evidence], ...] = ()


class _Hit(NamedTuple):
    kind: str
    evidence: Evidence
    number: str = ""


@dataclass(frozen=True)
class _Order:
    pattern: re.Pattern[str]
    alone: bool
    keywords: re.Pattern[str] | None


@dataclass(frozen=True)
class _Signals:
    """A marketplace's signals and those of what it includes, compiled."""

    recipients: tuple[re.Pattern[str], ...]
    links: tuple[re.Pattern[str], ...]
    strong: re.Pattern[str] | None
    weak: re.Pattern[str] | None
    orders: tuple[_Order, ...]
    fields: Mapping[str, frozenset[str]]
    headers: Mapping[str, re.Pattern[str]]


class Marketplaces:
    """All marketplaces, ready."""

    def __init__(self, packs: Packs) -> None:
        self._signals = {id: _compile([packs.packs[part] for part in reach(packs.packs, id)]) for id in packs.marketplaces}

    def judge(
        self, ticket: Ticket, parts: tuple[Part, ...], address: tuple[str, str, Evidence | None], desk: Mapping[str, str]
    ) -> Verdict:
        """`address` is (marketplace, sender, evidence) of whose address it came from; `desk` maps recipients and brands."""
        hits: dict[str, list[_Hit]] = defaultdict(list)
        for id, hit in _desk(ticket, desk):
            hits[id].append(hit)
        marketplace, sender, because = address
        if marketplace in self._signals and because:
            kind = "relay" if sender == "buyer" else "address"
            hits[marketplace].append(_Hit(kind, because))
        for id, signals in self._signals.items():
            hits[id].extend(_structure(ticket, signals, id))
            for part in parts:
                hits[id].extend(_in_text(part, signals, id))
        return _decide(hits)

    def order_numbers(self, marketplace: str, parts: tuple[Part, ...]) -> Iterator[tuple[str, Evidence]]:
        """What one marketplace's shapes find, those that stand alone or near their word."""
        signals = self._signals.get(marketplace)
        for part in parts if signals else ():
            for hit in _orders(part, signals.orders, marketplace):  # type: ignore[union-attr]  # parts are only walked with signals
                if hit.kind != "digits":
                    yield hit.number, hit.evidence


def _compile(packs: list[Pack]) -> _Signals:
    signals = [pack.signals for pack in packs]
    fields: dict[str, set[str]] = defaultdict(set)
    for one in signals:
        for name, values in one.fields.items():
            fields[name].update(value.lower() for value in values)
    return _Signals(
        tuple(re.compile(p, re.IGNORECASE) for one in signals for p in one.recipients),
        tuple(re.compile(p, re.IGNORECASE) for one in signals for p in one.links),
        _words([word for one in signals for word in one.words.strong]),
        _words([word for one in signals for word in one.words.weak]),
        tuple(_order(order) for one in signals for order in one.order_numbers),
        {name: frozenset(values) for name, values in fields.items()},
        {name: re.compile(p, re.IGNORECASE) for one in signals for name, p in one.headers.items()},
    )


def _order(order: OrderNumber) -> _Order:
    return _Order(re.compile(order.pattern, re.IGNORECASE), order.alone, _words(list(order.keywords)))


def _words(words: list[str]) -> re.Pattern[str] | None:
    """One pattern for all words, as they stand in folded text; the longest wins; Latin words are whole words."""
    folded = sorted({fold(word) for word in words}, key=len, reverse=True)
    alternatives = [rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" if word.isascii() else re.escape(word) for word in folded]
    return re.compile("|".join(alternatives)) if alternatives else None


def _desk(ticket: Ticket, desk: Mapping[str, str]) -> Iterator[tuple[str, _Hit]]:
    """What the desk's settings say about the address written to, and the brand."""
    known = {key.lower(): marketplace for key, marketplace in desk.items()}
    message = ticket.newest
    for name, value in (("brand", ticket.brand), ("to", message.to if message else ""), ("channel", ticket.channel)):
        for key in (value.lower(), value.lower().rpartition("@")[2]) if value else ():
            if key in known:
                yield known[key], _Hit("desk", Evidence("", name, 0, len(value), value[:80], f"the desk's settings: {key}"))


def _structure(ticket: Ticket, signals: _Signals, id: str) -> Iterator[_Hit]:
    message = ticket.newest
    to = message.to if message else ""
    for pattern in signals.recipients:
        if found := pattern.search(to):
            yield _Hit("recipient", Evidence("", "to", *found.span(), found[0][:80], f"{id}: {pattern.pattern}"))
    for name, values in signals.fields.items():
        given = [*ticket.tags] if name in ("tag", "tags") else [ticket.brand if name == "brand" else ticket.fields.get(name, "")]
        for value in map(str, given):
            if value.lower() in values:
                yield _Hit("field", Evidence("", name if name in ("brand", "tags", "tag") else f"fields.{name}", 0, len(value),
                                             value[:80], f"{id}: {name}"))
    headers = ticket.raw.get("headers") if signals.headers else None
    if isinstance(headers, Mapping):
        for name, pattern in signals.headers.items():
            if found := pattern.search(str(headers.get(name, ""))):
                yield _Hit("header", Evidence("", f"headers.{name}", *found.span(), found[0][:80], f"{id}: {name}"))


def _in_text(part: Part, signals: _Signals, id: str) -> Iterator[_Hit]:
    for link in _LINK.finditer(part.newest) if signals.links else ():
        if any(pattern.search(link[0].lower()) for pattern in signals.links):
            yield _Hit("link", part.evidence("", *link.span(), f"{id}: link"))
    yield from _orders(part, signals.orders, id)
    seen: set[str] = set()
    for found in signals.strong.finditer(part.folded) if signals.strong else ():
        if found[0] not in seen and len(seen) < 2:
            yield _Hit("second_word" if seen else "word", part.evidence("", *found.span(), f"{id}: word"))
            seen.add(found[0])
    if signals.weak and (found := signals.weak.search(part.folded)):  # type: ignore[assignment]  # None ends here
        yield _Hit("weak_word", part.evidence("", *found.span(), f"{id}: weak word"))


def _orders(part: Part, orders: tuple[_Order, ...], id: str) -> Iterator[_Hit]:
    for order in orders:
        for count, found in enumerate(order.pattern.finditer(part.newest)):
            if count == 20:
                break
            around = part.folded[max(0, found.start() - _NEAR):found.end() + _NEAR // 2]
            near = order.keywords is not None and order.keywords.search(around) is not None
            kind = "order_shape" if order.alone else "order_near_word" if near else "digits"
            yield _Hit(kind, part.evidence("", *found.span("number"), f"{id}: order number"), found["number"])


def _decide(hits: Mapping[str, list[_Hit]]) -> Verdict:
    best_of: dict[str, dict[str, _Hit]] = {}
    for id, found in hits.items():
        best_of[id] = {}
        for hit in found:
            best_of[id].setdefault(hit.kind, hit)
    scores = {id: _score(kinds) for id, kinds in best_of.items()}
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    if not ranked or ranked[0][1] < ENOUGH or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < 0.1):
        return Verdict()
    id, score = ranked[0]
    evidence = tuple(_label(hit.evidence, id) for hit in best_of[id].values() if hit.kind != "digits")
    numbers = tuple((hit.number, hit.evidence) for hit in hits[id] if hit.number and hit.kind != "digits")
    return Verdict(id, round(min(0.99, 0.45 + score / 2), 3), evidence, numbers)


def _score(kinds: Mapping[str, _Hit]) -> float:
    total = sum(WORTH[kind] for kind in kinds if kind not in ("digits", "order_near_word", "order_shape"))
    return total + max((WORTH[kind] for kind in ("order_shape", "order_near_word", "digits") if kind in kinds), default=0.0)


def _label(evidence: Evidence, id: str) -> Evidence:
    return Evidence(f"marketplace={id}", evidence.field, evidence.start, evidence.end, evidence.text, evidence.rule)
