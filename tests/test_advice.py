"""What agents are told about a case: the entries that fit, of the packs that hold, and no others."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import cast

import pytest
from conftest import packs

from comptoir.advice import advice, advice_json, sentences
from comptoir.classify.case import Case, Sender, Stage
from comptoir.counter import Office, handle, outcome_json
from comptoir.guide import Contact, Entry, Guide
from comptoir.helpdesk import Desk
from comptoir.rules import reach
from comptoir.ticket import read_ticket

PACKS = packs()
SECTIONS = [section.name for section in dataclasses.fields(Guide)]
ENTRIES = [(pack.id, section, place, entry) for pack in PACKS.packs.values() if pack.guide
           for section in SECTIONS for place, entry in enumerate(getattr(pack.guide, section))]
DAMAGED = Case(marketplace="rakuten_fr", issue="damaged_item", sender="buyer", stage="claim")
NOW = datetime.fromisoformat("2026-11-20T17:00:00+01:00")


def told(case: Case) -> dict[str, list[str]]:
    return {section: list(texts) for section, texts in sentences(advice(PACKS, case)).items()}


def fitting(entry: Entry, marketplace: str) -> Case:
    """A case that meets every condition of an entry."""
    return Case(
        marketplace=marketplace, issue=entry.issue[0] if entry.issue else "other",
        sender=cast(Sender, entry.sender[0] if entry.sender else "buyer"),
        stage=cast(Stage, entry.stage[0] if entry.stage else "claim"),
    )


# --- what must not be told ------------------------------------------------------------------------------------------

def test_an_unknown_marketplace_has_only_what_is_common_to_all() -> None:
    common = PACKS.packs["common"].guide
    found = advice(PACKS, dataclasses.replace(DAMAGED, marketplace="unknown"))

    assert common is not None
    assert found.howto
    assert set(found.howto) <= set(common.howto)
    assert found.contacts == ()


@pytest.mark.parametrize(("marketplace", "issue"), [("rakuten_fr", "invoice_request"), ("taobao", "damaged_item")])
def test_a_step_for_something_else_is_not_told(marketplace: str, issue: str) -> None:
    talk = 'Talk it over through the button "reply to buyer" of the claim.'

    assert talk in told(DAMAGED)["howto"]
    assert talk not in told(dataclasses.replace(DAMAGED, marketplace=marketplace, issue=issue))["howto"]


def test_a_step_for_the_platform_is_not_told_for_a_buyer() -> None:
    facts = "Answer the support with facts, to the question, and nothing else."

    assert facts in told(dataclasses.replace(DAMAGED, sender="platform"))["howto"]
    assert facts not in told(DAMAGED)["howto"]


def test_a_step_for_another_stage_is_not_told() -> None:
    closed = Case(marketplace="taobao", issue="refund_status", sender="buyer", stage="closed")
    after = "After completion: agree on the address, take the return, keep chats and proof, pay back by transfer."

    assert after in told(closed)["howto"]
    assert after not in told(dataclasses.replace(closed, stage="return"))["howto"]


def test_the_old_hotline_is_kept_and_never_shown() -> None:
    guide = PACKS.packs["alibaba_cn"].guide
    assert guide is not None
    off = [contact.at for contact in guide.contacts if contact.status == "off"]
    shown = [contact.at for id in PACKS.marketplaces for issue in PACKS.issue_codes
             for contact in advice(PACKS, Case(marketplace=id, issue=issue)).contacts]

    assert off == ["95199"]
    assert "9510211" in shown
    assert "95199" not in shown


# --- what must be told ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("pack", "section", "place", "entry"), ENTRIES,
                         ids=[f"{pack}-{section}-{place}" for pack, section, place, _ in ENTRIES])
def test_every_entry_is_told_where_it_belongs(pack: str, section: str, place: int, entry: Entry) -> None:
    marketplaces = [id for id in PACKS.marketplaces if pack in reach(PACKS.packs, id)]
    off = isinstance(entry, Contact) and entry.status == "off"

    assert marketplaces
    for id in marketplaces:
        assert (entry in getattr(advice(PACKS, fitting(entry, id)), section)) is not off


def test_every_entry_says_where_it_was_read() -> None:
    assert not [(pack, section, place) for pack, section, place, entry in ENTRIES if not (entry.rows or entry.sources)]


def test_the_nearest_comes_first_and_the_marketplaces_own_before_the_common() -> None:
    case = Case(marketplace="rakuten_fr", issue="claim_opened", also=("item_not_received",), sender="buyer")
    steps = told(case)["howto"]
    own, second, common, generic = (
        "Send proof whatever the claim. Not every claim ends in a refund.",
        "Send the support the newest tracking. A parcel that moves usually ends a non-receipt claim.",
        "Calm, find the cause, take a stand, solve, apologise, thank.",
        "Answer before the buyer cancels or claims. Buyers usually write first.",
    )

    assert steps.index(own) < steps.index(common) < steps.index(second) < steps.index(generic)


def test_options_name_who_pays_which_freight() -> None:
    said = {one["offer"]: one for one in advice_json(advice(PACKS, DAMAGED), str)["options"]}

    assert said["A return and a full refund"]["freight"] == {"return": "seller"}
    assert said["A discount of at most half, without a return"]["calculator"] == "rakuten_fr.partial_refund_cap"
    assert not [option for pack in PACKS.packs.values() if pack.guide for option in pack.guide.options
                if option.calculator and option.calculator.partition(".")[2] not in
                PACKS.packs[option.calculator.partition(".")[0]].remedies]


@pytest.mark.parametrize(("marketplace", "counts"), [
    ("amazon_fr", "no"), ("rakuten_fr", "not_stated"), ("aliexpress", "not_stated"), ("tmall", "not_stated"),
])
def test_whether_an_automatic_receipt_counts_as_an_answer(marketplace: str, counts: str) -> None:
    answers = advice(PACKS, Case(marketplace=marketplace, issue="damaged_item")).counts_as_answer

    assert {answer.what: answer.counts for answer in answers}["automatic_receipt"] == counts


@pytest.mark.parametrize("locale", ["en", "fr", "zh_Hans", "zh_Hant"])
def test_the_note_and_the_answer_tell_it_in_the_agents_language(office: Office, locale: str) -> None:
    ticket = read_ticket({"subject": "Commande 123456/789012", "text": "Bonjour, l'article est arrivé cassé.",
                          "from": "a@example.org", "sent_at": "2026-11-20T16:30:00+01:00"})
    outcome = handle(ticket, office, Desk(name="demo", kind="zendesk", options={}, agent_locale=locale), NOW,
                     given={"marketplace": "rakuten_fr", "issue": "damaged_item", "sender": "buyer"})
    said = outcome_json(outcome, office, locale)["advice"]
    words = [office.macros.gettext(locale, text) for text in (
        "What to do", "What may be offered", "An exchange", "return freight", "freight of the replacement")]

    assert outcome.update.note is not None
    assert not [word for word in words if word.replace("'", "&#39;") not in outcome.update.note.html]
    assert said["howto"]
    assert (said["howto"][0] in told(outcome.case)["howto"]) is (locale == "en")


CHECKED = sorted({(pack.id, issue) for pack in PACKS.marketplaces.values() for part in reach(PACKS.packs, pack.id)
                  for issue, facts in PACKS.packs[part].issues.items() if facts.checklist})


@pytest.mark.parametrize(("marketplace", "issue"), CHECKED)
def test_the_evidence_of_an_issue_stands_in_the_note(office: Office, marketplace: str, issue: str) -> None:
    ticket = read_ticket({"text": "Bonjour", "from": "a@example.org", "sent_at": "2026-11-20T16:30:00+01:00"})
    outcome = handle(ticket, office, Desk(name="demo", kind="zendesk", options={}), NOW,
                     given={"marketplace": marketplace, "issue": issue, "sender": "platform"})

    assert outcome.update.note is not None
    assert "☐" in outcome.update.note.html
