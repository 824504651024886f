"""Acknowledged webhooks a second, against the same server that inserts one row a request into SQLite.

Both run as uvicorn processes of one worker on loopback and are asked by the same clients with the same signed bodies.
The other side verifies nothing: FastAPI, one `INSERT`, one commit at `synchronous=FULL`, in WAL mode. That is what an
acknowledgement must cost at the least when it may not be lost.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from comptoir import helpdesk
from comptoir.demo import KIND, free_port, settings_text

CLIENTS = 8
REQUESTS = 1500  # a round and side
ROUNDS = 5


def run() -> Iterator[str]:
    """The lines to print; the two sides take turns, and the median round counts."""
    sandbox = helpdesk.load_part(KIND, "sandbox")
    with (
        tempfile.TemporaryDirectory() as folder, sandbox.Sandbox() as desk,
        _comptoir(Path(folder), desk) as ours, _plain(Path(folder)) as theirs,
    ):
        number = desk.open_ticket(subject="bench", text="bench")
        desk.close(number)  # what is measured is the door, so the work behind it is the least there is
        rounds = [(_load(ours, _signer(desk, number)), _load(theirs, _signer(desk, number))) for _ in range(ROUNDS)]
    acknowledged, inserted = (statistics.median(column) for column in zip(*rounds, strict=True))
    shares = sorted(a / b for a, b in rounds)
    yield f"clients {CLIENTS}, rounds {ROUNDS}, requests a round {REQUESTS}"
    yield f"webhooks verified, stored and acknowledged      {acknowledged:7.0f} a second"
    yield f"bare server, one row a request, synchronous=FULL {inserted:6.0f} a second"
    yield f"Comptoir reaches {statistics.median(shares):.0%} of it (rounds: {shares[0]:.0%} to {shares[-1]:.0%})"


@contextmanager
def _comptoir(folder: Path, desk: Any) -> Iterator[str]:
    port = free_port()
    (folder / "comptoir.toml").write_text(settings_text(port, desk.options()), encoding="utf-8")
    command = ["-m", "comptoir", "serve", "--settings", str(folder / "comptoir.toml")]
    with _process(command, folder, f"http://127.0.0.1:{port}/healthz"):
        yield f"http://127.0.0.1:{port}/hooks/demo"


@contextmanager
def _plain(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [str(Path(__file__).with_name("plain_server.py")), str(port), str(folder / "plain.sqlite")]
    with _process(command, folder, f"http://127.0.0.1:{port}/healthz"):
        yield f"http://127.0.0.1:{port}/hooks/demo"


@contextmanager
def _process(command: list[str], folder: Path, health: str) -> Iterator[None]:
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *command], stdout=log, stderr=log, cwd=folder)
        try:
            for _ in range(300):
                try:
                    requests.get(health, timeout=1)
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(30)


def _signer(desk: Any, number: int) -> Callable[[], tuple[bytes, dict[str, str]]]:
    """New deliveries, each with its own id and a fresh signature, made before the clock starts."""
    signed = [desk.signed(number) for _ in range(REQUESTS)]
    return iter(signed).__next__


def _load(url: str, next_one: Callable[[], tuple[bytes, dict[str, str]]]) -> float:
    """Acknowledged requests a second, CLIENTS keeping their connections. An answer that is not 2xx ends the bench."""
    lock = threading.Lock()
    refused: list[int] = []

    def client() -> None:
        with requests.Session() as session:
            while not refused:
                with lock:
                    try:
                        body, headers = next_one()
                    except StopIteration:
                        return
                status = session.post(url, data=body, headers=headers, timeout=30).status_code
                if status // 100 != 2:
                    refused.append(status)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise SystemExit(f"{url} answered {refused[0]} at {datetime.now(UTC):%H:%M:%S}")
    return REQUESTS / (time.perf_counter() - start)
