"""The rules as a book: what is listed, what changed between two days, what is old."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from conftest import macros, packs

from comptoir import cli, rulebook, rules

GOOD = Path(__file__).parent / "packs_good"
PACKS, MACROS = packs(), macros()
DAY = timedelta(days=1)


def ids(found: tuple[rules.Rule, ...]) -> set[str]:
    return {rule.id for rule in found}


def command(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["comptoir", *line.split()])
    try:
        cli.main()
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


# --- the list -------------------------------------------------------------------------------------------------------

def test_without_a_filter_every_rule_is_listed_the_old_ones_too() -> None:
    found = rulebook.listing(PACKS)

    assert len(found) == sum(len(pack.rules) for pack in PACKS.packs.values())
    assert {"off", "superseded", "active"} == {rule.status for rule in found}


def test_a_marketplace_brings_what_it_includes_and_nothing_else() -> None:
    found = ids(rulebook.listing(PACKS, marketplace="rakuten_fr"))

    assert {"rakuten_fr.support_reply", "law_fr.warranty_repair", "common.first_response"} <= found
    assert {id.partition(".")[0] for id in found} == {"rakuten_fr", "law_fr", "law_eu", "common"}


def test_filters_hold_together() -> None:
    found = rulebook.listing(PACKS, marketplace="rakuten_fr", issue="claim_opened", trust="seed", kind="platform")

    assert "rakuten_fr.claim_negotiation" in ids(found)
    assert not [rule for rule in found if rule.trust != "seed" or rule.kind != "platform"]
    assert not [rule for rule in found if rule.applies.issue and "claim_opened" not in rule.applies.issue]


@pytest.mark.parametrize(("line", "words"), [
    ("rules --marketplace rakuten", "--marketplace rakuten: there is none"),
    ("rules --issue broken", "--issue broken: there is none"),
    ("rules --trust me", "--trust me: there is none; "),
    ("rules --kind moral", "--kind moral: there is none"),
    ("rules diff --from 2026-13-01 --to 2026-12-31", "--from 2026-13-01: not a day"),
    ("rules diff --from yesterday --to 2026-12-31", "--from yesterday: not a day"),
    ("rules diff --from 2026-12-31 --to 2026-01-01", "swap them"),
    ("check --today tomorrow", "--today tomorrow: not a day"),
])
def test_a_bad_option_is_one_clear_line(
    line: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = command(line, monkeypatch, capsys)

    assert code == 2
    assert words in err


def test_the_command_lists_as_a_table_and_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, table, _ = command("rules --marketplace tmall --issue not_shipped_or_out_of_stock", monkeypatch, capsys)
    _, text, _ = command("rules --marketplace tmall --issue not_shipped_or_out_of_stock --json", monkeypatch, capsys)
    listed: list[dict[str, Any]] = json.loads(text)

    assert "tmall.dispatch" in table
    assert "24 hours" in table
    assert {rule["id"]: rule["values"][0]["says"] for rule in listed if rule["values"]}["tmall.dispatch"] == "24 hours"


# --- what changed ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("first", "last", "changed"), [
    (date(2021, 12, 30), date(2021, 12, 31), False),
    (date(2021, 12, 31), date(2022, 1, 1), True),
    (date(2022, 1, 1), date(2022, 1, 1), True),
    (date(2022, 1, 2), date(2022, 1, 31), False),
])
def test_both_days_count(first: date, last: date, changed: bool) -> None:
    found = {change.rule: change for change in rulebook.changes(PACKS, MACROS, first, last)}

    assert ("law_fr.late_rescission_refund_first_days" in found) is changed


def test_a_change_tells_the_old_and_the_new_value() -> None:
    found = {change.rule: change for change in rulebook.changes(PACKS, MACROS, date(2022, 1, 1), date(2022, 1, 1))}
    steps, repair = found["law_fr.late_rescission_refund_first_days"], found["law_fr.warranty_repair"]

    assert (steps.old, steps.new) == ("30 days", "14 days")
    assert (repair.old, repair.new) == ("", "30 calendar days")
    assert "buyer/warranty_claim/open_guarantee" in repair.macros
    assert steps.macros == ()


def test_a_duty_that_begins_is_a_change_and_what_is_off_says_so() -> None:
    found = {change.rule: change for change in rulebook.changes(PACKS, MACROS, date(2026, 6, 1), date(2026, 12, 31))}

    button = found["law_eu.withdrawal_button"]
    assert (button.since, button.old, button.new) == (date(2026, 6, 19), "", "duty")
    assert found["law_eu.repair_extension_eu"].status == "off"


def test_a_macro_of_another_marketplace_does_not_lean_on_the_rule() -> None:
    every = rulebook.changes(PACKS, MACROS, date(2000, 1, 1), date(2030, 1, 1))
    seven_days = next(change for change in every if change.rule == "law_cn.no_reason_return")

    assert seven_days.macros == ("buyer/withdrawal_change_of_mind/return_on_taobao",)


def test_the_command_tells_changes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, table, _ = command("rules diff --from 2022-01-01 --to 2022-01-01", monkeypatch, capsys)
    _, text, _ = command("rules diff --from 2022-01-01 --to 2022-01-01 --json", monkeypatch, capsys)

    assert "late_rescission_refund_first_days" in table
    assert {change["rule"]: change["old"] for change in json.loads(text)}["law_fr.warranty_repair"] == ""


# --- what is old ----------------------------------------------------------------------------------------------------

def test_a_year_is_not_old_and_a_day_more_is() -> None:
    packs = rules.load(GOOD)
    verified = min(rule.verified for pack in packs.packs.values() for rule in pack.rules)

    assert rulebook.stale(packs, verified + timedelta(days=365)) == ()
    assert rulebook.stale(packs, verified + timedelta(days=366))


def test_what_is_old_is_named_with_its_line_and_calculators_too() -> None:
    told = [str(fault) for fault in rulebook.stale(PACKS, date(2027, 11, 23))]

    assert len(told) == sum(len(pack.rules) + len(pack.remedies) for pack in PACKS.packs.values())
    assert any("taobao/remedies.yaml:" in line and "taobao.freight was verified on 2026-11-22" in line for line in told)


def test_the_check_warns_and_does_not_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    packs = Path(shutil.copytree(Path(str(files("comptoir.packs"))), tmp_path / "packs",
                                 ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    line = f"check --packs {packs} --today"
    fresh = command(f"{line} 2027-11-22", monkeypatch, capsys)
    old = command(f"{line} 2027-11-23", monkeypatch, capsys)

    assert "warning" not in fresh[2]
    assert "tmall/policies.yaml" in old[2]
    assert "verified on 2026-11-22, more than a year ago" in old[2]
    assert fresh[0] == old[0] == 0, fresh[1]
