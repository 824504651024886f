"""The Zendesk client: on recorded answers where their shape matters, through the sandbox where the traffic does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses
from responses import matchers

from comptoir import helpdesk
from comptoir.errors import BadSettings, HelpdeskError, NotAllowed, TicketClosed, TicketGone, Unavailable
from comptoir.helpdesk import Desk
from comptoir.ticket import Ticket
from comptoir.update import Note, Update

FIXTURES = Path(__file__).parent.parent / "hooks" / "zendesk" / "fixtures" / "rest"
zendesk = helpdesk.load("zendesk")
client_module: Any = helpdesk.load_part("zendesk", "client")
rates: Any = helpdesk.load_part("zendesk", "rates")
Sandbox: Any = helpdesk.load_part("zendesk", "sandbox").Sandbox

URL = "https://acme.zendesk.com"
SETTINGS = {"subdomain": "acme", "client_id": "id", "client_secret": "hush", "webhook_secret": "ours"}
FIELDS = {"order.number": "360001", "order.placed_at": "360002", "order.total": "360003", "claim.opened_at": "360004",
          "refund.amount": "360005", "order.virtual": "360006"}
NOTE = Note("<p>due tomorrow</p><p>comptoir:abc123</p>", "comptoir:abc123")
UPDATE = Update(("issue_item_not_received", "mp_rakuten_fr"), ("issue_other",), {"order.number": "RK-1"}, NOTE)


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


# -- recorded answers


@pytest.fixture
def network() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{URL}/oauth/tokens", json=fixture("token.json"))
        mock.get(f"{URL}/api/v2/users/me", json=fixture("user_me.json"))
        yield mock


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def recorded(slept: list[float]) -> Any:
    desk = Desk("acme", "zendesk", zendesk.Options(**SETTINGS), FIELDS)
    return client_module.Client(desk, sleep=slept.append)


def fetch(network: responses.RequestsMock, client: Any, ticket: str = "ticket.json") -> Ticket:
    comments = f"{URL}/api/v2/tickets/35436/comments"
    first = {"include": "users", "page[size]": "100"}
    network.get(f"{URL}/api/v2/tickets/35436", json=fixture(ticket))
    network.get(comments, json=fixture("comments_1.json"), match=[matchers.query_param_matcher(first)])
    network.get(comments, json=fixture("comments_2.json"),
                match=[matchers.query_param_matcher({**first, "page[after]": "eyJvIjoi"})])
    return client.fetch("35436")  # type: ignore[no-any-return]  # the client's type is loaded by name


def test_fetch_reads_the_ticket(network: responses.RequestsMock, recorded: Any) -> None:
    ticket = fetch(network, recorded)
    assert (ticket.id, ticket.desk, ticket.subject) == ("35436", "acme", "Colis non reçu")
    assert (ticket.status, ticket.channel, ticket.brand) == ("open", "email", "360000123456")
    assert ticket.tags == ("rakuten", "vip")
    assert (ticket.requester.email, ticket.requester.locale) == ("abc123@relay.example.com", "fr")
    assert ticket.updated_at == datetime(2026, 11, 22, 8, 59, 30, tzinfo=UTC)


def test_fetch_reads_every_page_of_comments_and_who_wrote_them(network: responses.RequestsMock, recorded: Any) -> None:
    messages = fetch(network, recorded).messages
    # our own note is not an agent's answer, although our user is an admin; -1 is Zendesk itself
    assert [m.author for m in messages] == ["buyer", "agent", "system", "system"]
    assert [m.public for m in messages] == [True, True, False, False]
    assert (messages[0].from_, messages[0].to) == ("abc123@relay.example.com", "shop@example.org")
    assert messages[1].from_ == "agent@example.org"
    assert [(a.name, a.size, a.content_type) for a in messages[0].attachments] == [("photo.jpg", 48213, "image/jpeg")]
    # nine digits of a second
    assert messages[3].sent_at == datetime(2026, 11, 22, 8, 57, 0, 906338, tzinfo=UTC)


def test_fetch_reads_facts_and_leaves_out_what_is_none(
    network: responses.RequestsMock, recorded: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = fetch(network, recorded)
    assert set(dict(ticket.facts.known())) == {"order.number", "order.placed_at", "order.total", "order.virtual"}
    assert ticket.facts.order.total == Decimal("89.90")
    assert ticket.facts.order.placed_at is not None
    assert ticket.facts.order.placed_at.isoformat() == "2026-11-10T00:00:00+01:00"
    assert ticket.fields["claim.opened_at"] == "soon"
    assert "claim.opened_at" in caplog.text
    assert "refund.amount" not in ticket.fields


def test_no_request_leaves_the_account_whatever_links_say(network: responses.RequestsMock, recorded: Any) -> None:
    fetch(network, recorded)
    assert {str(call.request.url).split("/")[2] for call in network.calls} == {"acme.zendesk.com"}
    asked = [call.request.headers.get("Authorization") for call in network.calls if "tickets" in str(call.request.url)]
    assert set(asked) == {"Bearer fixture-access-token"}


@pytest.mark.parametrize(("status", "body"), [(404, "error_404.json"), (200, "ticket_deleted.json")])
def test_fetch_of_a_ticket_that_is_gone(status: int, body: str, network: responses.RequestsMock, recorded: Any) -> None:
    network.get(f"{URL}/api/v2/tickets/35436", status=status, json=fixture(body))
    with pytest.raises(TicketGone):
        recorded.fetch("35436")


@pytest.mark.parametrize("wrong", ["", "12/../users/me", "1?x", "abc"])
def test_what_is_no_ticket_number_is_not_asked_for(wrong: str, network: responses.RequestsMock, recorded: Any) -> None:
    with pytest.raises(TicketGone):
        recorded.fetch(wrong)
    assert len(network.calls) == 0


def test_a_429_in_plain_text_is_waited_out(
    network: responses.RequestsMock, recorded: Any, slept: list[float]
) -> None:
    text = (FIXTURES / "error_429.txt").read_text("utf-8")
    network.get(f"{URL}/api/v2/tickets/35436", status=429, body=text, headers={"Retry-After": "7"})
    assert fetch(network, recorded).id == "35436"
    assert [int(seconds) for seconds in slept] == [7]


def test_a_ticket_that_zendesk_closed_while_we_wrote(network: responses.RequestsMock, recorded: Any) -> None:
    network.get(f"{URL}/api/v2/tickets/35436", json=fixture("ticket.json"))
    network.put(f"{URL}/api/v2/tickets/35436", status=422, json=fixture("error_422_closed.json"))
    with pytest.raises(TicketClosed):
        recorded.apply(Ticket(id="35436"), Update(add_tags=("x",)))


@pytest.mark.parametrize("case", fixture("rate_headers.json"), ids=lambda case: str(case["note"]))
def test_rate_headers_of_all_families(case: dict[str, Any]) -> None:
    found = rates.read_limits({name.lower(): value for name, value in case["headers"].items()})
    assert [[limit.name, limit.total, limit.remaining, limit.resets] for limit in found] == case["limits"]


@pytest.mark.parametrize(("given", "status", "tags"), [
    ({"status": "Open", "tags": "a b"}, "open", ("a", "b")), ({"status": "SOLVED", "tags": ["a"]}, "solved", ("a",)),
    ({}, "", ()), ({"status": None, "tags": None}, "", ()),
])
def test_statuses_in_any_case_and_tags_in_both_forms(given: Any, status: str, tags: tuple[str, ...]) -> None:
    reading: Any = helpdesk.load_part("zendesk", "reading")
    assert (reading.status(given), reading.tags(given)) == (status, tags)


@pytest.mark.parametrize(("value", "iso"), [
    (None, None), ("", None), (7, None), ("yesterday", None), ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00+00:00"),
    ("2023-09-18T23:38:14.906338593Z", "2023-09-18T23:38:14.906338+00:00"),
    ("2026-11-22T09:00:00", "2026-11-22T09:00:00+00:00"),
])
def test_times(value: Any, iso: str | None) -> None:
    at = helpdesk.load_part("zendesk", "reading").time_of(value)
    assert (at and at.isoformat()) == iso


# -- budget


def spend(headers: dict[str, str], path: str = "/api/v2/tickets/1") -> tuple[Any, list[float], list[float]]:
    slept: list[float] = []
    time = [1000.0]
    budget = rates.Budget(longest_wait=30, sleep=slept.append, clock=lambda: time[0])
    budget.after("PUT", path, headers)
    return budget, slept, time


def test_a_limit_with_something_left_stops_nothing() -> None:
    budget, slept, _ = spend({"ratelimit-limit": "700", "ratelimit-remaining": "1", "ratelimit-reset": "42"})
    budget.before("PUT", "/api/v2/tickets/1")
    assert slept == []


def test_a_spent_limit_without_its_reset_stops_nothing() -> None:
    budget, slept, _ = spend({"x-rate-limit": "700", "x-rate-limit-remaining": "0"})
    budget.before("GET", "/api/v2/tickets/1")
    assert slept == []


@pytest.mark.parametrize(("name", "stopped", "free"), [
    ("tickets-update", "PUT /api/v2/tickets/2", "GET /api/v2/tickets/1"),
    ("per-ticket-updates", "PUT /api/v2/tickets/1", "PUT /api/v2/tickets/2"),
])
def test_a_spent_endpoint_stops_only_its_own_calls(name: str, stopped: str, free: str) -> None:
    budget, slept, time = spend({f"zendesk-ratelimit-{name}": "total=30; remaining=0; resets=20"})
    budget.before(*free.split())
    assert slept == []
    budget.before(*stopped.split())
    assert slept == [20]
    time[0] += 21
    budget.before(*stopped.split())
    assert slept == [20]


def test_a_spent_account_with_a_far_reset_is_handed_on() -> None:
    budget, slept, _ = spend({"rate-limit": "700", "rate-limit-remaining": "0", "rate-limit-reset": "31"})
    with pytest.raises(Unavailable) as caught:
        budget.before("GET", "/api/v2/macros")
    assert (caught.value.retry_after, slept) == (31.0, [])


# -- through the sandbox


@pytest.fixture
def sandbox() -> Iterator[Any]:
    with Sandbox(export_lag=0) as running:
        for name, number in FIELDS.items():
            running.account.add_field(int(number), name)
        yield running


Connect = Callable[..., Any]


@pytest.fixture
def connect(sandbox: Any, slept: list[float]) -> Connect:
    def make(**options: Any) -> Any:
        settings = zendesk.Options(**{**sandbox.options(), "strict": True, **options})
        return client_module.Client(Desk("acme", "zendesk", settings, FIELDS), sleep=slept.append)

    return make


def opened(sandbox: Any, **more: Any) -> str:
    number = sandbox.open_ticket(subject="Colis", text="Où est mon colis ?", tags=["vip", "issue_other"], **more)
    return str(number)


def writes(sandbox: Any) -> list[Any]:
    return [r for r in sandbox.requests if r.method == "PUT"]


def test_apply_without_anything_to_write_asks_nothing(sandbox: Any, connect: Connect) -> None:
    assert connect().apply(Ticket(id=opened(sandbox)), Update()) is False
    assert sandbox.requests == []


def test_apply_of_what_is_there_already_writes_nothing(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox, fields={360001: "RK-1"})
    update = Update(add_tags=("vip",), remove_tags=("gone",), fields={"order.number": "RK-1", "not.mapped": "x"})
    assert connect().apply(Ticket(id=number), update) is False
    assert writes(sandbox) == []


@pytest.mark.parametrize(("here", "written"), [(True, "true"), (False, "false"), (7, "7"), (None, ""), ("x", "x")])
def test_a_field_that_holds_the_value_already_is_not_written(here: Any, written: str) -> None:
    ticket = {"tags": [], "custom_fields": [{"id": 1, "value": here}]}
    assert client_module.merge(ticket, Update(fields={"order.virtual": written}), {"order.virtual": "1"}) == {}


def test_an_empty_value_empties_the_field(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox, fields={360002: "2026-11-25"})
    assert connect().apply(Ticket(id=number), Update(fields={"order.placed_at": ""})) is True
    assert {"id": 360002, "value": None} in sandbox.ticket(int(number))["custom_fields"]


def test_apply_writes_all_in_one_call(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox)
    assert connect().apply(Ticket(id=number), UPDATE) is True
    ticket = sandbox.ticket(int(number))
    assert ticket["tags"] == ["vip", "issue_item_not_received", "mp_rakuten_fr"]
    assert {"id": 360001, "value": "RK-1"} in ticket["custom_fields"]
    assert sandbox.notes(int(number)) == [NOTE.html]
    (write,) = writes(sandbox)
    assert write.body["ticket"]["safe_update"] is True
    assert write.body["ticket"]["comment"]["public"] is False


def test_apply_twice_is_once(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox)
    assert [connect().apply(Ticket(id=number), UPDATE) for _ in range(2)] == [True, False]
    assert len(sandbox.notes(int(number))) == 1


def test_a_note_beyond_the_first_page_of_comments_is_found(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox)
    for text in ("one", "two", "three"):
        sandbox.comment(int(number), text)
    connect().apply(Ticket(id=number), UPDATE)
    sandbox.page_size = 2
    assert connect().apply(Ticket(id=number), UPDATE) is False


@pytest.mark.parametrize("status", [500, 0])
def test_a_write_whose_answer_was_lost_is_not_repeated(status: int, sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox)
    # all within one second of Zendesk's stamps, so safe_update alone would let the second write through
    sandbox.fail(status, method="PUT", after=True)
    connect().apply(Ticket(id=number), UPDATE)
    assert len(sandbox.notes(int(number))) == 1


def test_a_change_in_between_is_merged_not_lost(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox)
    client = connect()
    real, times = client.api.call, [0]

    def call(method: str, path: str, **more: Any) -> Any:
        if method == "PUT" and not times[0]:
            times[0] = 1
            sandbox.ticket(int(number))["tags"].append("from_an_agent")
            sandbox.touch(int(number), "2026-11-22T10:00:00Z")
        return real(method, path, **more)

    client.api.call = call
    assert client.apply(Ticket(id=number), UPDATE) is True
    assert "from_an_agent" in sandbox.ticket(int(number))["tags"]
    assert [r.status for r in writes(sandbox)] == [409, 200]
    assert len(sandbox.notes(int(number))) == 1


def test_endless_conflicts_end(sandbox: Any, connect: Connect) -> None:
    sandbox.fail(409, times=99, method="PUT")
    with pytest.raises(Unavailable, match="not written after") as caught:
        connect().apply(Ticket(id=opened(sandbox)), UPDATE)
    assert caught.value.retry_after is None
    assert len(writes(sandbox)) == client_module.MERGES


def test_closed_and_deleted_tickets_are_terminal(sandbox: Any, connect: Connect) -> None:
    closed, deleted = opened(sandbox), opened(sandbox)
    sandbox.close(int(closed))
    sandbox.delete(int(deleted))
    with pytest.raises(TicketClosed):
        connect().apply(Ticket(id=closed), UPDATE)
    with pytest.raises(TicketGone):
        connect().apply(Ticket(id=deleted), UPDATE)
    with pytest.raises(TicketGone):
        connect().fetch("99999")
    assert connect().fetch(closed).status == "closed"
    assert writes(sandbox) == []


def test_placeholders_in_a_note_are_kept_as_text(sandbox: Any, connect: Connect) -> None:
    number = opened(sandbox)
    note = Note("<p>{{7*7}} {{ticket.id}} {% if x %}</p><p>comptoir:x</p>", "comptoir:x")
    connect().apply(Ticket(id=number), Update(note=note))
    (written,) = sandbox.notes(int(number))
    assert "{{" not in written
    assert "7*7}} " in written


@pytest.mark.parametrize(("note", "words"), [
    (Note("é" * 32768 + "comptoir:x", "comptoir:x"), "longer than"),
    (Note("<p>no mark</p>", "comptoir:x"), "fingerprint"),
])
def test_a_note_that_could_not_be_found_again_is_not_written(
    note: Note, words: str, sandbox: Any, connect: Connect
) -> None:
    with pytest.raises(HelpdeskError, match=words):
        connect().apply(Ticket(id=opened(sandbox)), Update(note=note))
    assert sandbox.requests == []


def test_a_key_zendesk_ignored_is_logged_and_strictly_an_error(
    sandbox: Any, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    path, body = f"/api/v2/tickets/{opened(sandbox)}", {"ticket": {"due_by": "tomorrow"}}
    connect(strict=False).api.call("PUT", path, json=body)
    assert "due_by" in caplog.text
    assert "tomorrow" not in caplog.text
    with pytest.raises(HelpdeskError, match="due_by"):
        connect().api.call("PUT", path, json=body)


def test_the_sandbox_limit_of_updates_is_kept(slept: list[float]) -> None:
    with Sandbox(updates_per_minute=1, clock=lambda: datetime(2026, 11, 22, 9, 0, 50, tzinfo=UTC)) as sandbox:
        client = client_module.Client(Desk("a", "zendesk", zendesk.Options(**sandbox.options())), sleep=slept.append)
        client.apply(Ticket(id=opened(sandbox)), Update(add_tags=("a",)))
        with pytest.raises(Unavailable):
            client.apply(Ticket(id=opened(sandbox)), Update(add_tags=("b",)))
        # told by the headers of the first write, before any 429
        assert int(slept[0]) in (9, 10)


# -- credentials


def tokens_asked(sandbox: Any) -> int:
    return sum(r.path == "/oauth/tokens" for r in sandbox.requests)


def test_one_token_for_many_threads(sandbox: Any, connect: Connect) -> None:
    client, number = connect(), opened(sandbox)
    threads = [threading.Thread(target=client.fetch, args=(number,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens_asked(sandbox) == 1
    assert sum(r.path.endswith("/comments") for r in sandbox.requests) == 8


def test_a_token_is_renewed_before_it_ends(sandbox: Any) -> None:
    time, auth = [0.0], helpdesk.load_part("zendesk", "auth")
    rest = helpdesk.load_part("zendesk", "api").Rest(sandbox.url)
    oauth = auth.OAuth(zendesk.Options(**sandbox.options(), expires_in=1000), rest, clock=lambda: time[0])
    first = oauth.token()
    time[0] = 799
    assert oauth.token() == first
    time[0] = 800
    assert oauth.token() != first


def test_a_failed_early_renewal_leaves_the_old_token(sandbox: Any) -> None:
    time, api = [0.0], helpdesk.load_part("zendesk", "api")
    oauth = api.OAuth(zendesk.Options(**sandbox.options(), expires_in=1000),
                      api.Rest(sandbox.url, sleep=lambda seconds: None), clock=lambda: time[0])
    first = oauth.token()
    sandbox.fail(503, times=99, path="/oauth/tokens")
    time[0] = 900
    assert oauth.token() == first
    time[0] = 1000
    with pytest.raises(Unavailable):
        oauth.token()


def test_a_revoked_token_is_renewed_once(sandbox: Any, connect: Connect) -> None:
    client, number = connect(), opened(sandbox)
    client.fetch(number)
    sandbox.gate.tokens.clear()
    assert client.fetch(number).id == number
    assert tokens_asked(sandbox) == 2
    sandbox.fail(401, times=2, path="/api/.*")
    with pytest.raises(NotAllowed):
        client.fetch(number)
    assert tokens_asked(sandbox) == 3


def test_wrong_credentials_say_what_to_mend(sandbox: Any, connect: Connect) -> None:
    with pytest.raises(NotAllowed, match="check client_id and client_secret") as caught:
        connect(client_secret="wr0ng").fetch("101")
    assert "wr0ng" not in str(caught.value)


def test_an_api_token_works_and_warns_with_its_last_day(
    network: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"subdomain": "acme", "webhook_secret": "ours", "email": "me@example.com", "api_token": "t0ken"}
    client = zendesk.connect(Desk("acme", "zendesk", zendesk.Options(**settings)))
    assert fetch(network, client).id == "35436"
    assert network.calls[0].request.headers["Authorization"] == "Basic bWVAZXhhbXBsZS5jb20vdG9rZW46dDBrZW4="
    assert "2027-04-30" in caplog.text
    assert "t0ken" not in caplog.text


# -- the sweep


def test_changes_page_by_page_and_then_only_what_is_new(connect: Connect, sandbox: Any) -> None:
    numbers = {opened(sandbox) for _ in range(3)}
    gone = opened(sandbox)
    sandbox.delete(int(gone))
    since = datetime.now(UTC) - timedelta(hours=1)
    first = connect().changes("", since)
    assert {state.partition("@")[0] for state in first.tickets} == numbers
    assert first.done
    assert connect().changes(first.cursor, since).tickets == ()


def test_changes_never_start_in_the_last_minute() -> None:
    with Sandbox() as sandbox:
        client = zendesk.connect(Desk("a", "zendesk", zendesk.Options(**sandbox.options())))
        assert client.changes("", datetime.now(UTC)).done


def test_a_forgotten_cursor_starts_again(
    sandbox: Any, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    number = opened(sandbox)
    found = connect().changes("bm9uc2Vuc2U=", datetime.now(UTC) - timedelta(hours=1))
    assert [state.partition("@")[0] for state in found.tickets] == [number]
    assert "starting again" in caplog.text


# -- settings and doctor


def test_a_field_is_named_by_its_number() -> None:
    with pytest.raises(BadSettings, match=r"order\.number = 'Order number'"):
        zendesk.connect(Desk("acme", "zendesk", zendesk.Options(**SETTINGS), {"order.number": "Order number"}))


def test_doctor(sandbox: Any, connect: Connect) -> None:
    lines = "\n".join(connect().check())
    assert "acting as user 1 (admin)" in lines
    assert 'own_user_id: set it to "1"' in lines
    assert "own_user_id" not in "\n".join(connect(own_user_id="1").check())
    del sandbox.account.fields[360003]
    with pytest.raises(BadSettings, match=r'order\.total = "360003"'):
        connect().check()
