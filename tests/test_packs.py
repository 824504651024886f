"""The packs that ship: every clock of the guides is there, tried on its last moment and one second later."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import cast

import pytest

from comptoir.casefile import PackCase, read_cases
from comptoir.cases import run_case, run_cases
from comptoir.classify import build
from comptoir.classify.case import Case, Sender, Stage
from comptoir.clock import Team
from comptoir.deadlines import Deadline, run
from comptoir.rules import Packs, Rule, load

ROOT = Path(__file__).parent.parent
FOUR = ("rakuten_fr", "aliexpress", "taobao", "tmall")
#: the clocks of the guides that have a number
NUMBERED = (
    "RAK-08", "RAK-32", "RAK-41", "RAK-59", "RAK-65", "ALI-12", "TAO-12", "TAO-14", "TAO-15", "TAO-41", "TAO-42",
    "TAO-43", "TAO-45", "TAO-61", "TAO-111", "TAO-112", "TAO-177", "TAO-185",
)
#: the clocks that the guides name without saying how long they are
UNNUMBERED = ("ALI-06", "TAO-10", "TAO-11", "TAO-22", "TAO-169")
PACKS = load()
ALL_RULES = {rule.id: rule for pack in PACKS.packs.values() for rule in pack.rules}
CLOCKS = sorted(id for id, rule in ALL_RULES.items() if rule.status == "active" and any(v.due for v in rule.values))


def rows(rule: Rule) -> set[str]:
    return {source.row for source in rule.sources}


# --- what must not be there -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("row", UNNUMBERED)
def test_a_clock_without_a_number_is_given_none(row: str) -> None:
    citing = [rule for rule in ALL_RULES.values() if row in rows(rule)]

    assert not [rule.id for rule in citing if rule.values]


def test_what_is_off_says_why_and_holds_nowhere() -> None:
    resting = {rule.id: rule for rule in ALL_RULES.values() if rule.status != "active"}
    holding = {rule.id for id in PACKS.packs for rule in PACKS.rules_for(id)}

    assert {"alibaba_cn.inspection", "alibaba_cn.suspended_case", "aliexpress.automatic_escalation"} <= resting.keys()
    assert not [id for id, rule in resting.items() if not rule.note or id in holding]


def test_what_only_third_parties_say_moves_no_deadline() -> None:
    assert not [id for id in CLOCKS if ALL_RULES[id].trust == "third_party"]


def test_no_buyer_is_asked_for_a_video() -> None:
    videos = {line.id for pack in PACKS.packs.values() for facts in pack.issues.values() for line in facts.checklist
              if "video" in line.id}

    assert videos == {"warehouse_video"}


@pytest.mark.parametrize(("pack", "text"), [
    ("rakuten_fr", "commande du 20/11/2026"), ("rakuten_fr", "commande 24/7"), ("rakuten_fr", "commande 2026/11/20"),
    ("aliexpress", "order 1234567890123"), ("aliexpress", "order 12345678901234567"),
    ("taobao", "订单 123456789012345"), ("tmall", "订单 12345678901234567890"),
])
def test_what_is_no_order_number(pack: str, text: str) -> None:
    assert not list(order_numbers(pack, text))


# --- what must be there ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("pack", "text", "number"), [
    ("rakuten_fr", "la commande n° 7001234/889001.", "7001234/889001"),
    ("aliexpress", "(8190000000000011)", "8190000000000011"),
    ("aliexpress", "order 81900000000011", "81900000000011"),
    ("taobao", "订单编号2600000000000000011的买家", "2600000000000000011"),
    ("tmall", "订单号:2600000000000021", "2600000000000021"),
])
def test_an_order_number(pack: str, text: str, number: str) -> None:
    assert list(order_numbers(pack, text)) == [number]


def order_numbers(pack: str, text: str) -> Iterator[str]:
    for shape in PACKS.packs[pack].signals.order_numbers:
        yield from (found["number"] for found in re.finditer(shape.pattern, text))


@pytest.mark.parametrize("row", NUMBERED)
def test_every_numbered_clock_of_the_guides_is_a_rule(row: str) -> None:
    citing = [rule for rule in ALL_RULES.values() if row in rows(rule)]

    assert any(value.due for rule in citing for value in rule.values)


def test_the_four_marketplaces_and_their_zones() -> None:
    assert {id: PACKS.marketplaces[id].zone for id in FOUR} == {
        "rakuten_fr": "Europe/Paris", "aliexpress": "America/Los_Angeles",
        "taobao": "Asia/Shanghai", "tmall": "Asia/Shanghai",
    }


@pytest.mark.parametrize("id", sorted(ALL_RULES))
def test_titles_and_consequences_are_english_sentences_to_translate(id: str) -> None:
    rule = ALL_RULES[id]

    assert rule.title.isascii()
    assert rule.consequence.isascii()
    assert not rule.consequence or rule.consequence.endswith(".")


@pytest.mark.parametrize("id", [*FOUR, "unknown"])
def test_codes_are_unique_where_they_hold_together(id: str) -> None:
    codes = [rule.code for rule in PACKS.rules_for(id)]

    assert len(codes) == len(set(codes))


# --- cases ----------------------------------------------------------------------------------------------------------

def test_every_case_holds() -> None:
    assert not [str(fault) for fault in run_cases(PACKS, build(PACKS).read)]


def test_a_changed_number_is_noticed() -> None:
    rule = PACKS.rule("rakuten_fr.support_reply")
    shorter = dataclasses.replace(rule, values=(dataclasses.replace(rule.values[0], due="47 hours"),))
    pack = dataclasses.replace(PACKS.packs["rakuten_fr"], rules=(shorter,))
    changed = Packs({"rakuten_fr": pack})
    cases = [case for case in given_cases("rakuten_fr") if "support_reply" in case.expect.due]

    assert cases
    assert all(run_case(case, "rakuten_fr", changed, build(PACKS).read) for case in cases)


@pytest.mark.parametrize("id", CLOCKS)
def test_every_clock_is_tried_at_its_last_moment_and_one_second_later(id: str) -> None:
    pack, _, code = id.partition(".")
    second = timedelta(seconds=1)
    tried = [(case, clock.due) for case in given_cases(pack) if (clock := clock_of(case, pack, code))]
    told = [(case, due, case.expect.overdue) for case, due in tried if case.expect.overdue is not None]

    assert any(case.now == due == case.expect.due.get(code) and code not in overdue for case, due, overdue in told)
    assert any(case.now == due + second and code in overdue for case, due, overdue in told)


@cache
def given_cases(pack: str) -> tuple[PackCase, ...]:
    """The cases whose labels are given, so that only the clock is tried."""
    return tuple(case for case in read_cases(PACKS.packs[pack])[0] if case.case)


def clock_of(case: PackCase, pack: str, code: str) -> Deadline | None:
    given = case.case
    assert given is not None
    sender, stage = cast(Sender, given.sender), cast(Stage, given.stage)
    labels = Case(marketplace=pack, issue=given.issue, also=given.also, sender=sender, stage=stage)
    running = run(labels, case.facts, PACKS.rules_for(pack), message_at=case.sent_at, now=case.now, team=Team())
    return next((deadline for deadline in running.deadlines if deadline.code == code), None)


# --- the page about them --------------------------------------------------------------------------------------------

@pytest.mark.checkout
@pytest.mark.parametrize("pack", [*FOUR, "alibaba_cn", "common"])
def test_the_page_names_every_clock_with_its_number_and_rows(pack: str) -> None:
    page = (ROOT / "docs" / "reference" / "marketplaces.md").read_text(encoding="utf-8")
    clocks = [rule for rule in PACKS.packs[pack].rules if rule.id in CLOCKS]

    assert clocks or pack == "taobao"
    assert not [rule.id for rule in clocks if not any(tells(line, rule) for line in page.splitlines())]


def tells(line: str, rule: Rule) -> bool:
    number, _, extended = str(rule.values[-1].due).partition(" to ")
    return line.startswith(f"| `{rule.code}`") and f"| {number}" in line and extended in line and all(
        row in line for row in rows(rule))
