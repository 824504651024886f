"""The sandbox behaves as Zendesk does where it matters: seen from outside, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from comptoir import helpdesk
from comptoir.helpdesk import Delivery, Desk
from comptoir.ticket import Ticket
from comptoir.update import Note, Update

zendesk = helpdesk.load("zendesk")
sandbox_module: Any = helpdesk.load_part("zendesk", "sandbox")
NOTE = Note("<p>x</p><p>comptoir:1</p>", "comptoir:1")


@pytest.fixture
def sandbox() -> Iterator[Any]:
    with sandbox_module.Sandbox() as running:
        yield running


class Api:
    """Plain requests, with a token."""

    def __init__(self, sandbox: Any, **grant: Any) -> None:
        self.url = sandbox.url
        asked = {"grant_type": "client_credentials", "client_id": sandbox.gate.client_id, "scope": "read write",
                 "client_secret": sandbox.gate.client_secret, "expires_in": 600, **grant}
        self.token = self("POST", "/oauth/tokens", asked).json().get("access_token", "")

    def __call__(self, method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {getattr(self, 'token', '')}"}
        return requests.request(method, self.url + path, json=body, headers=headers, timeout=5)


@pytest.fixture
def api(sandbox: Any) -> Api:
    return Api(sandbox)


# -- what it refuses


@pytest.mark.parametrize("grant", [
    {"client_secret": "wrong"}, {"expires_in": 300}, {"expires_in": 172800}, {"grant_type": "password"},
])
def test_no_token_for_a_wrong_grant(grant: dict[str, Any], sandbox: Any) -> None:
    assert Api(sandbox, **grant)("GET", "/api/v2/users/me").status_code == 401


def test_a_scope_given_as_a_list_is_taken_and_then_all_is_forbidden(sandbox: Any) -> None:
    assert Api(sandbox, scope=["read"])("GET", "/api/v2/users/me").status_code == 403


def test_a_token_ends() -> None:
    now = [datetime(2026, 11, 22, 9, 0, tzinfo=UTC)]
    with sandbox_module.Sandbox(clock=lambda: now[0]) as sandbox:
        api = Api(sandbox)
        assert api("GET", "/api/v2/users/me").status_code == 200
        now[0] = datetime(2026, 11, 22, 9, 10, tzinfo=UTC)
        assert api("GET", "/api/v2/users/me").status_code == 401


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("GET", "/api/v2/nothing", None, 404), ("GET", "/api/v2/tickets/1", None, 404),
    ("GET", "/api/v2/macros/1", None, 404),
    ("PUT", "/api/v2/macros/1", {"macro": {"title": "x"}}, 404), ("DELETE", "/api/v2/macros/1", None, 404),
    ("POST", "/api/v2/macros", {"macro": {"title": "x"}}, 422), ("POST", "/api/v2/tickets", {"subject": "x"}, 400),
    ("GET", "/api/v2/incremental/tickets/cursor?cursor=%%%", None, 400),
    ("GET", "/api/v2/incremental/tickets/cursor?start_time=99999999999", None, 400),
])
def test_refused(method: str, path: str, body: Any, status: int, api: Api) -> None:
    assert api(method, path, body).status_code == status


def test_a_closed_ticket_cannot_be_written(sandbox: Any, api: Api) -> None:
    number = sandbox.open_ticket(subject="x")
    sandbox.close(number)
    answer = api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"tags": ["a"]}})
    assert (answer.status_code, answer.json()["error"]) == (422, "RecordInvalid")


@pytest.mark.parametrize("flag", [True, False])
def test_safe_update_counts_by_its_presence(flag: bool, sandbox: Any, api: Api) -> None:
    number = sandbox.open_ticket(subject="x")
    sandbox.touch(number, "2026-11-22T09:00:01Z")
    stale = {"safe_update": flag, "updated_stamp": "2026-11-22T09:00:00Z", "tags": ["a"]}
    assert api("PUT", f"/api/v2/tickets/{number}", {"ticket": stale}).status_code == 409
    assert sandbox.ticket(number)["tags"] == []


# -- what it does


def test_tickets_are_made_over_http_too(api: Api) -> None:
    given = {"subject": "x", "requester": {"name": "B", "email": "b@example.com"}, "comment": {"body": "Bonjour"},
             "tags": ["A", "b"], "unknown": 1}
    answer = api("POST", "/api/v2/tickets", {"ticket": given})
    assert answer.status_code == 201
    assert answer.json()["ticket"]["tags"] == ["a", "b"]
    assert "unknown" in answer.headers["x-zendesk-api-warn"]
    number = answer.json()["ticket"]["id"]
    assert api("DELETE", f"/api/v2/tickets/{number}").status_code == 204
    assert api("GET", f"/api/v2/tickets/{number}").status_code == 404


def test_the_three_ways_of_the_tags_endpoint(sandbox: Any, api: Api) -> None:
    path = f"/api/v2/tickets/{sandbox.open_ticket(subject='x', tags=['a'])}/tags"
    seen = [api(method, path, {"tags": ["b", "c"]}) for method in ("PUT", "GET", "DELETE", "POST")]
    assert [answer.json()["tags"] for answer in seen] == [["a", "b", "c"], ["a", "b", "c"], ["a"], ["b", "c"]]
    assert [answer.status_code for answer in seen] == [200, 200, 200, 201]


def test_placeholders_in_an_agents_html_are_filled_or_vanish(sandbox: Any, api: Api) -> None:
    number = sandbox.open_ticket(subject="x", html="<p>{{7*7}}</p>")
    api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"comment": {"html_body": "<p>a{{7*7}}b</p>", "public": False}}})
    assert sandbox.notes(number) == ["<p>ab</p>"]
    assert sandbox.account.comments[number][0]["html_body"] == "<p>{{7*7}}</p>"


def test_a_long_comment_is_cut_without_a_word(sandbox: Any, api: Api) -> None:
    number = sandbox.open_ticket(subject="x")
    api("PUT", f"/api/v2/tickets/{number}", {"ticket": {"comment": {"html_body": "a" * 70000, "public": False}}})
    assert len(sandbox.notes(number)[0]) == 65535


def test_macros(api: Api) -> None:
    given = {"title": "A::B", "actions": [{"field": "status", "value": "open"}]}
    made = api("POST", "/api/v2/macros", {"macro": given})
    assert made.status_code == 201
    path = f"/api/v2/macros/{made.json()['macro']['id']}"
    changed = api("PUT", path, {"macro": {"title": "A::C", "actions": []}})
    assert changed.json()["macro"]["actions"] == []
    assert api("GET", path).json()["macro"]["raw_title"] == "A::C"
    assert api("DELETE", path).status_code == 204
    assert api("GET", "/api/v2/macros").json()["macros"] == []


def test_scripted_faults_are_used_up(sandbox: Any, api: Api) -> None:
    sandbox.fail(429, times=2, path="/api/v2/users/me", headers={"Retry-After": "3"})
    seen = [api("GET", "/api/v2/users/me") for _ in range(3)]
    assert [answer.status_code for answer in seen] == [429, 429, 200]
    assert seen[0].headers["Retry-After"] == "3"
    with pytest.raises(ValueError, match="Expecting value"):
        seen[0].json()


def test_the_export_withholds_the_newest_minute() -> None:
    now = [datetime(2026, 11, 22, 9, 0, tzinfo=UTC)]
    with sandbox_module.Sandbox(clock=lambda: now[0]) as sandbox:
        api = Api(sandbox)
        number = sandbox.open_ticket(subject="x")
        path = f"/api/v2/incremental/tickets/cursor?start_time={int(now[0].timestamp()) - 60}"
        assert api("GET", path).json()["tickets"] == []
        now[0] = datetime(2026, 11, 22, 9, 1, tzinfo=UTC)
        assert [t["id"] for t in api("GET", path).json()["tickets"]] == [number]


# -- webhooks


class Receiver:
    """A server that reads deliveries with the real code; `answers` are the statuses it gives first."""

    def __init__(self, sandbox: Any, **options: Any) -> None:
        desk = Desk("acme", "zendesk", zendesk.Options(**sandbox.options(), **options))
        self.got: list[Delivery] = []
        self.stamps: list[str] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.answers.pop(0) if outer.answers else 202
                outer.stamps.append(self.headers["X-Zendesk-Webhook-Signature-Timestamp"])
                outer.got.append(zendesk.receive(desk, dict(self.headers.items()), body, datetime.now(UTC)))
                assert json.loads(body)
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/acme"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(sandbox: Any) -> Iterator[Receiver]:
    running = Receiver(sandbox, own_user_id="1")
    yield running
    running.stop()


@pytest.mark.parametrize("trigger", [False, True])
def test_both_kinds_are_read_by_the_real_receiver(trigger: bool, sandbox: Any, receiver: Receiver) -> None:
    number = sandbox.open_ticket(subject='Colis "perdu"\n淘宝')
    assert sandbox.send(receiver.url, number, trigger=trigger, times=2) == [202, 202]
    assert receiver.got[0] == receiver.got[1]
    assert (receiver.got[0].event, receiver.got[0].ticket_id) == ("changed", str(number))


def test_a_connected_webhook_hears_of_tickets_and_comments(sandbox: Any, receiver: Receiver) -> None:
    sandbox.webhooks.connect(receiver.url)
    number = sandbox.open_ticket(subject="x")
    sandbox.comment(number, "Toujours rien", from_="buyer@example.com")
    sandbox.delete(number)
    sandbox.webhooks.wait()
    assert [(d.name, d.event) for d in receiver.got] == [
        ("created", "changed"), ("comment_added", "changed"), ("soft_deleted", "gone"),
    ]


def test_a_refused_delivery_is_repeated_under_its_id(sandbox: Any, receiver: Receiver) -> None:
    receiver.answers = [503, 429]
    sandbox.webhooks.connect(receiver.url)
    sandbox.open_ticket(subject="x")
    sandbox.webhooks.wait()
    assert [status for _, status in sandbox.webhooks.log] == [503, 429, 202]
    assert len({delivery.id for delivery in receiver.got}) == 1


def test_our_own_write_makes_no_loop(sandbox: Any, receiver: Receiver) -> None:
    number = str(sandbox.open_ticket(subject="x"))
    every = frozenset({"created", "comment_added", "tags_changed", "custom_field_changed", "status_changed"})
    sandbox.webhooks.connect(receiver.url, events=every)
    client = zendesk.connect(Desk("acme", "zendesk", zendesk.Options(**sandbox.options())))
    client.apply(Ticket(id=number), Update(add_tags=("lang_fr",), note=NOTE))
    sandbox.webhooks.wait()
    assert [(d.name, d.event) for d in receiver.got] == [("tags_changed", "ignored"), ("comment_added", "ignored")]


def test_without_our_user_id_the_second_round_writes_nothing(sandbox: Any) -> None:
    receiver = Receiver(sandbox)
    number = str(sandbox.open_ticket(subject="x"))
    sandbox.webhooks.connect(receiver.url, trigger=True)
    client = zendesk.connect(Desk("acme", "zendesk", zendesk.Options(**sandbox.options())))
    update = Update(add_tags=("lang_fr",), note=NOTE)
    assert client.apply(Ticket(id=number), update) is True
    sandbox.webhooks.wait()
    heard = len(receiver.got)
    assert heard > 0
    assert client.apply(Ticket(id=number), update) is False
    sandbox.webhooks.wait()
    receiver.stop()
    assert len(receiver.got) == heard
