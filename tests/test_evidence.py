"""Checklists: what is never asked, what is not taken for there, and what an answer needs on each marketplace."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import UTC, datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pytest
from conftest import macros, packs

from comptoir import reply
from comptoir.checklist import CheckLine, IssueFacts
from comptoir.classify.case import Case
from comptoir.counter import Office, handle, outcome_json
from comptoir.deadlines import Running
from comptoir.evidence import Item, asked, barred, checklist
from comptoir.helpdesk import Desk
from comptoir.rules import ISSUES, Packs
from comptoir.ticket import Attachment, Facts, Message, Ticket, read_ticket

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FOUR = ("rakuten_fr", "aliexpress", "taobao", "tmall")
PHYSICAL = ("wrong_item", "missing_parts", "damaged_item", "defective_item", "not_as_described")
COMPLETE = (
    *PHYSICAL, "claim_opened", "evidence_requested", "claim_decision_appeal", "counterfeit_complaint",
    "tracking_problem", "item_not_received", "delivered_not_received", "delivery_delay", "not_shipped_or_out_of_stock",
)
MB = 1_000_000


def files(*kinds: str, author: Any = "buyer", size: int = 500_000) -> Message:
    return Message(author=author, text="x", attachments=tuple(Attachment("file", size, kind) for kind in kinds))


def items(
    issue: str, *messages: Message, marketplace: str = "rakuten_fr", facts: dict[str, Any] | None = None, **labels: Any
) -> tuple[Item, ...]:
    case = Case(marketplace=marketplace, issue=issue, sender=labels.pop("sender", "buyer"), **labels)
    return checklist(Ticket(messages=messages), case, Facts().with_(facts or {}), packs())


def there(found: tuple[Item, ...]) -> set[str]:
    return {item.id for item in found if item.there}


# what must not happen

@pytest.mark.parametrize("marketplace", sorted(packs().marketplaces))
@pytest.mark.parametrize("language", ["fr", "en", "zh_Hans", "unknown"])
def test_no_buyer_is_asked_for_a_video_anywhere(marketplace: str, language: str) -> None:
    assert not [item for issue in ISSUES for item in items(issue, marketplace=marketplace, language=language)
                if item.ask and "video" in item.id]


def test_an_issue_without_evidence_has_no_checklist() -> None:
    assert items("usage_question") == ()
    assert items("other", marketplace="unknown") == ()


@pytest.mark.parametrize("message", [
    files("text/plain"), files("application/octet-stream"), files(""), files("image/png", size=9_999),
    files("image/jpeg", author="agent"), files("image/jpeg", author="system"),
])
def test_what_is_no_picture_of_the_buyers_ticks_nothing_of_his(message: Message) -> None:
    assert not [item for item in items("damaged_item", message) if item.there and item.provider == "buyer"]


def test_a_buyers_picture_is_not_taken_for_the_warehouses() -> None:
    pictures = files(*["image/jpeg"] * 9)

    assert there(items("damaged_item", pictures)) == {"damage_photo", "item_photo", "outer_packaging_photo"}


def test_a_known_fact_of_another_kind_ticks_nothing() -> None:
    assert there(items("damaged_item", facts={"order.number": "1/2", "order.total": "9.90"})) == set()


def test_what_is_there_is_not_asked_for_again_and_a_macro_that_only_asks_is_not_offered() -> None:
    def offered(*messages: Message) -> set[str]:
        return {one.macro for one in reply.replies(
            macros(), Case(issue="damaged_item", marketplace="rakuten_fr", sender="buyer"), Facts(), Running(), packs(),
            shop="Shop", locale="en", agent_locale="en", now=NOW, ticket=Ticket(messages=messages),
        )}

    all_there = files(*["image/jpeg"] * 3)
    assert asked(items("damaged_item", all_there)) == ()
    assert "buyer/damaged_item/ask_photos" not in offered(all_there)
    assert offered() - offered(all_there) == {"buyer/damaged_item/ask_photos"}


@pytest.mark.parametrize(("marketplace", "language"), [("rakuten_fr", "en"), ("amazon_fr", "en"), ("aliexpress", "fr")])
def test_a_video_is_left_out_under_french_law_and_for_who_writes_in_french(marketplace: str, language: Any) -> None:
    case = Case(marketplace=marketplace, issue="damaged_item", sender="buyer", language=language)

    assert [item.id for item in checklist(Ticket(), case, Facts(), with_video(marketplace))] == ["damage_photo"]


def test_a_video_may_stand_where_nothing_forbids_it() -> None:
    case = Case(marketplace="aliexpress", issue="damaged_item", sender="buyer", language="en")

    assert asked(checklist(Ticket(), case, Facts(), with_video("aliexpress"))) == ("damage_photo", "buyer_video")


def with_video(marketplace: str) -> Packs:
    """The shipped packs, but that a checklist of one asks for a video."""
    pack = packs().packs[marketplace]
    wanted = IssueFacts(checklist=(CheckLine("damage_photo"), CheckLine("buyer_video")))
    changed = dataclasses.replace(pack, issues={**pack.issues, "damaged_item": wanted})
    return Packs({**packs().packs, marketplace: changed})


# what is there

@pytest.mark.parametrize(("message", "wanted"), [
    (files("image/jpeg"), {"damage_photo"}),
    (files("IMAGE/PNG", size=10_000), {"damage_photo"}),
    (files("image/jpeg", size=0), {"damage_photo"}),
    (files("image/jpeg", "image/heic"), {"damage_photo", "item_photo"}),
    (files("image/jpeg", author="agent"), {"packing_photo", "attachment_limits"}),
])
def test_each_picture_is_one_piece_of_those_who_could_have_sent_it(message: Message, wanted: set[str]) -> None:
    assert there(items("damaged_item", message)) == wanted


def test_a_paper_is_taken_for_what_only_a_paper_shows_before_what_any_file_shows() -> None:
    papers = files("application/pdf", author="agent")

    found = there(items("evidence_requested", papers, sender="platform"))
    assert found == {"purchase_invoice", "attachment_limits"}


def test_what_a_carrier_sends_is_the_carriers() -> None:
    letter = files("application/pdf")

    assert "proof_of_delivery" in there(items("delivered_not_received", letter, sender="carrier"))
    assert there(items("delivered_not_received", letter)) == set()


@pytest.mark.parametrize(("issue", "path", "value", "wanted"), [
    ("item_not_received", "shipping.tracking_number", "LX123456785CN", "tracking_number"),
    ("item_not_received", "shipping.mode", "tracked", "shipping_mode"),
    ("partial_refund", "order.item_price", "9.90", "item_price"),
])
def test_a_known_fact_ticks_its_piece(issue: str, path: str, value: str, wanted: str) -> None:
    assert there(items(issue, facts={path: value})) == {wanted}


@pytest.mark.parametrize(("count", "size", "kept"), [
    (10, 50 * MB, True), (11, 1, False), (10, 50 * MB + 1, False), (1, 0, True),
])
def test_the_limits_of_files_are_the_rules_own(count: int, size: int, kept: bool) -> None:
    found = items("evidence_requested", files(*["text/plain"] * count, author="agent", size=size), sender="platform")
    limits = next(item for item in found if item.id == "attachment_limits")

    assert limits.there is kept
    assert [(str(value.value), value.unit) for value in limits.limits] == [("10", "files"), ("50", "MB")]


def test_a_store_of_amazon_has_amazons_limit_and_one_without_a_rule_has_none() -> None:
    def limits(marketplace: str) -> list[str]:
        found = items("evidence_requested", marketplace=marketplace, sender="platform")
        return [f"{value.value} {value.unit}" for item in found for value in item.limits]

    assert limits("amazon") == limits("amazon_fr") == ["10 MB"]
    assert limits("etsy") == limits("unknown") == []


def test_limits_are_left_out_where_no_rule_names_them() -> None:
    lines = packs().packs["aliexpress"].issues["evidence_requested"].checklist
    pack = dataclasses.replace(packs().packs["aliexpress"], issues={
        "evidence_requested": IssueFacts(checklist=(*lines, CheckLine("attachment_limits")))})
    case = Case(marketplace="aliexpress", issue="evidence_requested", sender="platform")

    found = checklist(Ticket(), case, Facts(), Packs({**packs().packs, "aliexpress": pack}))
    assert len(found) == len(lines)


@pytest.mark.parametrize(("stage", "wanted"), [("claim", True), ("unknown", True), ("delivered", False)])
def test_a_line_of_one_stage(stage: str, wanted: bool) -> None:
    assert ("chat_screenshots" in {item.id for item in items("damaged_item", stage=stage)}) is wanted


@pytest.mark.parametrize(("facts", "wanted"), [
    ({}, True), ({"shipping.mode": "registered"}, True), ({"shipping.mode": "tracked"}, False),
    ({"shipping.mode": "normal"}, False),
])
def test_a_line_that_a_fact_makes_needless(facts: dict[str, str], wanted: bool) -> None:
    assert ("signed_delivery_slip" in {item.id for item in items("item_not_received", facts=facts)}) is wanted


# which checklist

@pytest.mark.parametrize("issue", COMPLETE)
@pytest.mark.parametrize("marketplace", FOUR)
def test_the_four_have_a_checklist_for_what_is_decided_by_evidence(marketplace: str, issue: str) -> None:
    found = items(issue, marketplace=marketplace, stage="claim")

    assert found
    assert len({item.id for item in found}) == len(found)
    if issue in PHYSICAL:
        assert {"buyer", "warehouse"} <= {item.provider for item in found}


def test_the_marketplaces_own_checklist_comes_before_the_included_and_the_common_one() -> None:
    assert items("damaged_item", marketplace="tmall") == items("damaged_item", marketplace="taobao")
    assert [item.id for item in items("warranty_claim", marketplace="etsy")] == [
        "purchase_date", "fault_description", "fault_photo"]
    assert items("wrong_item", marketplace="unknown")[0].id == "item_photo"
    assert items("wrong_item", marketplace="aliexpress")[0].id == "label_comparison_photo"


def test_the_outer_packaging_comes_first_on_aliexpress() -> None:
    assert asked(items("damaged_item", marketplace="aliexpress")) == (
        "outer_packaging_photo", "damage_photo", "item_photo")


def test_who_has_a_piece_may_differ_from_list_to_list() -> None:
    (photo,) = (item for item in items("counterfeit_complaint", marketplace="taobao") if item.id == "item_photo")

    assert (photo.provider, photo.ask) == ("warehouse", False)


@pytest.mark.parametrize(("marketplace", "issue", "wanted"), [
    ("rakuten_fr", "damaged_item", ["no_video_from_the_buyer"]), ("rakuten_fr", "item_not_received", []),
    ("taobao", "damaged_item", []), ("unknown", "damaged_item", []),
])
def test_the_rule_that_bars_a_question_is_told(marketplace: str, issue: str, wanted: list[str]) -> None:
    found = barred(Case(marketplace=marketplace, issue=issue, sender="buyer"), packs())

    assert [rule.code for rule in found] == wanted


# the whole way

@pytest.mark.parametrize("locale", ["en", "fr", "zh_Hans", "zh_Hant"])
def test_every_piece_a_buyer_has_is_named_to_him_in_his_language(locale: str) -> None:
    catalogue = macros().catalogue(locale)
    named = {id: catalogue.get(text) for id, text in macros().names.asked.items()}

    assert {item.id for issue in ISSUES for place in packs().marketplaces
            for item in items(issue, marketplace=place) if item.provider == "buyer"} <= set(named)
    assert locale == "en" or not [id for id, text in named.items() if text == macros().names.asked[id]]


def test_a_ticket_with_two_photos_is_asked_for_the_third_only(office: Office) -> None:
    ticket = read_ticket(json.loads((HERE / "data" / "evidence" / "two_photos.json").read_text("utf-8")))
    outcome = handle(ticket, office, Desk("acme", "zendesk", None, agent_locale="zh_Hans"), NOW)
    best = outcome.replies[0]

    assert outcome.case.issue == "damaged_item"
    assert best.macro == "buyer/damaged_item/ask_photos"
    assert [line for line in best.text.splitlines() if line.startswith("- ")] == [
        "- une photo de l’emballage extérieur avec son étiquette"]
    assert [line for line in best.agent_copy.splitlines() if line.startswith("- ")] == ["- 带有面单的外包装照片"]
    told = {line["id"]: line for line in outcome_json(outcome, office, "zh_Hans")["checklist"]}
    assert told["outer_packaging_photo"] == {
        "id": "outer_packaging_photo", "name": "外包装照片", "from": "buyer", "there": False, "ask": True}
    assert {id for id, line in told.items() if line["there"]} == {
        "damage_photo", "item_photo", "packing_photo"}
    assert outcome.update.note
    assert "☑ 破损部位照片 (买家)" in outcome.update.note.html


def test_the_helpdesks_own_macro_asks_for_everything_that_may_be_asked() -> None:
    made = reply.native(macros(), "buyer/damaged_item/ask_photos", "fr", lambda path: None, packs())

    assert made.missing == ()
    assert made.text.count("\n- ") == 3


def test_a_piece_whose_name_is_not_translated_turns_the_whole_macro_english(tmp_path: Path) -> None:
    shutil.copytree(str(resources("comptoir.locales")), tmp_path / "locales")
    po = tmp_path / "locales/fr/LC_MESSAGES/comptoir.po"
    po.write_text(po.read_text("utf-8").replace('msgstr "une photo des dommages"', 'msgstr ""'), "utf-8")
    loaded = reply.load(None, tmp_path / "locales")

    def spoken(macro: str) -> str:
        return reply.render(loaded, macro, "fr", Facts(), packs=packs(), marketplace="rakuten_fr").locale

    assert spoken("buyer/damaged_item/ask_photos") == "en"
    assert spoken("buyer/other/acknowledge") == "fr"
