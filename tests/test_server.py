"""The HTTP server: every kind of bad delivery gets its status and a counted log line, and never a traceback."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from starlette.testclient import TestClient

from comptoir import helpdesk, logs, server
from comptoir.counter import Office
from comptoir.helpdesk import Desk
from comptoir.settings import Settings
from comptoir.workflow import Engine

HOOK = "/hooks/acme"
sign = helpdesk.load_part("zendesk", "webhook").sign
TEST_SECRET = helpdesk.load_part("zendesk", "options").PUBLIC_TEST_SECRET
TRIGGER = b'{"ticket_id": "7"}'


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "comptoir.sqlite"


@pytest.fixture
def settings(desk: Desk) -> Settings:
    rotated = desk.options.model_copy(update={"previous_webhook_secret": type(desk.options.webhook_secret)("before")})
    return Settings(desks={"acme": replace(desk, options=rotated)})


@pytest.fixture
def engine(begin: Callable[..., Engine], store: Path, office: Office, settings: Settings) -> Engine:
    """Accepts and does not work: what the server stores stays to be seen."""
    return begin(f"sqlite:///{store}", office, settings.desks, run_worker=False)


@pytest.fixture
def client(settings: Settings, engine: Engine) -> Iterator[TestClient]:
    with TestClient(server.make_app(settings, engine), raise_server_exceptions=True) as one:
        yield one


@pytest.fixture
def secret(settings: Settings) -> str:
    return str(settings.desks["acme"].options.webhook_secret.get_secret_value())


def signed(body: bytes, secret: str, *, delivery: str = "01HAN96", ago: timedelta = timedelta()) -> dict[str, str]:
    stamp = (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"X-Zendesk-Webhook-Signature": sign(secret, stamp, body), "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "X-Zendesk-Webhook-Invocation-Id": delivery, "Content-Type": "application/json"}


def stored(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as connection:
        return [row[0] for row in connection.execute("SELECT workflow_uuid FROM workflow_status")]


def count(outcome: str, desk: str = "acme") -> int:
    return logs.counts().get(("delivery", desk, outcome), 0)


@pytest.mark.parametrize(("used", "what", "ago", "reason"), [
    ("", b"", 0, "unsigned"),
    ("wrong", TRIGGER, 0, "signature"),
    (TEST_SECRET, TRIGGER, 0, "test_secret"),
    ("before", TRIGGER + b" ", 0, "signature"),
    ("before", TRIGGER, 302, "stale"),
    ("before", TRIGGER, -302, "stale"),
])
def test_a_delivery_that_proves_nothing_is_refused_and_counted(
    client: TestClient, store: Path, caplog: pytest.LogCaptureFixture, used: str, what: bytes, ago: int, reason: str
) -> None:
    before = count("rejected")
    headers = signed(what, used, ago=timedelta(seconds=ago)) if used else {}

    answer = client.post(HOOK, content=TRIGGER, headers=headers)

    assert answer.status_code == 401
    assert stored(store) == []
    assert count("rejected") == before + 1
    assert [record.__dict__["said"]["why"] for record in caplog.records if record.name == "comptoir"] == [reason]


@pytest.mark.parametrize("body", [
    b"", b"not json", b"[]", b"7", b"{}", b'{"type": 7}', b'{"ticket_id": ""}', b'{"ticket_id": {}}', b"\xff\xfe",
    b'{"ticket_id": "{{ticket.id}}"}', b'{"type": "zen:event-type:ticket.created", "detail": {"id": ["7"]}}',
    b'{"a":' * 2000 + b"1" + b"}" * 2000,
])
def test_a_body_that_cannot_be_read_says_where(client: TestClient, store: Path, secret: str, body: bytes) -> None:
    answer = client.post(HOOK, content=body, headers=signed(body, secret))

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert stored(store) == []


def test_a_wrong_type_is_named_by_its_path(client: TestClient, secret: str) -> None:
    body = b'{"type": "zen:event-type:ticket.created", "detail": {"id": ["7"]}}'

    assert client.post(HOOK, content=body, headers=signed(body, secret)).json()["error"].startswith("detail.id: ")


@pytest.mark.parametrize(("event", "outcome"), [
    ("ticket.tags_changed", "ignored"), ("ticket.soft_deleted", "gone"), ("ticket.exploded", "unknown_event"),
    ("user.created", "unknown_event"),
])
def test_an_event_that_is_no_work_is_recorded_and_ignored(
    client: TestClient, store: Path, secret: str, event: str, outcome: str
) -> None:
    body = b'{"type": "zen:event-type:%s", "detail": {"id": "7"}, "event": {}}' % event.encode()
    before = count(outcome)

    answer = client.post(HOOK, content=body, headers=signed(body, secret))

    assert (answer.status_code, answer.json()["new"]) == (200, False)
    assert count(outcome) == before + 1
    assert stored(store) == []


@pytest.mark.parametrize("path", ["/hooks/other", "/hooks/ACME", "/hooks/%2e%2e", "/hooks/acme%0a"])
def test_an_unknown_desk_is_not_found(client: TestClient, secret: str, path: str) -> None:
    before = count("unknown_desk", "")

    assert client.post(path, content=TRIGGER, headers=signed(TRIGGER, secret)).status_code == 404
    assert count("unknown_desk", "") == before + 1


@pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 400), (1024 * 1024 + 1, 413), (8 * 1024 * 1024, 413)])
def test_a_body_ends_at_one_mebibyte(client: TestClient, secret: str, size: int, status: int) -> None:
    body = b"x" * size

    assert client.post(HOOK, content=body, headers=signed(body, secret)).status_code == status


def test_a_body_without_a_length_is_cut_off_too(client: TestClient) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 65536
            yield b"x" * 65536

    assert client.post(HOOK, content=chunks()).status_code == 413


def test_a_delivery_is_stored_once_and_says_so(client: TestClient, store: Path, secret: str) -> None:
    answers = [client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, secret, delivery="01A")) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [202] * 5
    assert [answer.json() for answer in answers] == [{"delivery": "01A", "new": new} for new in (True, *[False] * 4)]
    assert stored(store) == ["acme:01A"]


def test_the_secret_before_a_rotation_still_proves(client: TestClient) -> None:
    assert client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, "before")).status_code == 202


def test_a_retry_minutes_later_is_the_same_delivery(client: TestClient, store: Path, secret: str) -> None:
    for ago in (timedelta(seconds=290), timedelta()):
        assert client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, secret, ago=ago)).status_code == 202

    assert len(stored(store)) == 1


def test_a_store_that_is_locked_answers_come_again(
    client: TestClient, store: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_PATIENCE", 0.2)
    before = count("store_down")
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, secret))
        other.execute("ROLLBACK")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert count("store_down") == before + 1
    again = client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, secret))
    assert again.status_code == 202
    assert stored(store) == ["acme:01HAN96"]


def test_a_store_that_broke_answers_come_again(client: TestClient, store: Path, secret: str) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("ALTER TABLE workflow_status RENAME TO gone")

    answer = client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, secret))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "workflow_status" not in answer.text


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ok\n"


def test_not_ready_says_what_is_missing(settings: Settings, engine: Engine) -> None:
    with TestClient(server.make_app(settings, replace(engine, works=True))) as client:
        answer = client.get("/readyz")

    assert (answer.status_code, answer.text) == (503, "the worker is not running\n")


def test_metrics_count_what_came_in(client: TestClient, secret: str) -> None:
    before = count("accepted")
    client.post(HOOK, content=TRIGGER, headers=signed(TRIGGER, secret))

    lines = client.get("/metrics").text.splitlines()

    assert lines[1] == "# TYPE comptoir_events_total counter"
    assert f'comptoir_events_total{{event="delivery",desk="acme",outcome="accepted"}} {before + 1}' in lines


def test_no_log_line_and_no_answer_shows_the_body(
    client: TestClient, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bodies = (b'{"pamplemousse"', b'{"ticket_id": "pamplemousse"}', b'{"type": ["pamplemousse"]}')
    said = "".join(client.post(HOOK, content=body, headers=signed(body, secret)).text for body in bodies)

    assert "pamplemousse" not in said + caplog.text


def test_whatever_the_document_allows_never_breaks_the_server(settings: Settings, engine: Engine) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", server.make_app(settings, engine))
    tried = 0

    @given(schema["/hooks/{desk}"]["POST"].as_strategy())
    @hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def send(case: schemathesis.Case) -> None:
        nonlocal tried
        tried += 1
        answer = case.call()
        assert answer.status_code in (400, 401, 404)
        case.validate_response(answer)

    send()

    assert tried > 5
