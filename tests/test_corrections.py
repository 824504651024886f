"""Corrections by agents: noticed once whatever dies, kept without the text, respected, listed, exported, forgotten."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Store
from starlette.testclient import TestClient
from typer.testing import CliRunner

from comptoir import corrections, gold, helpdesk, logs, server
from comptoir.cli import app
from comptoir.corrections import Correction, Ledger
from comptoir.counter import Office
from comptoir.errors import StoreDown
from comptoir.helpdesk import Delivery, Desk
from comptoir.settings import Settings
from comptoir.workflow import Engine
from comptoir.workflow.visit import visit

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TEXT = "Bonjour, je n'ai toujours pas reçu mon colis, commande 12345678. Mot secret: pamplemousse"
READ = "item_not_received"  # as Comptoir reads it
AGENT = 2  # a person of the sandbox


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    one = corrections.open_ledger(store.url)
    yield one
    one.close()


@pytest.fixture
def ticket(zendesk: Any) -> int:
    return int(zendesk.open_ticket(
        subject="Colis non reçu", text=TEXT, name="Jeanne Martin", from_="jeanne@example.com"))


@pytest.fixture
def look(office: Office, desk: Desk, ledger: Ledger, ticket: int) -> Callable[..., str]:
    """One visit to the ticket; its outcome."""
    client = helpdesk.load(desk.kind).connect(desk)

    def visited(kept: Ledger = ledger, on: Desk = desk) -> str:
        return visit(client, office, on, str(ticket), NOW, work="w", tries=0, ledger=kept)["outcome"]

    return visited


def tags(zendesk: Any, ticket: int) -> set[str]:
    return set(zendesk.ticket(ticket)["tags"])


def change(zendesk: Any, ticket: int, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
    """An agent changes tags."""
    here = [tag for tag in zendesk.ticket(ticket)["tags"] if tag not in remove]
    zendesk.account.update(ticket, {"tags": [*here, *add]}, AGENT)


def kept(ledger: Ledger) -> list[tuple[str, str, str]]:
    return [(one.label, one.told, one.right) for one in ledger.corrections()]


def test_a_changed_tag_is_a_correction_and_holds(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]
) -> None:
    assert look() == "written"
    change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])

    outcomes = [look() for _ in range(3)]

    assert outcomes == ["written", "unchanged", "unchanged"]
    assert {tag for tag in tags(zendesk, ticket) if tag.startswith("issue_")} == {"issue_refund_status"}
    assert kept(ledger) == [("issue", READ, "refund_status")]
    one = next(ledger.corrections())
    assert 0 < one.confidence <= 1
    assert (one.desk, one.ticket, one.source, one.text, one.subject) == ("acme", str(ticket), "tag", "", "")
    assert len(one.sha256) == 64
    assert {"colis", "commande", "<number>"} <= set(one.features)
    assert len(zendesk.notes(ticket)) == 2
    assert "agent: tag set" in zendesk.notes(ticket)[-1]


def test_a_new_message_does_not_bring_our_label_back(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]
) -> None:
    look()
    change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])
    look()
    zendesk.comment(ticket, "Je n'ai toujours pas reçu mon colis !", from_="jeanne@example.com")
    look()

    assert "issue_refund_status" in tags(zendesk, ticket)
    assert f"issue_{READ}" not in tags(zendesk, ticket)
    assert len(kept(ledger)) == 1

    change(zendesk, ticket, remove=["issue_refund_status"])
    look()

    assert f"issue_{READ}" in tags(zendesk, ticket)
    assert kept(ledger) == []  # what the agent took back is no correction


@pytest.mark.parametrize(("add", "remove", "label", "right", "here"), [
    ("mp_tmall", "", "marketplace", "tmall", {"mp_tmall"}),
    ("from_platform", "from_buyer", "sender", "platform", {"from_platform"}),
    ("lang_zh_hant", "lang_fr", "language", "zh_Hant", {"lang_zh_hant"}),
    ("", "lang_fr", "language", "", set()),
    ("", "from_buyer", "sender", "", {"needs_human"}),
    ("", f"issue_{READ}", "issue", "", {"needs_human"}),
])
def test_every_label_can_be_corrected_and_taken_away(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str], add: str, remove: str, label: str, right: str,
    here: set[str],
) -> None:
    look()
    change(zendesk, ticket, add=[add] if add else [], remove=[remove])
    look()
    look()

    assert [(one.label, one.right) for one in ledger.corrections()] == [(label, right)]
    assert here <= tags(zendesk, ticket)
    assert remove not in tags(zendesk, ticket)


def test_several_tags_at_once_stay_and_a_person_decides(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]
) -> None:
    look()
    change(zendesk, ticket, add=["issue_refund_status", "issue_damaged_item"])
    look()
    look()
    assert {"issue_refund_status", "issue_damaged_item", "needs_human"} <= tags(zendesk, ticket)
    assert not [tag for tag in tags(zendesk, ticket) if tag.startswith("clock_")]
    assert kept(ledger) == []

    change(zendesk, ticket, remove=["issue_damaged_item"])
    look()

    assert kept(ledger) == [("issue", READ, "refund_status")]


def test_a_tag_that_names_no_issue_is_left_alone(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]
) -> None:
    look()
    change(zendesk, ticket, add=["issue_of_the_month"])
    look()

    assert {"issue_of_the_month", f"issue_{READ}"} <= tags(zendesk, ticket)
    assert kept(ledger) == []


def test_what_a_rule_of_the_helpdesk_sets_again_and_again_is_not_fought(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]
) -> None:
    outcomes = []
    for _ in range(4):
        change(zendesk, ticket, add=["issue_damaged_item"] if "issue_damaged_item" not in tags(zendesk, ticket) else [])
        outcomes.append(look())

    # at first sight it said nothing; from then on it holds, and is one correction
    assert outcomes == ["written", "written", "unchanged", "unchanged"]
    assert kept(ledger) == [("issue", READ, "damaged_item")]


def test_a_ticket_of_an_older_version_is_taken_over(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str], office: Office, desk: Desk
) -> None:
    visit(helpdesk.load(desk.kind).connect(desk), office, desk, str(ticket), NOW, work="w", tries=0)  # kept no marks
    assert ledger.marks("acme", str(ticket)) is None

    assert look() == "unchanged"
    assert kept(ledger) == []
    change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])
    look()
    assert kept(ledger) == [("issue", READ, "refund_status")]


def test_mapped_fields_follow_the_agent(
    zendesk: Any, ledger: Ledger, ticket: int, office: Office, desk: Desk
) -> None:
    zendesk.account.add_field(77, "Issue")
    zendesk.account.ticket(ticket)["custom_fields"].append({"id": 77, "value": None})
    mapped = replace(desk, fields={"issue": "77"})
    client = helpdesk.load(desk.kind).connect(mapped)
    values = []
    for _ in range(2):
        visit(client, office, mapped, str(ticket), NOW, work="w", tries=0, ledger=ledger)
        values.append(zendesk.ticket(ticket)["custom_fields"][0]["value"])
        change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])

    assert values == [READ, "refund_status"]


class Killed(BaseException):
    """The process is gone: nothing of ours gets to run after it."""


class Dying(Ledger):
    """A ledger whose process dies at its `nth` commit: before it, or right after."""

    def __init__(self, of: Ledger, nth: int, *, after: bool) -> None:
        super().__init__(of._engine, of._keep_text)
        self.left, self.after = nth, after

    def keep(self, *arguments: Any, **named: Any) -> None:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        super().keep(*arguments, **named)
        if self.left == 0:
            raise Killed


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_killed_at_any_commit_there_is_one_correction_and_nobodys_tag_is_mistaken(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str], nth: int, after: bool, first: bool
) -> None:
    """In the first visit, or in the one that notices the agent's change."""
    if not first:
        look()
        change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])
    with pytest.raises(Killed):
        look(Dying(ledger, nth, after=after))
    look()
    if first:
        assert kept(ledger) == []
        change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])
        look()
    look()

    assert kept(ledger) == [("issue", READ, "refund_status")]
    assert "issue_refund_status" in tags(zendesk, ticket)
    assert f"issue_{READ}" not in tags(zendesk, ticket)


def test_a_write_whose_answer_was_lost_is_not_mistaken(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]
) -> None:
    zendesk.fail(500, method="PUT", after=True, times=1)
    look()
    look()

    assert kept(ledger) == []
    assert f"issue_{READ}" in tags(zendesk, ticket)


def test_a_label_that_comptoir_itself_changes_is_no_correction(
    zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str], desk: Desk, office: Office
) -> None:
    look()
    strict = replace(desk, thresholds=replace(desk.thresholds, issues={READ: 1.0}))
    look(on=strict)
    look(on=strict)
    assert f"issue_{READ}" not in tags(zendesk, ticket)
    look()

    assert f"issue_{READ}" in tags(zendesk, ticket)
    assert kept(ledger) == []


def test_repeated_and_simultaneous_deliveries_make_one_correction(
    begin: Callable[..., Engine], store: Store, office: Office, desk: Desk, zendesk: Any, ticket: int,
    until: Callable[..., None],
) -> None:
    engine = begin(store.url, office, {"acme": desk})
    engine.accept("acme", Delivery("d0", "changed", str(ticket))).result()
    until(lambda: store.work().get("acme:d0") == "SUCCESS")
    change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])
    before = logs.counts().get(("correction", "acme", "issue"), 0)

    for number in (1, 1, 2, 3, 3):
        engine.accept("acme", Delivery(f"d{number}", "changed", str(ticket))).result()
    until(lambda: all(store.work().get(f"acme:d{number}") == "SUCCESS" for number in (1, 2, 3)))

    assert kept(engine.ledger) == [("issue", READ, "refund_status")]
    assert logs.counts()["correction", "acme", "issue"] == before + 1
    with TestClient(server.make_app(Settings(desks={"acme": desk}), engine)) as client:
        assert 'comptoir_corrections{desk="acme",label="issue"} 1' in client.get("/metrics").text.splitlines()


def test_two_at_once_keep_one_row(ledger: Ledger) -> None:
    def add(right: str) -> None:
        for _ in range(20):
            ledger.add([replace(ONE, right=right)])

    threads = [threading.Thread(target=add, args=(right,)) for right in ("refund_status", "damaged_item")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(ledger.corrections())) == 1


@pytest.mark.parametrize("keep_text", [False, True])
def test_the_store_holds_the_text_only_where_the_settings_say_so(
    zendesk: Any, store: Store, ticket: int, look: Callable[..., str], keep_text: bool
) -> None:
    keeping = corrections.open_ledger(store.url, keep_text=keep_text)
    look(keeping)
    change(zendesk, ticket, add=["issue_refund_status"], remove=[f"issue_{READ}"])
    look(keeping)

    one = next(keeping.corrections())
    keeping.close()
    assert ("pamplemousse" in one.text, "Colis" in one.subject) == (keep_text, keep_text)
    assert not {"jeanne", "martin", "12345678"} & set(one.features)


def test_a_closed_ticket_leaves_no_marks(zendesk: Any, ledger: Ledger, ticket: int, look: Callable[..., str]) -> None:
    look()
    assert ledger.marks("acme", str(ticket))
    zendesk.close(ticket)

    assert look() == "closed"
    assert ledger.marks("acme", str(ticket)) is None


def test_a_store_that_is_away_is_tried_again(
    zendesk: Any, ticket: int, look: Callable[..., str], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreDown("away")

    monkeypatch.setattr(ledger, "marks", away)

    assert look() == "retry"
    assert zendesk.notes(ticket) == []


ONE = Correction(
    at=NOW, desk="acme", ticket="7", label="issue", told="other", confidence=0.25, right="refund_status",
    source="command", sha256="a" * 64, features=("argent", "mon"), note="why", subject="Argent", text="mon argent",
)


def test_corrections_are_listed_counted_and_forgotten(ledger: Ledger) -> None:
    old = replace(ONE, at=NOW - timedelta(days=40), ticket="6")
    ledger.add([ONE, old, replace(ONE, label="sender", right="platform"), replace(ONE, desk="other")])

    assert [one.ticket for one in ledger.corrections(desk="acme", label="issue")] == ["6", "7"]
    assert next(ledger.corrections(ticket="7", label="sender")) == replace(
        ONE, label="sender", right="platform", subject="", text="")
    assert ledger.counts() == {("acme", "issue"): 2, ("acme", "sender"): 1, ("other", "issue"): 1}
    assert ledger.forget(before=NOW - timedelta(days=39)) == 1
    assert ledger.forget(ticket="7", desk="acme") == 2
    assert [one.desk for one in ledger.corrections()] == ["other"]


def test_what_is_exported_can_be_measured(office: Office) -> None:
    sender = replace(ONE, label="sender", right="platform")
    alone = replace(sender, ticket="8")
    taken = replace(ONE, ticket="9", right="", text="", subject="")

    with_text, without_issue, negative = corrections.exported(iter([ONE, sender, alone, taken]))

    assert with_text == {"id": "7", "desk": "acme", "subject": "Argent", "text": "mon argent", "origin": "correction",
                         "gold": {"issue": "refund_status", "sender": "platform"}}
    example = gold.read_example(with_text, office.packs)
    assert (example.gold.issue, example.gold.sender) == ("refund_status", "platform")
    assert (without_issue["gold"], without_issue["features"]) == ({"sender": "platform"}, ["argent", "mon"])
    assert (negative["gold"], negative["not"], "text" in negative) == ({}, {"issue": "other"}, False)


# the commands

@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: Office) -> Callable[..., Any]:
    """A command of the line in a folder of its own: exit code and output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("comptoir.commands.learning.open_office", lambda: office)
    (tmp_path / "comptoir.toml").write_text("[learning]\nkeep_text = true\n")

    def command(*arguments: str, stdin: str = "") -> Any:
        return CliRunner().invoke(app, arguments, input=stdin)

    return command


TICKET = json.dumps({"id": "17", "text": TEXT, "from": "jeanne@example.com"})


def test_a_correction_by_command_is_kept_listed_exported_and_forgotten(
    run: Callable[..., Any], tmp_path: Path, office: Office
) -> None:
    first = run("correct", "-", "issue=refund_status", "language=en", "--note", "wants [money]", stdin=TICKET)
    again = run("correct", "-", "issue=damaged_item", stdin=TICKET)
    listed = json.loads(run("corrections", "--json").output)

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert re.search(r"^issue: \w+ \(0\.\d\d\) -> refund_status$", first.output, re.MULTILINE)
    assert [(one["label"], one["right"], one["note"]) for one in sorted(listed, key=lambda one: one["label"])] == [
        ("issue", "damaged_item", ""), ("language", "en", "wants [money]")]
    assert listed[0]["at"].endswith("+00:00")
    table = run("corrections", "--label", "language").output
    assert "wants" in table
    assert "damaged_item" not in table
    exported = run("corrections", "export", "--out", str(tmp_path / "out.jsonl"), "--for-eval")
    example = gold.read_example(json.loads((tmp_path / "out.jsonl").read_text("utf-8")), office.packs)
    assert exported.exit_code == 0
    assert (example.gold.issue, example.gold.language) == ("damaged_item", "en")
    assert example.text.startswith("Bonjour")
    assert run("corrections", "forget", "17").output == "2 correction(s) forgotten\n"
    assert run("corrections", "export").output == ""
    assert "no corrections" in run("corrections").output


def test_a_ticket_of_a_desk_is_fetched(run: Callable[..., Any], tmp_path: Path, zendesk: Any, ticket: int) -> None:
    options = "".join(f'{key} = "{value}"\n' for key, value in zendesk.options().items())
    (tmp_path / "comptoir.toml").write_text(f'[desks.acme]\nkind = "zendesk"\n{options}', "utf-8")

    done = run("correct", str(ticket), "issue=refund_status", "--desk", "acme")
    one = json.loads(run("corrections", "--json").output)[0]

    assert done.exit_code == 0, done.output
    assert (one["desk"], one["ticket"], one["right"], one["text"]) == ("acme", str(ticket), "refund_status", "")
    assert tags(zendesk, ticket) == set()


@pytest.mark.parametrize(("arguments", "says"), [
    (["correct", "-", "issue=refund_statu"], "did you mean 'refund_status'?"),
    (["correct", "-", "isue=refund_status"], "write label=value; did you mean 'issue'?"),
    (["correct", "-", "issue"], "write label=value"),
    (["correct", "-", "issue=unknown"], "'unknown' is no issue"),
    (["correct", "-", "issue=other", "issue=refund_status"], "issue is other already"),
    (["correct", "35436", "issue=other"], "35436: no such file; a ticket of a helpdesk needs --desk"),
    (["correct", "35436", "issue=other", "--desk", "acme"], "desks is missing"),
    (["correct", "-", "issue=other", "--note", "x" * 501], "--note: at most 500 characters, not 501"),
    (["corrections", "--label", "isue"], "did you mean 'issue'?"),
    (["corrections", "export", "--out", "no/such/folder"], "cannot be written"),
    (["corrections", "forget"], "say what to forget"),
])
def test_bad_input_is_one_sentence(run: Callable[..., Any], arguments: list[str], says: str) -> None:
    done = run(*arguments, stdin=TICKET)

    assert done.exit_code == 1  # the runner sees the error itself; the command line makes a line and a code of it
    assert says in str(done.exception)
    assert getattr(done.exception, "exit_code", 0) == 2


def test_a_hostile_ticket_is_kept_whole(run: Callable[..., Any]) -> None:
    hostile = json.dumps({"id": "a\u0000\ud800", "text": "x\u0000 \ud800 [bold]"})

    assert run("correct", "-", "issue=other", "--note", "[red]x", stdin=hostile).exit_code == 0
    assert "[red]x" in run("corrections").output
