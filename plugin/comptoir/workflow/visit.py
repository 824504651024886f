"""One visit to one ticket: fetch, decide, write. Knows helpdesk and counter, not the engine that calls it.

It never raises: whatever happens to one ticket becomes an outcome, a log line and perhaps another try, and the next
ticket is not held up.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from comptoir import counter, logs
from comptoir.counter import Office, Outcome
from comptoir.deadlines import OURS
from comptoir.errors import Conflict, HelpdeskError, NotAllowed, TicketClosed, TicketGone, Unavailable
from comptoir.helpdesk import Client, Desk
from comptoir.update import turns

_CLOSED = ("closed", "deleted")
_WAITS = (30, 60, 120, 300, 600, 1800)  # seconds before the 2nd, 3rd ... try; then hourly
_LAST_TRY = 80  # about three days; the sweep sees the ticket again when it changes


class Seen(TypedDict):
    """What a visit leaves behind: nothing of the ticket. None: nothing more to do."""

    outcome: str
    wake: str | None  # ISO 8601: when a clock of the ticket turns next
    again: float | None  # seconds until the next try


def visit(client: Client, office: Office, desk: Desk, ticket_id: str, now: datetime, *, work: str, tries: int) -> Seen:
    """See to one ticket. `work` names the delivery, sweep or timer in the log; `tries` counts earlier tries."""
    began, why = time.monotonic(), ""
    try:
        seen = _see_to(client, office, desk, ticket_id, now)
    except TicketGone:
        seen = _done("gone")
    except TicketClosed:
        seen = _done("closed")
    except (Unavailable, Conflict, NotAllowed) as error:
        seen, why = _later(error, tries), str(error)
    except HelpdeskError as error:
        seen, why = _done("failed"), str(error)
    except Exception as error:  # a fault of ours on one ticket must not hold up the others
        seen, why = _done("failed"), place(error)
    logs.say("ticket", seen["outcome"], desk=desk.name, ticket=ticket_id, work=work, why=why,
             seconds=time.monotonic() - began)
    return seen


def next_turn(outcome: Outcome, now: datetime) -> datetime | None:
    """The next moment at which time alone changes the ticket's tags."""
    ours = (deadline for deadline in outcome.running.deadlines if deadline.actor in OURS)
    return min((moment for deadline in ours for moment in turns(deadline) if moment > now), default=None)


def place(error: BaseException) -> str:
    """An error's kind and where it was raised. Never its message, which may quote the ticket."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where


def _see_to(client: Client, office: Office, desk: Desk, ticket_id: str, now: datetime) -> Seen:
    ticket = client.fetch(ticket_id)
    if ticket.status in _CLOSED:
        return _done("closed")
    outcome = counter.handle(ticket, office, desk, now)
    wrote = bool(outcome.update) and client.apply(ticket, outcome.update)
    wake = None if ticket.status == "solved" else next_turn(outcome, now)
    return Seen(
        outcome="written" if wrote else "unchanged", wake=wake.astimezone(UTC).isoformat() if wake else None, again=None
    )


def _done(outcome: str) -> Seen:
    return Seen(outcome=outcome, wake=None, again=None)


def _later(error: Unavailable | Conflict | NotAllowed, tries: int) -> Seen:
    if tries >= _LAST_TRY:
        return _done("given_up")
    wait = float(_WAITS[tries] if tries < len(_WAITS) else 3600)
    told = error.retry_after if isinstance(error, Unavailable) and error.retry_after else 0.0
    return Seen(outcome="not_allowed" if isinstance(error, NotAllowed) else "retry", wake=None, again=max(wait, told))
