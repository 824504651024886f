"""The store: a SQLite file or a PostgreSQL database, opened, claimed and looked into.

A worker's name is claimed for as long as its process lives: work that was begun under a name is taken up by whoever
starts under it, so two at once would both see to the same tickets.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Protocol

import sqlalchemy
from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from comptoir.database import APP, prepare
from comptoir.errors import BadSettings, StoreDown
from comptoir.workflow.door import Door

_SQLITE = "sqlite:///"
_PATIENCE = 10  # seconds for a process that is being replaced to let go of its name
_GONE = timedelta(minutes=10)  # longer than any visit to a ticket takes


class Claim(Protocol):
    """A name that is ours until it is closed, or the process ends in whatever way."""

    def close(self) -> None: ...


def open_door(store_url: str) -> Door:
    """The store, created or brought up to date. Raises StoreDown."""
    logging.getLogger("dbos").setLevel(logging.WARNING)  # it tells of every migration and queue
    try:
        prepare(store_url)
        DBOS.migrate(store_url)
        return Door(store_url)
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise StoreDown(f"the store cannot be opened ({type(error).__name__}); see store.url") from error


def claim(store_url: str, name: str) -> Claim:
    """The right to work as `name` on this store. Raises BadSettings while another process has it."""
    path = store_url.removeprefix(_SQLITE)
    held = _claim_postgresql(store_url, name) if path == store_url else _claim_sqlite(f"{path}-{name}.lock")
    if held is None:
        raise BadSettings(f"work.name: another process works on this store as {name!r}; stop it, or on PostgreSQL give "
                          'this one a name of its own, for example name = "worker-2"')
    return held


def stuck(store_url: str) -> dict[str, int]:
    """How many tickets a worker has had in hand for longer than a visit takes, by its name: it is gone, and they wait.

    Raises StoreDown.
    """
    before = (datetime.now(UTC) - _GONE).isoformat()
    with closing(open_door(store_url)) as door:
        begun = door.client.list_workflows(
            status="PENDING", name="ticket", dequeued_before=before, limit=10_000, load_input=False, load_output=False
        )
    return Counter(work.executor_id or "" for work in begun)


def _claim_sqlite(path: str) -> Claim | None:
    # an open transaction on a file of its own: the one lock that every system has, and that ends with its process
    lock = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        return None
    return lock


def _claim_postgresql(store_url: str, name: str) -> Claim | None:
    address = sqlalchemy.make_url(store_url).set(drivername="postgresql+psycopg")
    lock = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool, isolation_level="AUTOCOMMIT").connect()
    ask = sqlalchemy.text("SELECT pg_try_advisory_lock(hashtext(:name))")
    end = time.monotonic() + _PATIENCE
    while not lock.scalar(ask, {"name": f"{APP}:{name}"}):
        if time.monotonic() > end:
            lock.close()
            return None
        time.sleep(0.2)
    return lock
