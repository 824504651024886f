"""Facts that stand in the text, each with its span: numbers of orders and parcels, money, days whose meaning is said.

A day counts from its first moment in the marketplace's zone: of two ways to read it the earlier clock is the safe one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from comptoir.classify.case import Evidence
from comptoir.classify.figures import Amount, Day, Figures, currency_of, moment
from comptoir.classify.glance import Glance
from comptoir.classify.marketplace import Verdict
from comptoir.classify.parcels import tracking
from comptoir.classify.parts import Part
from comptoir.classify.spoken import Spoken, group
from comptoir.rules import Pack
from comptoir.ticket import Facts, FactValue, Ticket

Found = tuple[str, FactValue, Evidence]  # path, value, why


def gather(
    ticket: Ticket, parts: Sequence[Part], glances: Mapping[str, Glance], heard: Sequence[Spoken], figures: Figures,
    verdict: Verdict, pack: Pack | None, sender: str,
) -> tuple[Facts, tuple[Evidence, ...]]:
    """The ticket's own facts, and what its text adds; the ticket's own win."""
    newest = ticket.newest
    sent_at = newest.sent_at if newest else None
    said: dict[str, tuple[FactValue, Evidence]] = {}
    for path, value, because in (*_numbers(verdict, parts, glances), *_worded(heard, figures, pack, sent_at)):
        if ticket.facts.get(path) is None:
            said.setdefault(path, (value, because))
    if sender == "platform" and sent_at is not None and ticket.facts.get("platform_mail.received_at") is None:
        because = Evidence("fact=platform_mail.received_at", "sent_at", 0, 0, "", "when the platform's message came")
        said["platform_mail.received_at"] = sent_at, because
    known = ticket.facts.with_({path: value for path, (value, _) in said.items()}) if said else ticket.facts
    return known, tuple(because for _, because in said.values())


def _numbers(verdict: Verdict, parts: Sequence[Part], glances: Mapping[str, Glance]) -> Iterator[Found]:
    for number, because in verdict.order_numbers:
        yield "order.number", number, because.of("fact=order.number")
    yield from _any_order_number(parts)
    yield from tracking(parts, glances)


def _worded(heard: Sequence[Spoken], figures: Figures, pack: Pack | None, sent_at: datetime | None) -> Iterator[Found]:
    """Days and money whose meaning a phrase gives. A day needs the marketplace's zone."""
    for path, matches in group(heard, "fact").items():
        for one in matches:
            if path.endswith("_at"):
                yield from _day(path, one, figures.days[one.part.field], pack.zone if pack else "", sent_at)
            else:
                yield from _money(path, one, figures.amounts[one.part.field], pack.currency if pack else "")


def _day(path: str, one: Spoken, days: Sequence[Day], zone: str, sent_at: datetime | None) -> Iterator[Found]:
    for day in days if zone else ():
        if one.match.a <= day.a and day.b <= one.match.b and (at := moment(day, zone, sent_at)):
            yield path, at, one.evidence()


def _money(path: str, one: Spoken, amounts: Sequence[Amount], currency: str) -> Iterator[Found]:
    for amount in amounts:
        if one.match.a <= amount.a and amount.b <= one.match.b:
            yield path, amount.value, one.evidence()
            if path == "order.total":
                because = one.evidence().of("fact=order.currency")
                yield "order.currency", currency_of(amount.symbol, currency), because


_ORDER_WORD = r"(?:commande|order|订单编号|订单号|订单|reference|ref|vente)"
_ANY_ORDER = re.compile(
    rf"{_ORDER_WORD}(?: (?:number|id|no|num|numero|n))?[ .:#°o]{{0,5}}"
    r"(?P<number>(?=[a-z/-]{0,6}\d)[a-z0-9][a-z0-9/-]{4,24})(?![a-z0-9/-])")


def _any_order_number(parts: Sequence[Part]) -> Iterator[Found]:
    """A number right behind a word for order, of a marketplace whose shapes we do not know."""
    for part in parts:
        for match in _ANY_ORDER.finditer(part.folded) if part.number_words else ():
            number = part.newest[match.start("number"):match.end("number")]
            if sum(map(str.isdigit, number)) >= 5:
                because = part.evidence("fact=order.number", *match.span("number"), "number behind a word for order")
                yield "order.number", number, because
