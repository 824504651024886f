"""A small stand-in for Zendesk, served over HTTP on this machine: for the demo, the tests, and trying things out.

    with Sandbox() as zendesk:
        desk = Desk("acme", "zendesk", Options(**zendesk.options()))
        number = zendesk.open_ticket(subject="Colis non reçu", text="Bonjour ...", from_="buyer@example.com")
        zendesk.send("http://127.0.0.1:8000/hooks/acme", number)

The real client talks to it; faults are scripted with `fail`. It answers on loopback only.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from .sandbox_account import OWN_USER, Account, Answer, Happening, Refusal
from .sandbox_gate import Gate
from .sandbox_page import page, refusal_page
from .sandbox_routes import answer
from .sandbox_webhooks import Sender


@dataclass(frozen=True)
class Request:
    """One request as it came in, and the status it got."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    answer: Any


@dataclass
class Fault:
    """`times` requests that match get `status`. `after`: only once they have been carried out. Status 0 hangs up."""

    status: int
    times: int
    method: str
    path: str
    headers: Mapping[str, str]
    after: bool


class Sandbox:
    """See the module. `clock` gives the time; `export_lag` is in seconds, 60 at Zendesk."""

    def __init__(
        self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), export_lag: int = 60,
        updates_per_minute: int = 100, page_size: int = 100,
    ) -> None:
        self.webhook_secret = secrets.token_urlsafe(24)
        self.account = Account(clock, self._heard)
        self.gate = Gate(clock, updates_per_minute)
        self.requests: list[Request] = []
        self.page_size = page_size
        self.webhooks = Sender(clock, self.webhook_secret)
        self._export_lag = export_lag
        self._faults: list[Fault] = []
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="zendesk-sandbox")

    def __enter__(self) -> Self:
        self._thread.start()
        self.webhooks.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.webhooks.stop()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def options(self) -> dict[str, str]:
        """What stands under `[desks.<name>]` in comptoir.toml for this sandbox."""
        return {
            "base_url": self.url, "client_id": self.gate.client_id, "client_secret": self.gate.client_secret,
            "webhook_secret": self.webhook_secret,
        }

    def open_ticket(
        self, *, subject: str, text: str = "", html: str = "", from_: str = "buyer@example.com", name: str = "",
        to: str = "shop@example.org", tags: Sequence[str] = (), fields: Mapping[int, str] | None = None,
        brand_id: int = 1, created_at: str = "",
    ) -> int:
        """A ticket as an e-mail makes one; its number."""
        with self._lock:
            ticket = self.account.create({
                "subject": subject, "requester_id": self.account.user_for(from_, name), "tags": list(tags),
                "custom_fields": [{"id": number, "value": value} for number, value in (fields or {}).items()],
                "brand_id": brand_id, "recipient": to, "comment": _comment(text, html, created_at),
            }, OWN_USER, _email(from_, name, to)).data["ticket"]
            if created_at:
                ticket["created_at"] = created_at
            return int(ticket["id"])

    def comment(self, ticket_id: int, text: str = "", *, html: str = "", from_: str = "", public: bool = True) -> None:
        """A buyer's e-mail (`from_`), or without it an agent's comment, on a ticket that is there."""
        with self._lock:
            author = self.account.user_for(from_, "") if from_ else 2
            comment = {**_comment(text, html, ""), "author_id": author, "public": public}
            self.account.update(ticket_id, {"comment": comment}, author)

    def ticket(self, ticket_id: int) -> dict[str, Any]:
        with self._lock:
            return dict(self.account.tickets[ticket_id])

    def notes(self, ticket_id: int) -> list[str]:
        """The HTML of every internal note."""
        with self._lock:
            return [c["html_body"] for c in self.account.comments[ticket_id] if not c["public"]]

    def close(self, ticket_id: int) -> None:
        with self._lock:
            self.account.ticket(ticket_id)["status"] = "closed"

    def delete(self, ticket_id: int) -> None:
        with self._lock:
            self.account.delete(ticket_id, 2)

    def touch(self, ticket_id: int, stamp: str) -> None:
        """Somebody else changed the ticket: its `updated_at` becomes `stamp`."""
        with self._lock:
            self.account.ticket(ticket_id)["updated_at"] = stamp

    def fail(
        self, status: int, *, times: int = 1, method: str = ".*", path: str = ".*", after: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next `times` requests that match get `status` (see Fault)."""
        with self._lock:
            self._faults.append(Fault(status, times, method, path, headers or {}, after))

    def send(
        self, url: str, ticket_id: int, event: str = "created", *, trigger: bool = False, secret: str = "",
        times: int = 1, actor_id: int = 0,
    ) -> list[int]:
        """Post one webhook to `url`, `times` times under one invocation id as Zendesk repeats it; the statuses.

        `trigger` sends the trigger's body instead of the event's; `secret` signs with another secret.
        """
        with self._lock:
            happening = Happening(event, ticket_id, actor_id or self.account.tickets[ticket_id]["requester_id"], {})
            invocation = self.webhooks.invocation(self.account.tickets[ticket_id], happening, trigger)
        return [self.webhooks.post(url, invocation, secret) for _ in range(times)]

    def signed(self, ticket_id: int) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a new delivery about a ticket, for those who post it themselves."""
        with self._lock:
            happening = Happening("created", ticket_id, self.account.tickets[ticket_id]["requester_id"], {})
            invocation = self.webhooks.invocation(self.account.tickets[ticket_id], happening, trigger=True)
        return invocation.body, self.webhooks.headers(invocation)

    def page(self, path: str) -> tuple[int, str] | None:
        """A ticket as an agent sees it, `/agent/tickets/<number>`: status and HTML; None for any other path."""
        if not (match := re.fullmatch(r"/agent/tickets/(\d+)", path)):
            return None
        with self._lock:
            try:
                return 200, page(self.account, int(match[1]))
            except Refusal as refusal:
                return refusal.answer.status, refusal_page(refusal)

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Answer | None:
        """Answer one request; None hangs up."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if "page[size]" in query:
            query["page[size]"] = str(min(int(query["page[size]"]), self.page_size))
        with self._lock:
            fault = self._fault(method, parts.path)
            if fault and not fault.after:
                done: Answer | None = _broken(fault)
            else:
                done = self._carry_out(method, parts.path, query, headers, body)
                done = _broken(fault) if fault else done
            self.requests.append(Request(method, parts.path, query, body, done.status if done else 0,
                                         json.loads(json.dumps(done.data)) if done else None))
            return done

    def _carry_out(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: Any
    ) -> Answer:
        try:
            if (method, path) == ("POST", "/oauth/tokens"):
                return self.gate.token(body)
            self.gate.admit(headers)
            limits = self.gate.count(method, path)
            done = answer(self.account, method, path, query, body, self._export_lag)
            return Answer(done.status, done.data, {**limits, **done.headers})
        except Refusal as refusal:
            return refusal.answer

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.times > 0 and re.fullmatch(fault.method, method) and re.fullmatch(fault.path, path):
                fault.times -= 1
                return fault
        return None

    def _heard(self, happened: list[Happening]) -> None:
        for happening in happened:
            self.webhooks.tell(self.account.tickets[happening.ticket_id], happening)


def _broken(fault: Fault) -> Answer | None:
    # 429 and the gateway's errors are no JSON at Zendesk either
    return Answer(fault.status, f"status {fault.status}", fault.headers) if fault.status else None


def _comment(text: str, html: str, created_at: str) -> dict[str, Any]:
    return {**({"html_body": html} if html else {"body": text}), "created_at": created_at}


def _email(from_: str, name: str, to: str) -> dict[str, Any]:
    ends = {"from": {"address": from_, "name": name}, "to": {"address": to, "name": "Shop"}, "rel": None}
    return {"channel": "email", "source": ends}


def _handler(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            if self.command == "GET" and (shown := sandbox.page(urlsplit(self.path).path)):
                self._write(Answer(shown[0], shown[1], {"Content-Type": "text/html; charset=utf-8"}))
                return
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            try:
                body = json.loads(raw) if raw else None
            except ValueError:
                body = None
            headers = {name.lower(): value for name, value in self.headers.items()}
            done = sandbox.handle(self.command, self.path, headers, body)
            if done is not None:
                self._write(done)

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def _write(self, done: Answer) -> None:
            plain = isinstance(done.data, str)
            content = b"" if done.data is None else (done.data if plain else json.dumps(done.data)).encode()
            self.send_response(done.status)
            kind = "text/plain" if plain else "application/json; charset=utf-8"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **done.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a request line is no news in a demo."""

    return Handler
