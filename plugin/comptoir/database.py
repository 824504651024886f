"""The store's database, for those who keep tables in it: SQLite or PostgreSQL, with the patience of a webhook."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import event

APP = "comptoir"
_SQLITE = "sqlite:///"
_PATIENCE = 4  # seconds for a lock or a connection; a helpdesk waits 3 to 12 for us


def prepare(store_url: str) -> None:
    """A SQLite file in WAL mode, which stays with the file: ten times the deliveries a second."""
    path = store_url.removeprefix(_SQLITE)
    if path != store_url:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def connect(store_url: str) -> sqlalchemy.Engine:
    """Connections to a store that is there. Its errors are SQLAlchemy's."""
    url = sqlalchemy.make_url(store_url)
    if url.drivername != "sqlite":
        return sqlalchemy.create_engine(
            url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_timeout=_PATIENCE,
            connect_args={"connect_timeout": _PATIENCE, "application_name": APP},
        )
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": _PATIENCE})

    @event.listens_for(engine, "connect")
    def take_the_write_lock_first(connection: Any, _: object) -> None:
        # a transaction that reads first and then writes would fail at once when somebody wrote in between
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA foreign_keys=ON")

    return engine
