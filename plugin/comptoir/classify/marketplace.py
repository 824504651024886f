"""Which marketplace a ticket belongs to: structure before words, scored with reasons; below a half it is unknown.

A mention is not a match: naming a brand gives 0.3, which no number of repetitions raises.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from comptoir.classify.case import UNKNOWN, Evidence
from comptoir.classify.glance import Glance
from comptoir.classify.parts import Part
from comptoir.classify.words import WordIndex, any_word
from comptoir.rules import OrderNumber, Pack, Packs, reach
from comptoir.ticket import Message, Ticket

ENOUGH = 0.5
#: a signal worth this much or more is structure
STRUCTURE = 0.9
#: how far ahead of the next one a marketplace must be
AHEAD = 0.1
#: what each kind of signal is worth; of one kind only the best counts, and of the shapes of order numbers only one
WORTH = {
    "desk": 1.0, "relay": 1.0, "recipient": 1.0, "address": 0.9, "field": 0.9, "header": 0.9, "link": 0.6,
    "word": 0.3, "second_word": 0.2, "weak_word": 0.1,
}
SHAPES = {"order_shape": 0.6, "order_near_word": 0.4, "digits": 0.1}
_LINK = re.compile(r"\bhttps?://[^\s\"'<>()]{4,300}|\bwww\.[^\s\"'<>()]{4,200}", re.IGNORECASE)
_NUMBER_LIKE = re.compile(r"(?=[a-z/-]{0,12}\d)[a-z0-9][a-z0-9/-]{4,80}", re.IGNORECASE)
_MOST_NUMBERS = 40  # number-like words of one part that are looked at
_NEAR = 40  # characters between an order number and the word that makes it one


class Verdict(NamedTuple):
    """The marketplace, how sure, why; and the order numbers its shapes found, as (number, evidence)."""

    marketplace: str = UNKNOWN
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    order_numbers: tuple[tuple[str, Evidence], ...] = ()


@dataclass(frozen=True)
class Address:
    """What the sender's address said of the marketplace: a signal's kind, `relay` or `address`, and its evidence."""

    marketplace: str
    kind: str
    evidence: Evidence


class _Hit(NamedTuple):
    kind: str
    evidence: Evidence
    number: str = ""


class _Order(NamedTuple):
    pattern: re.Pattern[str]
    alone: bool
    keyword: re.Pattern[str]  # a word that makes a number near it one of an order


@dataclass(frozen=True)
class _Signals:
    """A marketplace's signals and those of what it includes, compiled."""

    recipients: tuple[re.Pattern[str], ...]
    links: tuple[re.Pattern[str], ...]
    orders: tuple[_Order, ...]
    fields: Mapping[str, frozenset[str]]
    headers: Mapping[str, re.Pattern[str]]


class Marketplaces:
    """All marketplaces, ready."""

    def __init__(self, packs: Packs) -> None:
        parts = {id: [packs.packs[part] for part in reach(packs.packs, id)] for id in packs.marketplaces}
        self._signals = {id: _compile(some) for id, some in parts.items()}
        self._orders_of = [(id, order) for id, one in self._signals.items() for order in one.orders]
        # one search for the many numbers and addresses that are nobody's
        self._any_order = _any_of(order.pattern for _, order in self._orders_of)
        self._any_recipient = _any_of(pattern for one in self._signals.values() for pattern in one.recipients)
        self._fields = _by_field(self._signals)
        self.words = WordIndex(
            (word, (id, kind)) for id, some in parts.items() for pack in some
            for kind, words in (("word", pack.signals.words.strong), ("weak_word", pack.signals.words.weak))
            for word in words)

    def judge(
        self, ticket: Ticket, parts: Sequence[Part], glances: Mapping[str, Glance], address: Address | None,
        desk: Mapping[str, str],
    ) -> Verdict:
        """`desk` maps the recipients and brands of the desk's settings to marketplaces."""
        hits: dict[str, list[_Hit]] = defaultdict(list)
        for id, hit in _desk(ticket, desk) if desk else ():
            hits[id].append(hit)
        if address is not None:
            hits[address.marketplace].append(_Hit(address.kind, address.evidence))
        for id, hit in self._structure(ticket):
            hits[id].append(hit)
        for part in parts:
            for id, hit in (*self._links(part), *self._orders(part)):
                hits[id].append(hit)
            for id, hit in self._vocabulary(part) if glances[part.field].brands else ():
                hits[id].append(hit)
        return _decide(hits) if hits else Verdict()

    def order_numbers(self, marketplace: str, parts: Sequence[Part]) -> Iterator[tuple[str, Evidence]]:
        """What one marketplace's shapes find: numbers that stand for themselves, or near their word."""
        for part in parts:
            for id, hit in self._orders(part):
                if id == marketplace and hit.kind != "digits":
                    yield hit.number, hit.evidence

    def _structure(self, ticket: Ticket) -> Iterator[tuple[str, _Hit]]:
        """What recipient, fields and headers say, of the few marketplaces that they may speak of."""
        message = ticket.newest
        if ticket.raw.get("headers") or (message and message.to and self._any_recipient.search(message.to)):
            ids = {*self._signals}
        else:
            ids = {id for name, by_value in self._fields.items() for _, value in _field(ticket, name)
                   for id in by_value.get(value.lower(), ())}
        for id in ids:
            for hit in _structure(ticket, self._signals[id], id):
                yield id, hit

    def _links(self, part: Part) -> Iterator[tuple[str, _Hit]]:
        for link in _LINK.finditer(part.newest) if "://" in part.newest or "www" in part.folded else ():
            address = link[0].lower()
            for id, signals in self._signals.items():
                if any(pattern.search(address) for pattern in signals.links):
                    yield id, _Hit("link", part.evidence("", *link.span(), f"{id}: link"))

    def _orders(self, part: Part) -> Iterator[tuple[str, _Hit]]:
        for start, end in (match.span() for match in islice(part.numbers(_NUMBER_LIKE), _MOST_NUMBERS)):
            if not self._any_order.search(part.newest, start, end + 1):
                continue
            around = max(0, start - _NEAR), end + _NEAR // 2
            for id, order in self._orders_of:
                # the text's end is moved, its beginning is not: what stands before a number may forbid it
                if found := order.pattern.search(part.newest, start, end + 1):
                    near = order.alone or order.keyword.search(part.folded, *around)
                    kind = "order_shape" if order.alone else "order_near_word" if near else "digits"
                    because = part.evidence("", *found.span("number"), f"{id}: order number")
                    yield id, _Hit(kind, because, found["number"])

    def _vocabulary(self, part: Part) -> Iterator[tuple[str, _Hit]]:
        seen: dict[str, tuple[int, int]] = {}
        for (id, kind), start, end in sorted(self.words.find(part.words), key=lambda found: (found[1], -found[2])):
            because = part.evidence("", start, end, f"{id}: {kind.replace('_', ' ')}")
            if kind == "word":
                first = seen.setdefault(id, (start, end))
                if first[0] < end and start < first[1] and first != (start, end):
                    continue  # "Rakuten" inside "Rakuten France" is no second word
                kind = "word" if first == (start, end) else "second_word"
            yield id, _Hit(kind, because)


def _compile(packs: Sequence[Pack]) -> _Signals:
    signals = [pack.signals for pack in packs]
    fields: dict[str, set[str]] = defaultdict(set)
    for one in signals:
        for name, values in one.fields.items():
            fields[name].update(value.lower() for value in values)
    return _Signals(
        tuple(re.compile(pattern, re.IGNORECASE) for one in signals for pattern in one.recipients),
        tuple(re.compile(pattern, re.IGNORECASE) for one in signals for pattern in one.links),
        tuple(_order(order) for one in signals for order in one.order_numbers),
        {name: frozenset(values) for name, values in fields.items()},
        {name: re.compile(pattern, re.IGNORECASE) for one in signals for name, pattern in one.headers.items()},
    )


def _any_of(patterns: Iterable[re.Pattern[str]]) -> re.Pattern[str]:
    """Found where any of them is. Where they cannot stand in one pattern it is found everywhere, and each is asked."""
    bare = [re.sub(r"\(\?P<\w+>", "(", pattern.pattern) for pattern in patterns]
    try:
        union = re.compile("|".join(f"(?:{pattern})" for pattern in bare) or r"(?!)", re.IGNORECASE)
    except re.error:
        return re.compile("")
    return re.compile("") if any(re.search(r"\\[1-9]|\(\?P=", pattern) for pattern in bare) else union


def _by_field(signals: Mapping[str, _Signals]) -> Mapping[str, Mapping[str, set[str]]]:
    """Field -> value -> the marketplaces it speaks for."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for id, one in signals.items():
        for name, values in one.fields.items():
            for value in values:
                found[name][value].add(id)
    return {name: dict(by_value) for name, by_value in found.items()}


def _order(order: OrderNumber) -> _Order:
    return _Order(re.compile(order.pattern, re.IGNORECASE), order.alone, any_word(order.keywords))


def _desk(ticket: Ticket, desk: Mapping[str, str]) -> Iterator[tuple[str, _Hit]]:
    """What the desk's settings say about the brand, the address written to and the channel."""
    known = {key.lower(): marketplace for key, marketplace in desk.items()}
    message = ticket.newest
    for name, value in (("brand", ticket.brand), ("to", message.to if message else ""), ("channel", ticket.channel)):
        for key in dict.fromkeys((value.lower(), value.lower().rpartition("@")[2])) if value else ():
            if key in known:
                because = Evidence("", name, 0, len(value), value[:80], f"the desk's settings: {key}")
                yield known[key], _Hit("desk", because)


def _structure(ticket: Ticket, signals: _Signals, id: str) -> Iterator[_Hit]:
    message = ticket.newest or Message()
    for pattern in signals.recipients:
        if found := pattern.search(message.to):
            yield _Hit("recipient", Evidence("", "to", *found.span(), found[0][:80], f"{id}: recipient"))
    for name, values in signals.fields.items():
        for field, value in _field(ticket, name):
            if value.lower() in values:
                yield _Hit("field", Evidence("", field, 0, len(value), value[:80], f"{id}: {name}"))
    given = ticket.raw.get("headers")
    headers: Mapping[str, object] = given if isinstance(given, Mapping) else {}
    for name, pattern in signals.headers.items():
        if found := pattern.search(str(headers.get(name, ""))):
            yield _Hit("header", Evidence("", f"headers.{name}", *found.span(), found[0][:80], f"{id}: {name}"))


def _field(ticket: Ticket, name: str) -> Iterator[tuple[str, str]]:
    """(field as evidence names it, value) for `tag`, `brand`, `channel`, or one of the ticket's fields."""
    if name in ("tag", "tags"):
        yield from (("tags", tag) for tag in ticket.tags)
    elif name in ("brand", "channel"):
        yield name, getattr(ticket, name)
    elif name in ticket.fields:
        yield f"fields.{name}", str(ticket.fields[name])


def _decide(hits: Mapping[str, Sequence[_Hit]]) -> Verdict:
    kinds = {id: {hit.kind for hit in found} for id, found in hits.items()}
    # words and numbers in the text never overrule where a ticket came from or went to
    surest = max((WORTH.get(kind, 0.0) for some in kinds.values() for kind in some), default=0.0)
    running = {id: some for id, some in kinds.items()
               if surest < STRUCTURE or any(WORTH.get(kind) == surest for kind in some)}
    ranked = sorted(((_score(some), id) for id, some in running.items()), key=lambda item: (-item[0], item[1]))
    if not ranked or ranked[0][0] < ENOUGH or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < AHEAD):
        return Verdict()
    score, id = ranked[0]
    best_of_kind = {hit.kind: hit for hit in reversed(hits[id]) if hit.kind != "digits"}
    evidence = tuple(hit.evidence.of(f"marketplace={id}") for hit in best_of_kind.values())
    numbers = tuple((hit.number, hit.evidence) for hit in hits[id] if hit.number and hit.kind != "digits")
    return Verdict(id, round(min(0.99, 0.45 + score / 2), 3), evidence, numbers)


def _score(kinds: set[str]) -> float:
    return sum(WORTH.get(kind, 0.0) for kind in kinds) + max((SHAPES.get(kind, 0.0) for kind in kinds), default=0.0)
