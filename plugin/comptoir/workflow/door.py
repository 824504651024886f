"""The door: deliveries are stored here, before the helpdesk gets its answer.

What comes in while one commit is under way shares the next: a commit waits for the disk, and that wait is most of what
a delivery costs. One thread writes, so writers never wait for each other's locks. Where DBOS itself would wait for a
store that is away, the door raises at once: the helpdesk comes again.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from dbos import error as dbos_error

from comptoir.database import APP, connect
from comptoir.errors import StoreDown

SERIALIZER = DBOSPortableJSONSerializer()  # JSON: what is stored can be read by eye
_AT_ONCE = 100  # deliveries in one commit


@dataclass(frozen=True)
class _Waiting:
    options: EnqueueOptions
    arguments: tuple[Any, ...]
    stored: Future[bool] = field(default_factory=Future)


class Door:
    """A store that is there and has its tables. Close it when done."""

    def __init__(self, store_url: str) -> None:
        self._engine = connect(store_url)
        self.client = DBOSClient(
            system_database_engine=self._engine, serializer=SERIALIZER, application_name=APP,
            retry_connection_errors=False,
        )
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="door", daemon=True)
        self._writer.start()

    def store(self, options: EnqueueOptions, *arguments: Any) -> Future[bool]:
        """Store one piece of work under its id. True: it is new; False: it was there; StoreDown: it is not stored."""
        waiting = _Waiting({**options, "workflow_id_reuse_policy": "reject"}, arguments)
        self._waiting.put(waiting)
        return waiting.stored

    def close(self) -> None:
        """Store what waits, then close."""
        self._waiting.put(None)
        self._writer.join()
        self.client.destroy()
        self._engine.dispose()

    def _write(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < _AT_ONCE and not self._waiting.empty():
                if (more := self._waiting.get()) is None:
                    self._waiting.put(None)
                    break
                batch.append(more)
            self._commit([waiting for waiting in batch if waiting.stored.set_running_or_notify_cancel()])

    def _commit(self, batch: list[_Waiting]) -> None:
        try:
            with self._engine.begin() as connection:
                new = [self._insert(connection, waiting) for waiting in batch]
        except Exception as error:  # whatever a driver raises, nothing of the batch is stored
            if len(batch) == 1:
                kind = type(error).__name__
                batch[0].stored.set_exception(StoreDown(f"the store does not answer ({kind})"))
            else:
                for waiting in batch:  # one of them may be at fault
                    self._commit([waiting])
            return
        for waiting, is_new in zip(batch, new, strict=True):
            waiting.stored.set_result(is_new)

    def _insert(self, connection: sqlalchemy.Connection, waiting: _Waiting) -> bool:
        try:
            self.client.enqueue_in_transaction(connection, waiting.options, *waiting.arguments)
        except dbos_error.DBOSWorkflowIDInUseError:
            return False
        return True
