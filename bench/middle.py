"""The pure middle, in microseconds a ticket, against the bare Jinja2 render of the reply it ends in.

The bare render is Jinja2 without sandbox, catalogue, case or clock: the very text of the best reply, with its order
number as the one variable. It is the floor that any tool which fills a template stands on.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import jinja2

from comptoir.counter import handle, open_office
from comptoir.demo import demo_tickets, desk_for_demo

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROUNDS = 7


def run() -> Iterator[str]:
    """The lines to print; the two sides take turns, and the median round counts."""
    office, desk = open_office(), desk_for_demo()
    tickets = demo_tickets(NOW)
    outcomes = [handle(ticket, office, desk, NOW) for ticket in tickets]
    best = [(outcome.replies[0].text, str(outcome.facts.get("order.number") or "-"))
            for outcome in outcomes if outcome.replies]
    texts = [(text, number) for text, number in best if text]
    bare = [(_bare(text, number), number) for text, number in texts]

    def middle() -> None:
        for ticket in tickets:
            handle(ticket, office, desk, NOW)

    def render() -> None:
        for template, number in bare:
            template.render(number=number)

    rounds = [(_time(middle, 5) / len(tickets), _time(render, 200) / len(bare)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield f"tickets {len(tickets)}, rounds {ROUNDS}, replies with text {len(bare)}"
    yield f"pure middle (classify, deadlines, replies, note, update)  {ours * 1e6:9.1f} us a ticket"
    yield f"bare Jinja2 render of the same reply                      {theirs * 1e6:9.1f} us a reply"
    yield f"the middle costs                                          {ours / theirs:9.1f} bare renders"


def _bare(text: str, number: str) -> jinja2.Template:
    source = text.replace("{", "{{ '{' }}").replace(number, "{{ number }}")
    return jinja2.Environment(autoescape=False).from_string(source)


def _time(work: Callable[[], None], times: int) -> float:
    """Seconds for one call of `work`, over `times` calls."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times
