"""The durable flow on SQLite and PostgreSQL, against the sandbox over HTTP: once and only once, nothing lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Store

from comptoir import logs, workflow
from comptoir.counter import Office
from comptoir.errors import BadSettings, StoreDown, TicketClosed, TicketGone
from comptoir.helpdesk import Delivery, Desk
from comptoir.workflow import Engine, flows
from comptoir.workflow import store as storing
from comptoir.workflow.visit import next_turn, visit

Until = Callable[..., None]
Start = Callable[..., Engine]
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TEXT = "Bonjour, je n'ai toujours pas reçu mon colis, numéro de commande 12345678. Mot secret: pamplemousse"
PERSONAL = ("pamplemousse", "jeanne", "Jeanne", "Colis", "12345678")


@pytest.fixture
def start(begin: Start, store: Store, office: Office, desk: Desk) -> Start:
    """Starts an engine with the desk `acme` on the test's store."""
    return partial(begin, store.url, office, {desk.name: desk})


def changed(ticket: int, delivery: str = "d1") -> Delivery:
    return Delivery(delivery, "changed", str(ticket), "created")


def done(store: Store, *ids: str) -> Callable[[], bool]:
    return lambda: all(store.work().get(id_) == "SUCCESS" for id_ in ids)


def writes(zendesk: Any) -> int:
    return sum(request.method == "PUT" and request.status == 200 for request in zendesk.requests)


def open_ticket(zendesk: Any, **given: str) -> int:
    return int(zendesk.open_ticket(**{"subject": "Colis non reçu", "text": TEXT, **given}))


def test_a_delivery_is_seen_to_once_however_often_it_comes(
    start: Start, zendesk: Any, store: Store, until: Until
) -> None:
    engine, ticket = start(), open_ticket(zendesk)

    new = [engine.accept("acme", changed(ticket)).result() for _ in range(5)]
    until(done(store, "acme:d1"))

    assert new == [True, False, False, False, False]
    assert not engine.accept("acme", changed(ticket)).result()
    assert len(zendesk.notes(ticket)) == 1
    assert writes(zendesk) == 1


def test_deliveries_for_one_ticket_run_one_after_the_other(
    start: Start, zendesk: Any, store: Store, until: Until
) -> None:
    engine, ticket = start(), open_ticket(zendesk)

    for number in range(6):
        engine.accept("acme", changed(ticket, f"d{number}")).result()
    until(done(store, *(f"acme:d{number}" for number in range(6))))

    assert len(zendesk.notes(ticket)) == 1
    assert writes(zendesk) == 1
    assert not [request for request in zendesk.requests if request.status == 409]


def test_the_store_holds_nothing_of_the_ticket(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine, ticket = start(), open_ticket(zendesk, from_="jeanne@example.com", name="Jeanne Martin")
    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    kept = repr([store.rows(f"SELECT * FROM {table}") for table in store.tables()])
    if store.url.startswith("sqlite"):
        kept += "".join(file.read_text("latin-1") for file in Path(store.url[10:]).parent.iterdir())

    assert "acme:d1" in kept
    for personal in PERSONAL:
        assert personal not in kept


def test_the_log_holds_nothing_of_the_ticket(
    start: Start, zendesk: Any, store: Store, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "comptoir")
    engine, ticket = start(), open_ticket(zendesk, from_="jeanne@example.com", name="Jeanne Martin")
    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    lines = "\n".join(map(logs.JsonLines().format, caplog.records))

    assert {"event": "ticket", "outcome": "written", "desk": "acme", "ticket": str(ticket)}.items() <= next(
        json.loads(line) for line in lines.splitlines() if '"acme:d1"' in line
    ).items()
    for personal in PERSONAL:
        assert personal not in lines


def test_a_closed_ticket_is_left_alone(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine = start()
    until(lambda: store.sweeps() == 1)  # the one at the start would find the ticket too
    ticket = open_ticket(zendesk)
    zendesk.close(ticket)

    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    assert writes(zendesk) == 0
    assert set(store.work()) == {"acme:d1"}


def test_a_solved_ticket_has_no_timer(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine, ticket = start(), open_ticket(zendesk)
    zendesk.account.ticket(ticket)["status"] = "solved"

    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    assert not [id_ for id_ in store.work() if ":wake:" in id_]


def test_a_deleted_ticket_ends_the_work(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine, ticket = start(), open_ticket(zendesk)
    zendesk.delete(ticket)

    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    assert store.rows("SELECT output FROM workflow_output WHERE workflow_uuid = 'acme:d1'") == [{"output": '"gone"'}]
    assert set(store.work()) == {"acme:d1"}


def test_one_bad_ticket_holds_up_no_other(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine, bad, good = start(threads=1), open_ticket(zendesk), open_ticket(zendesk)
    zendesk.fail(422, times=100, path=rf"/api/v2/tickets/{bad}")

    engine.accept("acme", changed(bad, "bad")).result()
    engine.accept("acme", changed(good, "good")).result()
    until(done(store, "acme:bad", "acme:good"))

    assert len(zendesk.notes(good)) == 1
    assert not zendesk.notes(bad)


def test_a_helpdesk_that_asks_for_patience_is_asked_again_then(
    start: Start, zendesk: Any, store: Store, until: Until
) -> None:
    engine, ticket = start(), open_ticket(zendesk)
    zendesk.fail(503, path=rf"/api/v2/tickets/{ticket}", headers={"Retry-After": "7200"})

    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    again = next(row for row in store.rows() if row["workflow_uuid"] == "acme:d1#1")
    assert again["status"] == "DELAYED"
    assert 7190 < again["delay_until_epoch_ms"] / 1000 - datetime.now(UTC).timestamp() <= 7201
    given = store.rows("SELECT * FROM workflow_input WHERE workflow_uuid = 'acme:d1#1'")[0]
    assert json.loads(given["inputs"])["positionalArgs"] == ["acme", str(ticket), 1]


def test_a_refused_credential_is_tried_again_and_said_loudly(
    start: Start, zendesk: Any, store: Store, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    engine, ticket = start(), open_ticket(zendesk)
    zendesk.fail(401, times=100, path=r"/oauth/tokens")

    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    assert store.work()["acme:d1#1"] == "DELAYED"
    assert [record for record in caplog.records if record.levelno == logging.ERROR and "not_allowed" in record.message]


def test_a_lost_webhook_is_found_by_the_sweep_and_our_own_writes_end_it(
    start: Start, zendesk: Any, store: Store, until: Until
) -> None:
    ticket = open_ticket(zendesk)
    engine = start()  # sweeps at once
    until(lambda: len(zendesk.notes(ticket)) == 1)

    # our write changed the ticket: the next sweep sees it and writes nothing
    swept = len(store.work())
    engine.sweep("acme")
    until(lambda: len(store.work()) > swept and done(store, *(i for i in store.work() if ":wake:" not in i))())
    engine.sweep("acme")
    until(lambda: store.sweeps() == 3)

    assert writes(zendesk) == 1
    cursors = [request.query.get("cursor", "") for request in zendesk.requests if "incremental" in request.path]
    assert cursors[0] == ""
    assert all(cursors[1:])


def test_a_restart_goes_on_from_the_last_cursor(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine = start()
    until(lambda: store.sweeps())
    engine.stop()
    ticket = open_ticket(zendesk)  # nobody listens

    start()
    until(lambda: len(zendesk.notes(ticket)) == 1)

    assert [request.query for request in zendesk.requests if "incremental" in request.path][1].get("cursor")


def test_a_helpdesk_that_is_away_costs_the_sweep_nothing(
    start: Start, zendesk: Any, store: Store, until: Until
) -> None:
    zendesk.fail(400, times=1, path=r"/api/v2/incremental/.*")
    ticket = open_ticket(zendesk)
    engine = start()
    until(lambda: store.sweeps())

    engine.sweep("acme")

    until(lambda: len(zendesk.notes(ticket)) == 1)


def test_a_timer_wakes_the_ticket_when_its_clock_runs_out(
    start: Start, zendesk: Any, store: Store, until: Until
) -> None:
    """48 hours to answer Rakuten's support, of which one is left; then the hour passes."""
    hours = [0]
    asked = datetime.now(UTC) - timedelta(hours=47)
    ticket = open_ticket(
        zendesk, subject="Demande de justificatif - commande 12345678", from_="support@mail.rakuten.com",
        text="Merci de nous transmettre une preuve d'expédition et le numéro de suivi du colis.",
        created_at=asked.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    engine = start(now=lambda: datetime.now(UTC) + timedelta(hours=hours[0]))
    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))
    before = zendesk.ticket(ticket)["tags"]
    timers = [id_ for id_, status in store.work().items() if status == "DELAYED"]

    hours[0] = 2
    store.rows("UPDATE workflow_status SET delay_until_epoch_ms = 0 WHERE status = 'DELAYED'")
    until(lambda: "overdue" in zendesk.ticket(ticket)["tags"])

    assert "overdue" not in before
    assert [id_.startswith(f"acme:wake:{ticket}@") for id_ in timers] == [True]
    until(done(store, *timers))


def test_finished_work_is_forgotten_and_timers_are_not(start: Start, zendesk: Any, store: Store, until: Until) -> None:
    engine, ticket = start(keep_days=0), open_ticket(zendesk)
    zendesk.fail(503, path=rf"/api/v2/tickets/{ticket}", headers={"Retry-After": "7200"})
    engine.accept("acme", changed(ticket)).result()
    until(done(store, "acme:d1"))

    flows.tidy_flow(None, None)

    assert store.work() == {"acme:d1#1": "DELAYED"}
    assert not store.rows("SELECT * FROM operation_outputs WHERE workflow_uuid = 'acme:d1'")


def test_a_desk_that_left_the_settings_is_swept_no_more(start: Start, store: Store, until: Until) -> None:
    start().stop()
    store.rows("UPDATE workflow_schedules SET schedule_name = 'sweep-x' WHERE schedule_name = 'sweep-acme'")

    start()

    assert {row["schedule_name"] for row in store.rows("SELECT * FROM workflow_schedules")} == {"sweep-acme", "tidy"}


def test_readiness_follows_the_worker(start: Start, until: Until) -> None:
    engine = start()

    until(lambda: not engine.faults())
    engine.stop()

    assert "the worker is not running" in engine.faults()


def test_a_door_without_a_worker_accepts_and_is_ready(start: Start, store: Store) -> None:
    engine = start(run_worker=False)

    assert engine.accept("acme", changed(1)).result()
    assert engine.faults() == []
    assert store.work() == {"acme:d1": "ENQUEUED"}


def test_a_store_that_cannot_be_opened_is_said_at_start(tmp_path: Path, office: Office) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreDown, match=r"store\.url"):
        workflow.start(f"sqlite:///{tmp_path}/file/comptoir.sqlite", office, {})
    assert not flows.at_work


def test_a_name_is_one_process_at_a_time(
    start: Start, store: Store, office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_PATIENCE", 0.1)
    start().stop()
    first = storing.claim(store.url, "w1")

    with pytest.raises(BadSettings, match=r"work\.name: another process works on this store as 'w1'"):
        storing.claim(store.url, "w1")
    storing.claim(store.url, "w2").close()
    first.close()
    storing.claim(store.url, "w1").close()


def deadline(act_by: int | None, due: int, actor: str = "seller") -> Any:
    acts = None if act_by is None else NOW + timedelta(hours=act_by)
    return SimpleNamespace(act_by=acts, due=NOW + timedelta(hours=due), actor=actor, starts=NOW - timedelta(hours=8))


@pytest.mark.parametrize(("deadlines", "wake"), [
    ([], None),
    ([deadline(None, -1)], None),
    ([deadline(9, 9, "buyer")], None),
    ([deadline(0, 0)], timedelta(seconds=1)),  # due this very moment: overdue a second later
    ([deadline(4, 5)], timedelta(hours=5, seconds=1)),  # due soon from this very moment
    ([deadline(5, 7)], timedelta(hours=1)),
    ([deadline(7, 9), deadline(9, 12)], timedelta(hours=3)),
    ([deadline(7, 9), deadline(None, 2)], timedelta(hours=2, seconds=1)),  # nobody is there: due soon all along
])
def test_the_next_turn_is_the_first_moment_still_to_come(deadlines: list[Any], wake: timedelta | None) -> None:
    outcome: Any = SimpleNamespace(running=SimpleNamespace(deadlines=deadlines))

    assert next_turn(outcome, NOW) == (None if wake is None else NOW + wake)


class Line:
    """A helpdesk client that fails in one way: the network's edge."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: object) -> None:
            raise self.error

        return fail


@pytest.mark.parametrize(("error", "outcome"), [
    (TicketGone("7"), "gone"),
    (TicketClosed("7"), "closed"),
    (ValueError("pamplemousse"), "failed"),
    (RecursionError("pamplemousse"), "failed"),
])
def test_a_visit_never_raises_and_never_quotes(
    error: Exception, outcome: str, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "comptoir")
    desk, line = Desk("acme", "zendesk", None), Line(error)

    seen = visit(line, office, desk, "7", NOW, work="w", tries=0)  # type: ignore[arg-type]  # a client in one method

    assert seen == {"outcome": outcome, "wake": None, "again": None}
    assert "pamplemousse" not in "".join(logs.JsonLines().format(record) for record in caplog.records)


def test_counts_agree_with_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "comptoir")
    before: Mapping[tuple[str, str, str], int] = logs.counts()

    logs.say("ticket", "written", desk="counting")
    logs.say("ticket", "written", desk="counting")

    assert logs.counts()["ticket", "counting", "written"] - before.get(("ticket", "counting", "written"), 0) == 2
    assert [record.__dict__["said"] for record in caplog.records] == [
        {"event": "ticket", "outcome": "written", "desk": "counting"}
    ] * 2


def test_the_limit_of_a_desk_is_shared_by_all_its_work(
    begin: Start, office: Office, desk: Desk, store: Store, until: Until
) -> None:
    engine = begin(store.url, office, {"acme": replace(desk, per_minute=2)})
    for number in range(5):
        engine.accept("acme", Delivery(f"d{number}", "changed", "999999")).result()
    until(lambda: sum(status == "SUCCESS" for status in store.work().values()) == 2)
    until(lambda: store.sweeps() == 1)

    assert sorted(store.work().values()) == ["ENQUEUED"] * 3 + ["SUCCESS"] * 2
