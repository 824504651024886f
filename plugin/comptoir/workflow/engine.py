"""Start and stop the engine, DBOS, and the door through which deliveries come in.

A process that only accepts deliveries has the door alone; one that works runs DBOS as well. On SQLite both are one
process; on PostgreSQL there may be many of each.

https://docs.dbos.dev/python/reference/contexts and .../reference/queues, as of 3.4
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dbos import DBOS

from comptoir import corrections, helpdesk
from comptoir.corrections import Ledger
from comptoir.counter import Office
from comptoir.database import APP
from comptoir.helpdesk import Delivery, Desk
from comptoir.workflow import flows, store
from comptoir.workflow.door import SERIALIZER, Door
from comptoir.workflow.flows import Bench, queue_of, sweep_name, ticket_options
from comptoir.workflow.store import Claim

#: Raise it when a flow gets, loses or reorders a step: work begun by the old flow is then left to the old version.
#: Everything else may change without: timers of weeks are picked up by whatever version runs when they ring.
_FLOW = "1"
_SWEEPS = "sweeps"


@dataclass(frozen=True)
class Engine:
    """A started engine. `accept` may be called from any thread."""

    store_url: str
    desks: Mapping[str, Desk]
    now: Callable[[], datetime]
    door: Door = field(repr=False)
    ledger: Ledger = field(repr=False)
    works: bool
    stop_seconds: int
    claim: Claim | None = field(default=None, repr=False)

    def accept(self, desk: str, delivery: Delivery) -> Future[bool]:
        """Store the delivery's work: True when it is new, False when it was stored before, else StoreDown."""
        options = ticket_options(desk, delivery.ticket_id, f"{desk}:{delivery.id}")
        return self.door.store(options, desk, delivery.ticket_id, 0)

    def faults(self) -> list[str]:
        """Why this process is not ready, one sentence each; empty when it is."""
        found = []
        try:
            self.door.client.check_connection()
        except Exception as error:  # whatever a driver raises, the store is away
            found.append(f"the store does not answer ({type(error).__name__})")
        threads = {thread.name for thread in threading.enumerate()}
        if self.works and not threads.issuperset(f"queue-worker-{queue}" for queue in map(queue_of, self.desks)):
            found.append("the worker is not running")
        return found

    def sweep(self, desk: str) -> None:
        """Ask the desk's helpdesk now what changed, instead of in a few minutes."""
        DBOS.trigger_schedule(sweep_name(desk))

    def stop(self) -> None:
        """Take no new work, let running steps end (at most `stop_seconds`), close the store."""
        self.door.close()
        if self.works:
            DBOS.destroy(workflow_completion_timeout_sec=self.stop_seconds)
        if self.claim:
            self.claim.close()
        self.ledger.close()
        flows.at_work.clear()


def start(
    store_url: str,
    office: Office,
    desks: Mapping[str, Desk],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    executor_id: str = "local",
    run_worker: bool = True,
    threads: int = 4,
    sweep_minutes: int = 5,
    keep_days: int = 14,
    stop_seconds: int = 20,
    keep_text: bool = False,
    poll_seconds: float = 0.25,
) -> Engine:
    """Open the store, finish what a killed process left, and begin to work. Raises StoreDown, BadSettings.

    `executor_id` names this worker and must be the same after a restart, and no other's: unfinished work is found
    by it. Without `run_worker` deliveries are only accepted. `keep_text` keeps the texts that agents correct.
    """
    if flows.at_work:
        raise RuntimeError("an engine is running in this process already")
    with ExitStack() as undo:
        door = undo.enter_context(closing(store.open_door(store_url)))
        ledger = undo.enter_context(closing(corrections.open_ledger(store_url, keep_text=keep_text)))
        claim = undo.enter_context(closing(store.claim(store_url, executor_id))) if run_worker else None
        clients = {name: helpdesk.load(desk.kind).connect(desk) for name, desk in desks.items()}
        engine = Engine(store_url, desks, now, door, ledger, run_worker, stop_seconds, claim)
        flows.at_work.append(Bench(office, desks, clients, now, keep_days, ledger))
        undo.callback(flows.at_work.clear)
        if run_worker:
            undo.callback(DBOS.destroy)
            _launch(engine, executor_id, threads, sweep_minutes, poll_seconds)
        undo.pop_all()  # all is well: now `stop` does it
    return engine


def _launch(engine: Engine, executor_id: str, threads: int, sweep_minutes: int, poll_seconds: float) -> None:
    queues = [queue_of(desk) for desk in engine.desks]
    DBOS(config={
        "name": APP, "system_database_url": engine.store_url, "application_version": _FLOW,
        "executor_id": executor_id, "serializer": SERIALIZER, "log_level": "WARNING", "run_migrations": False,
    })
    DBOS.listen_queues([*queues, _SWEEPS])
    DBOS.launch()
    for queue, desk in zip(queues, engine.desks.values(), strict=True):
        DBOS.register_queue(
            queue, partition_concurrency=1, worker_concurrency=threads, polling_interval_sec=poll_seconds,
            limiter={"limit": desk.per_minute, "period": 60},
        )
    DBOS.register_queue(_SWEEPS, polling_interval_sec=1)
    _schedule(engine, sweep_minutes)


def _schedule(engine: Engine, sweep_minutes: int) -> None:
    wanted: list[Any] = [
        {"schedule_name": sweep_name(desk), "workflow_fn": flows.sweep_flow, "schedule": f"*/{sweep_minutes} * * * *",
         "context": desk, "queue_name": _SWEEPS}
        for desk in engine.desks
    ]
    wanted.append(
        {"schedule_name": "tidy", "workflow_fn": flows.tidy_flow, "schedule": "17 3 * * *", "queue_name": _SWEEPS}
    )
    names = {schedule["schedule_name"] for schedule in wanted}
    for known in DBOS.list_schedules():
        if known["schedule_name"] not in names:
            DBOS.delete_schedule(known["schedule_name"])  # of a desk that left the settings
    DBOS.apply_schedules(wanted)
    for desk in engine.desks:
        engine.sweep(desk)  # what came while nobody ran
