"""The durable flows, a table of contents.

    ticket_flow   one per delivery: see to the ticket, then set the next timer or the next try
    sweep_flow    every few minutes per desk: what changed, in case a webhook was lost
    tidy_flow     every night: finished work older than `keep_days` is forgotten

What the flows store are desk names, ids, times and outcomes, never a ticket's text: `see_to` fetches, decides and
writes in one step, so nothing of the ticket has to rest in between. A step that was running when the process died runs
again, from a fresh read: what is already on the ticket is then seen and not written twice. What agents correct is
kept beside the flows (corrections.py).

DBOS calls a flow as a plain function, so what it needs stands in `at_work`, set once by `start`.
https://docs.dbos.dev/python/tutorials/workflow-tutorial
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict

from dbos import DBOS, EnqueueOptions

from comptoir import logs
from comptoir.corrections import Ledger
from comptoir.counter import Office
from comptoir.errors import HelpdeskError, NotAllowed
from comptoir.helpdesk import Client, Desk
from comptoir.workflow.visit import Seen, place, visit

_FIRST_SWEEP = timedelta(hours=1)  # how far the first sweep of a new desk looks back
_RECOVERIES = 20  # a ticket that kills its process this often is left aside
_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


@dataclass(frozen=True)
class Bench:
    """What the flows of this process work with."""

    office: Office
    desks: Mapping[str, Desk]
    clients: Mapping[str, Client]
    now: Callable[[], datetime]
    keep_days: int
    ledger: Ledger


#: none or one; DBOS too is one a process
at_work: list[Bench] = []


class Page(TypedDict):
    """One page of a sweep."""

    tickets: list[str]
    cursor: str
    done: bool


@DBOS.workflow(name="ticket", max_recovery_attempts=_RECOVERIES)
def ticket_flow(desk: str, ticket: str, tries: int) -> str:
    """One delivery, sweep finding or timer: see to the ticket, then come back when told to."""
    seen = see_to(desk, ticket, tries)
    if seen["again"] is not None:
        _try_again(desk, ticket, tries + 1, seen["again"])
    if seen["wake"] is not None:
        _wake(desk, ticket, datetime.fromisoformat(seen["wake"]))
    return seen["outcome"]


@DBOS.workflow(name="sweep", max_recovery_attempts=_RECOVERIES)
def sweep_flow(_at: object, desk: str) -> str:
    """Enqueue every ticket that changed since the last sweep, once a state. Its result is the new cursor."""
    cursor = last_cursor(desk)
    while True:
        page = changes_since(desk, cursor)
        for state in page["tickets"]:
            ticket, _, _ = state.partition("@")
            _enqueue(ticket_options(desk, ticket, f"{desk}:sweep:{state}"), desk, ticket)
        cursor = page["cursor"]
        if page["done"]:
            return cursor


@DBOS.workflow(name="tidy", max_recovery_attempts=_RECOVERIES)
def tidy_flow(_at: object, _context: object) -> int:
    """Forget finished work older than `keep_days`; its result is how many."""
    return forget_finished()


@DBOS.step(name="see_to")
def see_to(desk: str, ticket: str, tries: int) -> Seen:
    """Fetch, decide, write: the one step that touches a ticket."""
    bench = at_work[0]
    return visit(bench.clients[desk], bench.office, bench.desks[desk], ticket, bench.now(),
                 work=DBOS.workflow_id or "", tries=tries, ledger=bench.ledger)


@DBOS.step(name="changes_since")
def changes_since(desk: str, cursor: str) -> Page:
    """The next page of changed tickets. A helpdesk that does not answer ends the sweep where it is."""
    bench = at_work[0]
    try:
        changes = bench.clients[desk].changes(cursor, bench.now() - _FIRST_SWEEP)
    except Exception as error:  # whatever it is, the next sweep goes on from the same cursor
        why = str(error) if isinstance(error, HelpdeskError) else place(error)
        logs.say("sweep", "not_allowed" if isinstance(error, NotAllowed) else "retry", desk=desk, why=why)
        return Page(tickets=[], cursor=cursor, done=True)
    logs.say("sweep", "page", desk=desk)
    return Page(tickets=list(changes.tickets), cursor=changes.cursor, done=changes.done)


@DBOS.step(name="last_cursor")
def last_cursor(desk: str) -> str:
    """The result of the last finished sweep; "" before the first."""
    swept = DBOS.list_workflows(
        schedule_name=sweep_name(desk), status="SUCCESS", sort_desc=True, limit=1, load_input=False
    )
    return str(swept[0].output) if swept else ""


@DBOS.step(name="forget_finished")
def forget_finished() -> int:
    """Delete finished work older than `keep_days`, in portions."""
    before = (datetime.now(UTC) - timedelta(days=at_work[0].keep_days)).isoformat()
    forgotten = 0
    while old := DBOS.list_workflows(
        status=_ENDED, completed_before=before, limit=500, load_input=False, load_output=False
    ):
        DBOS.delete_workflows([workflow.workflow_id for workflow in old])
        forgotten += len(old)
    return forgotten


def _try_again(desk: str, ticket: str, tries: int, seconds: float) -> None:
    first = (DBOS.workflow_id or "").partition("#")[0]
    options = ticket_options(desk, ticket, f"{first}#{tries}")
    _enqueue({**options, "delay_seconds": seconds}, desk, ticket, tries)


def _wake(desk: str, ticket: str, at: datetime) -> None:
    """One timer a ticket and moment, whoever asks for it; a ticket that is solved by then is left alone."""
    delay = max(0.0, (at - at_work[0].now()).total_seconds()) + 1  # never early: this timer would be asked for again
    options = ticket_options(desk, ticket, f"{desk}:wake:{ticket}@{at.astimezone(UTC).isoformat()}")
    _enqueue({**options, "delay_seconds": delay}, desk, ticket)


def _enqueue(options: EnqueueOptions, desk: str, ticket: str, tries: int = 0) -> None:
    DBOS.enqueue_workflow_with_options(options, desk, ticket, tries)


def ticket_options(desk: str, ticket: str, workflow_id: str) -> EnqueueOptions:
    # one partition a ticket: two deliveries for one ticket never run at the same time
    return {"workflow_name": "ticket", "queue_name": queue_of(desk), "workflow_id": workflow_id,
            "queue_partition_key": ticket}


def queue_of(desk: str) -> str:
    return f"desk-{desk}"


def sweep_name(desk: str) -> str:
    return f"sweep-{desk}"
