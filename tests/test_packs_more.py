"""The law packs and ten more marketplaces: what only third parties say stays still, the law is exact."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import pytest

from comptoir.classify.case import Case, Sender
from comptoir.clock import Team
from comptoir.deadlines import Deadline, Running, run
from comptoir.pack import Pack
from comptoir.rules import Rule, load
from comptoir.ticket import Facts, read_facts

ROOT = Path(__file__).parent.parent
LAW = ("law_eu", "law_fr", "law_cn")
AMAZON = ("amazon", "amazon_fr", "amazon_de", "amazon_es", "amazon_it", "amazon_uk")
TEN = (*AMAZON, "ebay", "jd", "etsy", "walmart", "kaufland", "bol", "lazada", "cdiscount", "shopee")
SHARED = ("amazon_shared", "amazon_eu")
#: rows of the sellers' guides, which are no public pages, and of what is only remembered
NO_ADDRESS = ("RAK-", "TAO-", "U-")
PACKS = load()
RULES = [rule for id in (*LAW, *TEN, *SHARED) for rule in PACKS.packs[id].rules]
CLOCKS = [rule for rule in RULES if rule.status == "active" and rule.starts]


def ids(rules: list[Rule]) -> list[str]:
    return [rule.id for rule in rules]


def running(
    marketplace: str, issue: str, sender: Sender, facts: Facts | None = None, at: str = "2026-11-20T16:30:00+01:00"
) -> Running:
    moment = datetime.fromisoformat(at)
    case = Case(marketplace=marketplace, issue=issue, sender=sender, stage="delivered")
    return run(case, facts or Facts(), PACKS.rules_for(marketplace), message_at=moment, now=moment, team=Team())


def deadline(found: Running, code: str) -> Deadline:
    return next(deadline for deadline in found.deadlines if deadline.code == code)


def delivered(at: str) -> Facts:
    return read_facts({"order": {"delivered_at": at}})


# --- what must not be there -----------------------------------------------------------------------------------------

def test_no_platform_rule_rests_on_a_third_party() -> None:
    assert not ids([r for r in RULES if r.status == "active" and r.kind == "platform" and r.trust == "third_party"])


def test_no_clock_rests_on_a_third_party_the_law_s_neither() -> None:
    assert not ids([rule for rule in CLOCKS if rule.trust == "third_party"])


def test_what_is_only_remembered_is_off() -> None:
    remembered = [rule for rule in RULES if any(source.row.startswith("U-") for source in rule.sources)]

    assert remembered
    assert {rule.status for rule in remembered} == {"off"}


@pytest.mark.parametrize("marketplace", ["cdiscount", "shopee"])
def test_a_marketplace_without_an_official_number_has_none_and_says_so(marketplace: str) -> None:
    own = [rule for rule in PACKS.packs[marketplace].rules if rule.status == "active"]
    page = (PACKS.packs[marketplace].folder / "pack.yaml").read_text(encoding="utf-8")

    assert own == []
    assert "official number is known" in " ".join(page.split())


def test_no_number_of_a_row_that_no_pack_may_use() -> None:
    assert not ids([r for r in RULES if any(s.row.startswith(("TE-", "AG-", "ZA-", "MM-", "FD-")) for s in r.sources)])


def test_the_law_of_the_union_is_not_applied_outside_it() -> None:
    for marketplace in ("amazon", "amazon_uk", "ebay", "etsy", "walmart", "lazada", "shopee", "jd"):
        assert "withdrawal_window" not in [rule.code for rule in PACKS.rules_for(marketplace)], marketplace


def test_no_two_marketplaces_answer_to_one_address() -> None:
    senders = {
        "k3j5h2@marketplace.amazon.fr": "amazon", "k3j5h2@marketplace.amazon.co.uk": "amazon",
        "atoz-guarantee-no-reply@amazon.com": "amazon", "donotreply@amazon.de": "amazon",
        "buyer_42@members.ebay.co.uk": "ebay", "0123456789abcdef0123456789abcdef@relay.walmart.com": "walmart",
        "7h3k2@verkopen.bol.com": "bol", "noreply@verkopen.bol.com": "bol",
        "a1b2@kaufland-marktplatz.de": "kaufland", "no-reply@kaufland-marktplatz.de": "kaufland",
    }

    for address, marketplace in senders.items():
        assert [pack.id for pack in PACKS.marketplaces.values() if claims(pack, address)] == [marketplace], address


def claims(pack: Pack, address: str) -> bool:
    return any(re.search(pattern, address, re.IGNORECASE) for pattern in (*pack.signals.relays, *pack.signals.notices))


@pytest.mark.parametrize(("pack", "address"), [
    ("kaufland", "noreply@kaufland-marktplatz.de"), ("bol", "noreply@verkopen.bol.com"),
    ("amazon", "donotreply@amazon.fr"), ("amazon", "someone@marketplace.amazon.fr.example.com"),
    ("walmart", "help@relay.walmart.com"), ("ebay", "someone@members.ebay.example.com"),
])
def test_the_local_part_and_the_end_of_the_domain_decide_who_is_a_buyer(pack: str, address: str) -> None:
    assert not any(re.search(pattern, address) for pattern in PACKS.packs[pack].signals.relays)


@pytest.mark.parametrize(("pack", "text"), [
    ("amazon", "tracking 1-402-1234567-7654321"), ("amazon", "402-1234567-76543210"),
    ("ebay", "1-12-34567-89012"), ("shopee", "order 20121812345678"), ("shopee", "201218V2Y6E59MX"),
    ("walmart", "order 1234567890123456"), ("bol", "order 12345678901"), ("etsy", "06 12 34 56 78"),
    ("kaufland", "order BESTELLUNG"), ("kaufland", "order 1234567"),
])
def test_what_is_no_order_number(pack: str, text: str) -> None:
    assert order_numbers(pack, text) == []


# --- what must be there ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("pack", "text", "number"), [
    ("amazon", "commande 402-1234567-7654321.", "402-1234567-7654321"),
    ("amazon", "order D01-1234567-7654321", "D01-1234567-7654321"),
    ("ebay", "order 12-34567-89012", "12-34567-89012"), ("shopee", "#201218V2Y6E59M", "201218V2Y6E59M"),
    ("walmart", "PO 1234567890123", "1234567890123"), ("bol", "bestelling 1234567890", "1234567890"),
    ("etsy", "order 1234567890", "1234567890"), ("kaufland", "Bestellung MK3UZQ5", "MK3UZQ5"),
])
def test_an_order_number(pack: str, text: str, number: str) -> None:
    assert order_numbers(pack, text) == [number]


def order_numbers(pack: str, text: str) -> list[str]:
    shapes = PACKS.packs[pack].signals.order_numbers
    return [found["number"] for shape in shapes for found in re.finditer(shape.pattern, text)]


@pytest.mark.parametrize("id", TEN)
def test_every_marketplace_can_be_told_or_named(id: str) -> None:
    signals = PACKS.packs[id].signals
    by_mail = bool(signals.relays or signals.notices or signals.domains)

    assert signals.fields["marketplace"]
    assert id.startswith("amazon_") or (by_mail and signals.words.strong)


@pytest.mark.parametrize("id", [*LAW, *TEN, *SHARED])
def test_every_rule_says_where_it_was_read(id: str) -> None:
    sources = [source for rule in PACKS.packs[id].rules for source in rule.sources]

    assert not [source.title for source in sources if not source.row]
    assert not [source.row for source in sources if not source.url and not source.row.startswith(NO_ADDRESS)]


# --- the law, to the second -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("received", "last"), [
    ("2026-11-07T11:15:00+01:00", "2026-11-23T23:59:59+01:00"),  # a Saturday, so the next Monday
    ("2026-12-11T09:00:00+01:00", "2026-12-28T23:59:59+01:00"),  # Christmas, so the Monday after the weekend
    ("2026-11-10T23:59:00+01:00", "2026-11-24T23:59:59+01:00"),  # a Tuesday stays
    ("2026-06-30T10:00:00+02:00", "2026-07-15T23:59:59+02:00"),  # the French holiday of 14 July
])
def test_the_fourteen_days_of_a_withdrawal(received: str, last: str) -> None:
    found = running("law_fr", "withdrawal_change_of_mind", "buyer", delivered(received), at=received)

    assert deadline(found, "withdrawal_window").due == datetime.fromisoformat(last)


@pytest.mark.parametrize(("marketplace", "last"), [
    ("amazon_fr", "2026-12-08T23:59:59+01:00"), ("amazon_es", "2026-12-09T23:59:59+01:00"),
    ("amazon_it", "2026-12-09T23:59:59+01:00"), ("kaufland", "2026-12-08T23:59:59+01:00"),
])
def test_the_law_of_the_union_knows_the_holidays_of_the_country(marketplace: str, last: str) -> None:
    found = running(marketplace, "withdrawal_change_of_mind", "buyer", delivered("2026-11-24T11:00:00+01:00"))

    assert deadline(found, "withdrawal_window").due == datetime.fromisoformat(last)


def test_seven_days_in_china_begin_the_day_after_the_signature() -> None:
    found = running("law_cn", "withdrawal_change_of_mind", "buyer", delivered("2026-09-04T15:20:00+08:00"),
                    at="2026-09-05T10:00:00+08:00")

    assert deadline(found, "no_reason_return").due == datetime.fromisoformat("2026-09-11T23:59:59+08:00")


@pytest.mark.parametrize(("asked", "due"), [
    ("2026-11-20T10:00:00+08:00", "2026-11-20T14:00:00+08:00"),
    ("2026-11-20T14:00:00+08:00", "2026-11-20T18:00:00+08:00"),
    ("2026-11-20T14:01:00+08:00", "2026-11-21T09:01:00+08:00"),
    ("2026-11-20T17:00:00+08:00", "2026-11-21T12:00:00+08:00"),
    ("2026-11-20T20:00:00+08:00", "2026-11-21T13:00:00+08:00"),
])
def test_four_working_hours_of_jd(asked: str, due: str) -> None:
    found = running("jd", "evidence_requested", "platform", at=asked)

    assert deadline(found, "supplementary_evidence").due == datetime.fromisoformat(due)


def test_the_longer_reading_of_amazon_is_shown_and_the_shorter_counts() -> None:
    clock = deadline(running("amazon_fr", "evidence_requested", "platform"), "claim_information")

    assert [reading.says for reading in clock.readings] == ["48 hours", "72 hours"]
    assert clock.due == datetime.fromisoformat("2026-11-22T16:30:00+01:00")


# --- what changed on a day ------------------------------------------------------------------------------------------

def test_the_withdrawal_function_is_a_duty_since_june_2026() -> None:
    rule = PACKS.rule("law_eu.withdrawal_button")

    assert rule.value_on(date(2026, 6, 18)) is None
    assert rule.value_on(date(2026, 6, 19)) is not None


@pytest.mark.parametrize(("day", "first", "second"), [(date(2021, 12, 31), 30, 60), (date(2022, 1, 1), 14, 30)])
def test_the_steps_after_a_late_delivery_were_shortened(day: date, first: int, second: int) -> None:
    steps = [PACKS.rule(f"law_fr.late_rescission_refund_{step}_days").value_on(day) for step in ("first", "second")]

    assert [step.value for step in steps if step] == [first, second]


def number(id: str) -> object:
    return PACKS.rule(id).values[-1].value


def test_the_calculators_of_the_law_and_of_jd_say_the_same_numbers() -> None:
    ladder = PACKS.packs["law_fr"].remedies["late_refund_surcharge"].ladder
    fraud = PACKS.packs["law_cn"].remedies["fraud_damages"].percent
    page = PACKS.packs["jd"].remedies["page_error_compensation"].percent
    assert ladder
    assert fraud
    assert page
    withdrawal, rescission = ladder.ladders["withdrawal"], ladder.ladders["rescission"]

    over = [number(f"law_fr.late_withdrawal_refund_over_{days}_days") for days in (10, 20, 30, 60)]
    assert [rung.percent for rung in withdrawal.rungs] == [None, *over]
    assert withdrawal.climb
    assert withdrawal.climb.points == number("law_fr.late_withdrawal_refund_each_month")
    assert [rung.percent for rung in rescission.rungs] == [
        number(f"law_fr.late_rescission_refund_{step}") for step in ("first", "second", "later")]
    assert [rung.up_to for rung in rescission.rungs] == [
        number("law_fr.late_rescission_refund_first_days"), number("law_fr.late_rescission_refund_second_days"), None]
    assert fraud.percent / 100 == number("law_cn.fraud_damages")
    assert fraud.at_least == number("law_cn.fraud_damages_minimum")
    assert page.percent == number("jd.page_error_compensation")
    assert page.at_most == number("jd.page_error_cap")


# --- the page about them --------------------------------------------------------------------------------------------

@pytest.mark.checkout
@pytest.mark.parametrize("id", [*LAW, *TEN, *SHARED])
def test_the_page_names_every_rule_with_its_number_and_addresses(id: str) -> None:
    page = (ROOT / "docs" / "reference" / "more-marketplaces.md").read_text(encoding="utf-8")

    for rule in PACKS.packs[id].rules:
        assert f"`{rule.code}`" in page, rule.id
        assert not [source.url for source in rule.sources if source.url and f"<{source.url}>" not in page], rule.id
    for rule in PACKS.packs[id].rules:
        if rule in CLOCKS:
            said = str(rule.values[-1].due).replace(" to the", ", to the")
            assert any(line.startswith(f"| `{rule.code}` | {said}") for line in page.splitlines()), rule.id


@pytest.mark.checkout
def test_the_page_names_every_marketplace_with_its_zone() -> None:
    page = (ROOT / "docs" / "reference" / "more-marketplaces.md").read_text(encoding="utf-8")

    assert not [id for id in TEN if f"| `{id}` | {PACKS.packs[id].zone} | {PACKS.packs[id].calendar} |" not in page]
