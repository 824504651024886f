"""What only PostgreSQL can do: go away and come back, and be shared by several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Store, create_database
from starlette.testclient import TestClient

from comptoir import helpdesk, server
from comptoir.counter import Office
from comptoir.errors import StoreDown
from comptoir.helpdesk import Delivery, Desk
from comptoir.settings import Settings
from comptoir.workflow import Engine

pytestmark = pytest.mark.postgres
Until = Callable[..., None]
Begin = Callable[..., Engine]
WORK = """
import sys
from pathlib import Path
from comptoir import server, settings
server.work(settings.read(Path(sys.argv[1])))
"""


@pytest.fixture
def store(postgresql: Any, tmp_path: Path) -> Store:
    return Store(create_database(postgresql, tmp_path.name))


def cut_off(store: Store, *, allow: bool) -> None:
    """Close every connection to the test's database and let nobody in, or let them in again."""
    name = store.url.partition("?")[0].rpartition("/")[2]
    admin = Store(store.url.replace(f"/{name}?", "/postgres?"))
    admin.rows(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {allow}')
    if not allow:
        admin.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def test_a_store_that_goes_away_answers_503_at_once_and_then_works_again(
    begin: Begin, store: Store, office: Office, desk: Desk
) -> None:
    sign = helpdesk.load_part("zendesk", "webhook").sign
    body, stamp = b'{"ticket_id": "7"}', datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "X-Zendesk-Webhook-Signature": sign(desk.options.webhook_secret.get_secret_value(), stamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp, "X-Zendesk-Webhook-Invocation-Id": "01A",
    }
    engine = begin(store.url, office, {"acme": desk}, run_worker=False)
    with TestClient(server.make_app(Settings(desks={"acme": desk}), engine)) as client:
        assert client.get("/readyz").status_code == 200
        cut_off(store, allow=False)

        refused = client.post("/hooks/acme", content=body, headers=headers)
        sick = client.get("/readyz")
        cut_off(store, allow=True)
        taken = client.post("/hooks/acme", content=body, headers=headers)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.elapsed.total_seconds() < 2
    assert (sick.status_code, "the store does not answer" in sick.text) == (503, True)
    assert (taken.status_code, taken.json()) == (202, {"delivery": "01A", "new": True})


def test_a_worker_waits_for_a_store_that_is_away_and_goes_on(
    begin: Begin, store: Store, office: Office, desk: Desk, zendesk: Any, until: Until
) -> None:
    engine = begin(store.url, office, {"acme": desk})
    until(lambda: store.sweeps() == 1)
    cut_off(store, allow=False)
    with pytest.raises(StoreDown):
        engine.accept("acme", Delivery("d1", "changed", "7")).result()
    cut_off(store, allow=True)
    ticket = zendesk.open_ticket(subject="Colis non reçu", text="Bonjour")

    assert engine.accept("acme", Delivery("d1", "changed", str(ticket))).result()
    until(lambda: zendesk.notes(ticket))


@pytest.fixture
def worker(store: Store, zendesk: Any, tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts worker processes by name."""
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str) -> subprocess.Popen[bytes]:
        file = tmp_path / f"{name}.toml"
        options = "".join(f'{key} = "{value}"\n' for key, value in zendesk.options().items())
        file.write_text(f'[store]\nurl = "{store.url}"\n[work]\nname = "{name}"\nstop_seconds = 5\n[desks.acme]\n'
                        f'kind = "zendesk"\nper_minute = 10000\n{options}', "utf-8")
        with (tmp_path / f"{name}.log").open("ab") as log:
            running.append(subprocess.Popen([sys.executable, "-c", WORK, str(file)], stderr=log))
        return running[-1]

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_two_workers_at_once_see_to_each_ticket_once(
    begin: Begin, store: Store, office: Office, desk: Desk, zendesk: Any, until: Until,
    worker: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path,
) -> None:
    door = begin(store.url, office, {"acme": desk}, run_worker=False)
    tickets = [zendesk.open_ticket(subject=f"Colis {number}", text="Bonjour") for number in range(30)]
    for ticket in tickets:
        for number in range(2):
            door.accept("acme", Delivery(f"{ticket}-{number}", "changed", str(ticket))).result()

    processes = [worker("w1"), worker("w2")]
    until(lambda: all(status == "SUCCESS" for id_, status in store.work().items() if ":wake:" not in id_))

    assert [len(zendesk.notes(ticket)) for ticket in tickets] == [1] * 30
    assert not [request for request in zendesk.requests if request.status == 409]
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(20) for process in processes] == [0, 0]
    assert "Traceback" not in (tmp_path / "w1.log").read_text() + (tmp_path / "w2.log").read_text()


def test_a_worker_under_the_name_of_a_dead_one_goes_on_with_its_work(
    begin: Begin, store: Store, office: Office, desk: Desk, zendesk: Any, until: Until,
    worker: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    door = begin(store.url, office, {"acme": desk}, run_worker=False)
    ticket = zendesk.open_ticket(subject="Colis non reçu", text="Bonjour")
    zendesk.fail(0, times=2, path=rf"/api/v2/tickets/{ticket}")  # it is busy with this one for a while
    door.accept("acme", Delivery("d1", "changed", str(ticket))).result()
    first = worker("w1")
    until(lambda: store.work()["acme:d1"] == "PENDING")
    os.kill(first.pid, signal.SIGKILL)
    first.wait()

    worker("w1")
    until(lambda: store.work()["acme:d1"] == "SUCCESS")

    assert len(zendesk.notes(ticket)) == 1
