"""`kill -9` at every moment of a delivery's life, then a restart: one note, the right tags, nothing lost.

A real server process with the real client works against the sandbox, which runs here and kills the server when a
chosen request comes in: before carrying it out, or after it and before the answer. The sweep is shut out, so that
only the store's own recovery can finish the work.
"""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import Store
from serving import Served

from comptoir import counter, helpdesk
from comptoir.counter import Office
from comptoir.helpdesk import Desk

Until = Callable[..., None]
#: what one delivery asks of Zendesk, in order; the last one writes
REQUESTS = (
    r"POST /oauth/tokens", r"GET /api/v2/tickets/\d+", r"GET /api/v2/tickets/\d+/comments", r"GET /api/v2/users/me",
    r"GET /api/v2/tickets/\d+", r"GET /api/v2/tickets/\d+/comments", r"PUT /api/v2/tickets/\d+",
)
WRITE = len(REQUESTS)
account: Any = helpdesk.load_part("zendesk", "sandbox_account")
Sandbox: Any = helpdesk.load_part("zendesk", "sandbox").Sandbox


class Killer(Sandbox):  # type: ignore[misc]  # a helpdesk folder is loaded by name, so its types are not known here
    """A sandbox that kills a process at the `nth` request about a ticket, once."""

    def __init__(self) -> None:
        super().__init__()
        self.victim: Served | None = None
        self.nth, self.after, self.killed = 0, False, 0
        self.seen: list[str] = []
        self.deaf, self.invocation = False, None

    def repeat(self, url: str, ticket: int) -> list[int]:
        """The one webhook of this ticket again, under its one invocation id."""
        if self.invocation is None:
            happened = account.Happening("created", ticket, account.OWN_USER + 1000, {})
            self.invocation = self.webhooks.invocation(self.ticket(ticket), happened, False)
        return [self.webhooks.post(url, self.invocation, "")]

    def handle(self, method: str, target: str, headers: Any, body: Any) -> Any:
        path = target.partition("?")[0]
        if "incremental" in path:
            return super().handle("GET", "/no/sweep", headers, body)
        if self.deaf:
            return None
        self.seen.append(f"{method} {path}")
        if self.victim is None or len(self.seen) != self.nth:
            return super().handle(method, target, headers, body)
        if self.after:
            super().handle(method, target, headers, body)
        os.kill(self.victim.pid, signal.SIGKILL)
        self.victim.wait()
        self.killed += 1
        return None


class Server:
    """The server as an administrator runs it: started, killed, started again on the same store and port."""

    def __init__(self, zendesk: Killer, store: Store, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self.zendesk, self.store = f"http://127.0.0.1:{port}", zendesk, store
        self.process: Any = None
        self.file, self.log = folder / "comptoir.toml", folder / "log.jsonl"
        options = "".join(f'{key} = "{value}"\n' for key, value in zendesk.options().items())
        self.file.write_text(
            f'[store]\nurl = "{store.url}"\n[server]\nport = {port}\n[work]\nstop_seconds = 5\n'
            f'[desks.acme]\nkind = "zendesk"\nper_minute = 1000\n{options}', "utf-8",
        )

    def start(self) -> None:
        self.process = Served(self.file, self.log)
        self.zendesk.victim = self.process

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text("utf-8")
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def end(self, how: int = signal.SIGKILL) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return int(self.process.wait(20))

    def send(self, ticket: int) -> list[int]:
        statuses: list[int] = self.zendesk.send(f"{self.url}/hooks/acme", ticket)
        return statuses

    def open_work(self) -> list[str]:
        """Deliveries and tries that are stored and not finished; timers aside."""
        return [id_ for id_, status in self.store.work().items() if status in ("ENQUEUED", "PENDING")]

    def timers(self) -> list[str]:
        return [id_ for id_, status in self.store.work().items() if status == "DELAYED"]

    def hurry(self) -> None:
        """As if the time of every timer had come while the server was down."""
        self.store.rows("UPDATE workflow_status SET delay_until_epoch_ms = 0 WHERE status = 'DELAYED'")


@pytest.fixture
def zendesk() -> Iterator[Killer]:
    with Killer() as sandbox:
        yield sandbox


@pytest.fixture
def server(zendesk: Killer, store: Store, tmp_path: Path) -> Iterator[Server]:
    one = Server(zendesk, store, tmp_path)
    yield one
    if one.process and one.process.poll() is None:
        one.end()


@pytest.fixture
def ticket(zendesk: Killer) -> int:
    return int(zendesk.open_ticket(
        subject="Commande 12345678", text="Bonjour, je n'ai toujours pas reçu mon colis. Pouvez-vous me renseigner ?"
    ))


@pytest.fixture
def tags(zendesk: Killer, desk: Desk, office: Office, ticket: int) -> list[str]:
    """The tags that the ticket must get, from the pure middle."""
    read = helpdesk.load(desk.kind).connect(desk).fetch(str(ticket))
    zendesk.seen.clear()
    return sorted(counter.handle(read, office, desk, datetime.now(UTC)).update.add_tags)


def test_in_peace_a_delivery_asks_what_the_tests_below_believe(
    server: Server, zendesk: Killer, until: Until, ticket: int, tags: list[str]
) -> None:
    server.start()
    until(server.ready)
    server.send(ticket)
    until(lambda: zendesk.notes(ticket) and not server.open_work())

    assert len(zendesk.seen) == len(REQUESTS), zendesk.seen
    assert all(map(re.fullmatch, REQUESTS, zendesk.seen)), zendesk.seen
    assert sorted(zendesk.ticket(ticket)["tags"]) == tags


@pytest.mark.parametrize(("nth", "after"), [*((nth, False) for nth in range(1, WRITE + 1)), (1, True), (WRITE, True)])
def test_killed_at_a_request_and_started_again_there_is_one_note(
    server: Server, zendesk: Killer, until: Until, nth: int, after: bool, ticket: int, tags: list[str]
) -> None:
    zendesk.nth, zendesk.after = nth, after
    server.start()
    until(server.ready)

    assert server.send(ticket) == [202]
    until(lambda: zendesk.killed)
    assert server.process.poll() == -signal.SIGKILL
    assert len(zendesk.notes(ticket)) == int(after and nth == WRITE)
    server.start()
    until(server.ready)
    until(lambda: zendesk.notes(ticket) and not server.open_work())

    assert zendesk.killed == 1
    assert len(zendesk.notes(ticket)) == 1
    assert sorted(zendesk.ticket(ticket)["tags"]) == tags


def test_killed_right_after_the_answer_nothing_is_lost(
    server: Server, zendesk: Killer, until: Until, tags: list[str], ticket: int
) -> None:
    server.start()
    until(server.ready)
    others = [int(zendesk.open_ticket(subject=f"Question {number}", text="Bonjour")) for number in range(5)]
    zendesk.deaf = True  # no work gets done before the kill

    answers = [server.send(number) for number in (ticket, *others)]
    server.end()
    zendesk.deaf = False
    server.start()
    until(server.ready)

    assert answers == [[202]] * 6
    until(lambda: all(len(zendesk.notes(number)) == 1 for number in (ticket, *others)))
    assert sorted(zendesk.ticket(ticket)["tags"]) == tags


def test_five_times_the_same_delivery_with_kills_between_is_one_note(
    server: Server, zendesk: Killer, until: Until, tags: list[str], ticket: int
) -> None:
    """The helpdesk repeats one invocation; the server dies after each answer, and while it writes."""
    zendesk.nth, zendesk.after = WRITE, True
    url = f"{server.url}/hooks/acme"
    answers: list[int] = []
    for _ in range(5):
        server.start()
        until(lambda: server.process.poll() is not None or server.ready())  # it may die at its write before it is asked
        answers += zendesk.repeat(url, ticket)
        server.end()

    def finished() -> bool:
        if server.process.poll() is not None:
            server.start()
        return len(zendesk.notes(ticket)) > 0 and not server.open_work()

    until(finished)

    assert answers[0] == 202
    assert set(answers) <= {202, 0}  # 0: it died before it could answer, and Zendesk would come again
    assert zendesk.killed == 1
    assert len(zendesk.notes(ticket)) == 1
    assert sorted(zendesk.ticket(ticket)["tags"]) == tags


def test_killed_while_a_timer_waits_it_still_rings(
    server: Server, zendesk: Killer, until: Until, ticket: int
) -> None:
    """The helpdesk asked to come again later; the server is killed, and the time comes while nobody is there."""
    zendesk.fail(503, path=rf"/api/v2/tickets/{ticket}", headers={"Retry-After": "31"})
    server.start()
    until(server.ready)
    server.send(ticket)
    until(lambda: server.timers() and not server.open_work())
    server.end()
    server.hurry()
    server.start()

    until(lambda: len(zendesk.notes(ticket)) == 1)


def test_told_to_stop_it_ends_its_work_first(
    server: Server, zendesk: Killer, until: Until, ticket: int
) -> None:
    server.start()
    until(server.ready)
    server.send(ticket)
    until(lambda: zendesk.seen)  # it is at work

    assert server.end(signal.SIGTERM) == 0
    assert len(zendesk.notes(ticket)) == 1
    assert server.open_work() == []
    assert "Traceback" not in server.log.read_text("utf-8")
