"""One visit to one ticket: fetch, decide, write. Knows helpdesk and counter, not the engine that calls it.

It never raises: whatever happens to one ticket becomes an outcome, a log line and perhaps another try, and the next
ticket is not held up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from comptoir import counter, labels, logs
from comptoir.classify.case import Case
from comptoir.corrections import Ledger, correction
from comptoir.counter import Office, Outcome
from comptoir.deadlines import OURS
from comptoir.errors import Conflict, HelpdeskError, NotAllowed, StoreDown, TicketClosed, TicketGone, Unavailable
from comptoir.helpdesk import Client, Desk
from comptoir.labels import Mark, Noticed
from comptoir.ticket import Ticket
from comptoir.update import turns

_CLOSED = ("closed", "deleted")
_WAITS = (30, 60, 120, 300, 600, 1800)  # seconds before the 2nd, 3rd ... try; then hourly
_LAST_TRY = 80  # about three days; the sweep sees the ticket again when it changes


class Seen(TypedDict):
    """What a visit leaves behind: nothing of the ticket. None: nothing more to do."""

    outcome: str
    wake: str | None  # ISO 8601: when a clock of the ticket turns next
    again: float | None  # seconds until the next try


def visit(
    client: Client, office: Office, desk: Desk, ticket_id: str, now: datetime, *, work: str, tries: int,
    ledger: Ledger | None = None,
) -> Seen:
    """See to one ticket. `work` names the delivery, sweep or timer in the log; `tries` counts earlier tries.

    Without a `ledger` nobody can tell what agents changed, and nothing of it is kept.
    """
    began, why = time.monotonic(), ""
    try:
        seen = _see_to(client, office, desk, ticket_id, now, ledger)
    except TicketGone:
        seen = _done("gone")  # its marks stay: it may be restored
    except TicketClosed:
        seen = _done("closed")
    except (Unavailable, Conflict, NotAllowed, StoreDown) as error:
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


def _see_to(
    client: Client, office: Office, desk: Desk, ticket_id: str, now: datetime, ledger: Ledger | None
) -> Seen:
    ticket = client.fetch(ticket_id)
    if ticket.status in _CLOSED:
        if ledger:
            ledger.drop_marks(desk.name, ticket_id)
        return _done("closed")
    marks = ledger.marks(desk.name, ticket_id) if ledger else None
    noticed = labels.notice(ticket.tags, marks, office.packs)
    outcome = counter.handle(ticket, office, desk, now, said=noticed.said)
    wrote = _write(client, office, desk, ticket, outcome, noticed, marks, now, ledger)
    wake = None if ticket.status == "solved" else next_turn(outcome, now)
    return Seen(
        outcome="written" if wrote else "unchanged", wake=wake.astimezone(UTC).isoformat() if wake else None, again=None
    )


def _write(
    client: Client, office: Office, desk: Desk, ticket: Ticket, outcome: Outcome, noticed: Noticed,
    marks: Mapping[str, Mark] | None, now: datetime, ledger: Ledger | None,
) -> bool:
    """Write the update. What agents said, and what is about to be written, is kept before; that it is done, after."""
    if ledger is None:
        return bool(outcome.update) and client.apply(ticket, outcome.update)
    wanted = labels.shown(outcome.case, desk.thresholds)
    begun = labels.before(noticed.marks, wanted) if outcome.update else labels.after(noticed.marks, wanted)
    if noticed.words or begun != marks:
        _keep(office, desk, ticket, noticed, begun, now, ledger)
    wrote = bool(outcome.update) and client.apply(ticket, outcome.update)
    if (done := labels.after(noticed.marks, wanted)) != begun:
        ledger.keep(desk.name, ticket.id, done)
    return wrote


def _keep(
    office: Office, desk: Desk, ticket: Ticket, noticed: Noticed, marks: Mapping[str, Mark], now: datetime,
    ledger: Ledger,
) -> None:
    said = [word for word in noticed.words if word.right or word.wrong]
    withdrawn = {word.label: word.withdrawn for word in noticed.words if word.withdrawn}
    # what Comptoir reads by itself, without what agents say
    alone = office.classifier.read(ticket, marketplaces=desk.marketplaces)[0] if said else Case()
    corrections = [correction(ticket, alone, word, desk=desk.name, at=now, source="tag") for word in said]
    ledger.keep(desk.name, ticket.id, marks, corrections, withdrawn)
    for word in said:
        logs.say("correction", word.label, desk=desk.name, ticket=ticket.id)
    for label in withdrawn:
        logs.say("withdrawn", label, desk=desk.name, ticket=ticket.id)


def _done(outcome: str) -> Seen:
    return Seen(outcome=outcome, wake=None, again=None)


def _later(error: Unavailable | Conflict | NotAllowed | StoreDown, tries: int) -> Seen:
    if tries >= _LAST_TRY:
        return _done("given_up")
    wait = float(_WAITS[tries] if tries < len(_WAITS) else 3600)
    told = error.retry_after if isinstance(error, Unavailable) and error.retry_after else 0.0
    return Seen(outcome="not_allowed" if isinstance(error, NotAllowed) else "retry", wake=None, again=max(wait, told))
