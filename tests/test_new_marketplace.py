"""A marketplace is data: four YAML files in a folder are detected, clocked, answered and checked, without Python."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from comptoir import cli
from comptoir.counter import Office, handle, open_office
from comptoir.helpdesk import Desk
from comptoir.ticket import read_ticket

INVENTED = Path(__file__).parent / "packs_invented" / "bricabrac"
SHIPPED = Path(str(files("comptoir.packs")))
NOW = datetime.fromisoformat("2026-11-20T17:00:00+01:00")
TICKET = {
    "id": "1", "subject": "Commande BB-123456", "from": "k2x9@buyers.bricabrac.example",
    "text": "Bonjour, le vase est arrivé cassé, je vous envoie des photos. Cordialement",
    "sent_at": "2026-11-20T16:30:00+01:00",
}


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """The shipped packs and one more folder."""
    root = Path(shutil.copytree(SHIPPED, tmp_path / "packs", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    shutil.copytree(INVENTED, root / "bricabrac")
    return root


def test_the_marketplace_does_not_ship_and_is_four_files_of_yaml() -> None:
    assert not (SHIPPED / "bricabrac").exists()
    assert sorted(path.name for path in INVENTED.iterdir()) == [
        "cases.yaml", "issues.yaml", "pack.yaml", "policies.yaml"]


def test_without_its_folder_nobody_knows_it(office: Office) -> None:
    outcome = handle(read_ticket(TICKET), office, Desk(name="demo", kind="zendesk", options={}), NOW)

    assert outcome.case.marketplace == "unknown"
    assert "damage_answer" not in [deadline.code for deadline in outcome.running.deadlines]


def test_it_is_detected_clocked_and_answered(packs: Path) -> None:
    outcome = handle(read_ticket(TICKET), open_office(packs), Desk(name="demo", kind="zendesk", options={}), NOW)
    clocks = {deadline.code: deadline.due for deadline in outcome.running.deadlines}

    assert (outcome.case.marketplace, outcome.case.sender, outcome.case.issue) == ("bricabrac", "buyer", "damaged_item")
    assert outcome.facts.get("order.number") == "BB-123456"
    assert clocks["damage_answer"] == datetime.fromisoformat("2026-11-23T16:30:00+01:00")
    assert "first_response" in clocks
    assert {"mp_bricabrac", "issue_damaged_item", "clock_damage_answer"} <= set(outcome.update.add_tags)
    best = outcome.replies[0]
    assert (best.audience, best.locale, best.missing) == ("buyer", "fr", ())
    assert "BB-123456" in best.text
    assert outcome.update.note is not None
    assert "Answer a report of damage" in outcome.update.note.html


def test_the_law_it_includes_counts_by_its_own_holidays(packs: Path) -> None:
    """Belgium rests on 21 July."""
    ticket = {**TICKET, "text": "Bonjour, j'ai changé d'avis, je souhaite me rétracter.",
              "facts": {"order": {"delivered_at": "2026-07-07T10:00:00+02:00"}}}
    outcome = handle(read_ticket(ticket), open_office(packs), Desk(name="demo", kind="zendesk", options={}), NOW,
                     given={"issue": "withdrawal_change_of_mind"})
    due = {deadline.code: deadline.due for deadline in outcome.running.deadlines}

    assert due["withdrawal_window"] == datetime.fromisoformat("2026-07-22T23:59:59+02:00")


def test_it_passes_the_check(packs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["comptoir", "check", "--packs", str(packs)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr().out

    assert "bricabrac" not in out
    assert ended.value.code in (0, None), out


def test_a_slip_in_it_fails_the_check(
    packs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = packs / "bricabrac" / "cases.yaml"
    cases.write_text(cases.read_text("utf-8").replace("answer: 2026-11-12T10", "answer: 2026-11-11T10"), "utf-8")
    monkeypatch.setattr("sys.argv", ["comptoir", "check", "--packs", str(packs)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().out

    assert ended.value.code == 1
    assert "bricabrac/cases.yaml:5: the eleventh of November is a day off in Belgium" in said


def test_its_rules_are_listed_with_those_that_it_includes(
    packs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["comptoir", "rules", "--packs", str(packs), "--marketplace", "bricabrac", "--json"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        cli.main()
    rules = {rule["id"]: rule for rule in json.loads(capsys.readouterr().out)}

    says = [value["says"] for value in rules["bricabrac.damage_answer"]["values"]]
    assert says == ["2 business days", "1 business days"]
    assert {"law_eu.withdrawal_window", "common.first_response"} <= set(rules)
