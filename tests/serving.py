"""A server in a process of its own that begins with its imports done: they are most of what a start costs.

The processes are forked from one that has only imported the server. Each is as real as one that was started from a
shell: it opens the store, serves, takes signals, dies by `kill -9`.
"""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from threading import Lock

from comptoir import server, settings

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["comptoir.server", "sqlalchemy.dialects.postgresql.psycopg"])


def serve(file: Path, log: Path) -> None:
    """In the new process: what `comptoir serve` does, its words at the end of `log`."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 2)
    server.serve(settings.read(file))


class Served:
    """The process, with what subprocess offers. Several threads may ask: how it ended can be read only once."""

    def __init__(self, file: Path, log: Path) -> None:
        self._lock = Lock()
        self._process = FORKING.Process(target=serve, args=(file, log))
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    def poll(self) -> int | None:
        with self._lock:
            return self._process.exitcode

    def wait(self, seconds: float = 60) -> int:
        with self._lock:
            self._process.join(seconds)
            assert self._process.exitcode is not None, "it is still running"
            return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)
