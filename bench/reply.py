"""One reply, in microseconds, against the bare Jinja2 render and python-liquid's of the very same text.

The macro ships with Comptoir: five sentences with one date and one amount, in French, with its greeting, the order's
number and the shop's name. All three sides write the date and the amount with the functions of `formats`, which keep
what Babel gave. So "seen before" is what the templates cost by themselves, and "new" is with Babel's own work, which
is the same for all.

- Comptoir, one reply: what the counter does for each reply it lays ready: conditions, unknown facts, partials, the
  catalogue, the sandbox, the title, the copy for the agent (who reads French, too). Facts and rules of the ticket are
  laid out once for all its replies, so that is not in it.
- Comptoir, a ticket with one reply: with that, and with the choice of the macro.
- Bare Jinja2 and python-liquid: the finished French text as a template with four variables and two plain filters. No
  condition, no partial, no catalogue, no sandbox, no title.

Times are processor time; the sides take turns, and the best round of each counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import jinja2
import liquid

from comptoir import formats, reply, rules
from comptoir.classify.case import Case
from comptoir.deadlines import Running
from comptoir.ticket import Facts

MACRO, LOCALE, ZONE = "buyer/refund_status/where_it_stands", "fr", "Europe/Paris"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PROMISED, AMOUNT, CURRENCY = datetime(2026, 11, 20, 9, tzinfo=UTC), Decimal("49.90"), "EUR"
NUMBER, SHOP = "123456789", "La Boutique"
FACTS = Facts().with_({
    "order.number": NUMBER, "order.currency": CURRENCY, "refund.promised_at": PROMISED, "refund.amount": AMOUNT,
})
VALUES = {"number": NUMBER, "shop": SHOP, "promised": PROMISED, "amount": AMOUNT, "currency": CURRENCY}
BARE = "bare Jinja2"
ROUNDS, TIMES = 25, 200

Sides = Mapping[str, Callable[[], str]]


def run() -> Iterator[str]:
    """The lines to print. Ends the bench if the sides do not write the same text."""
    sides = _sides()
    texts = {side() for side in sides.values()}
    if len(texts) != 1:
        raise SystemExit("the sides do not write the same text; nothing is compared")
    yield f"{MACRO} in {LOCALE}, {len(texts.pop())} characters, rounds {ROUNDS}; times the bare render in brackets"
    seen, new = _best(sides, TIMES), _best({name: _anew(side) for name, side in sides.items()}, TIMES // 10)
    yield f"{'us a reply; date and amount':40}{'seen before':>18}{'new':>18}"
    for name in sides:
        cells = (f"{best[name]:11.1f} ({best[name] / best[BARE]:.2f})" for best in (seen, new))
        yield f"{name:40}{''.join(cells)}"


def _sides() -> Sides:
    macros, packs = reply.load(), rules.load()
    macro = macros.macros[MACRO]
    only = replace(macros, macros={MACRO: macro})
    case = Case(language="fr", marketplace="rakuten_fr", sender="buyer", issue="refund_status", confidence=0.9)
    scene = reply.Scene(reply.fact_values(FACTS), case.marketplace, ZONE, SHOP, packs, now=NOW)

    def one() -> str:
        return reply.write(macros, macro, scene, LOCALE, LOCALE).text

    def ticket() -> str:
        return reply.replies(
            only, case, FACTS, Running(), packs, shop=SHOP, locale=LOCALE, agent_locale=LOCALE, now=NOW,
        )[0].text

    bare, other = _bare(one()), _liquid(one())
    return {
        BARE: lambda: bare.render(**VALUES), "Comptoir, one reply": one, "Comptoir, a ticket with one reply": ticket,
        "python-liquid": lambda: other.render(**VALUES),
    }


def _bare(text: str) -> jinja2.Template:
    env = jinja2.Environment(autoescape=False)
    env.filters |= {"date": _date, "money": _money}
    return env.from_string(_source(text, "{{ promised|date }}", "{{ amount|money(currency) }}"))


def _liquid(text: str) -> liquid.BoundTemplate:
    env = liquid.Environment()
    env.add_filter("date", _date)
    env.add_filter("money", _money)
    return env.from_string(_source(text, "{{ promised | date }}", "{{ amount | money: currency }}"))


def _source(text: str, date: str, money: str) -> str:
    """The finished text as a template. Each value must stand in it once, or it is not the text that is described."""
    for value, tag in ((_date(PROMISED), date), (_money(AMOUNT, CURRENCY), money),
                       (NUMBER, "{{ number }}"), (SHOP, "{{ shop }}")):
        if text.count(value) != 1:
            raise SystemExit(f"{value!r} does not stand in {MACRO} once")
        text = text.replace(value, tag)
    return text


def _date(value: datetime) -> str:
    return formats.day(value, LOCALE, ZONE)


def _money(value: Decimal, currency: str) -> str:
    return formats.money(value, currency, LOCALE)


def _anew(side: Callable[[], str]) -> Callable[[], str]:
    """`side` with a date and an amount that were not written before."""
    def work() -> str:
        formats.day.cache_clear()
        formats.money.cache_clear()
        return side()

    return work


def _best(sides: Sides, times: int) -> dict[str, float]:
    """Microseconds of the best round of each."""
    rounds = [{name: _time(side, times) for name, side in sides.items()} for _ in range(ROUNDS)]
    return {name: min(one[name] for one in rounds) * 1e6 for name in sides}


def _time(work: Callable[[], str], times: int) -> float:
    """Processor seconds for one call of `work`, over `times` calls."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times
