"""F-1 to F-10, the worked examples of the guides, typed on the command line; the figures are the guides' own.

tests/data/remedies.yaml holds the same and more, calculated without the command line.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from comptoir import rules
from comptoir.cli import app
from comptoir.commands import reading
from comptoir.counter import Office

COUPON = "taobao.coupon_refund"
THRESHOLD = "taobao.threshold_discount_refund"
GOODS = "price=100 postage=10 return=12"


@pytest.fixture(autouse=True)
def read_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call reads the packs; here they are read once, for a hundred calls."""
    monkeypatch.setattr(rules, "load", lambda: office.packs)
    monkeypatch.setattr(reading, "open_office", lambda: office)


def typed(line: str, stdin: str = "") -> Any:
    done = CliRunner().invoke(app, line.split(), input=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize(("line", "amount"), [
    # F-1: shop coupon
    (f"{COUPON} price=30.00 order=100.00 coupon=20.00", "24.00"),
    (f"{COUPON} price=70.00 order=100.00 coupon=20.00", "56.00"),
    (f"{COUPON} price=33.33 order=100.00 coupon=10.00", "30.00"),
    (f"{COUPON} price=33.34 order=100.00 coupon=10.00", "30.01"),
    (f"{COUPON} price=9.99 order=29.99 coupon=5.00", "8.32"),
    (f"{COUPON} price=19.99 order=29.99 coupon=5.00", "16.66"),
    (f"{COUPON} price=33.34 order=100.00 coupon=10.00 refunded=60.00 last=yes", "30.00"),  # not 30.01: 90.00 were paid
    # F-2: threshold discount
    (f"{THRESHOLD} price=200 order=510 postage=10 discount=100", "160.00"),
    (f"{THRESHOLD} price=300 order=510 postage=10 discount=100", "240.00"),
    (f"{THRESHOLD} price=300 order=610 postage=10 discount=200", "200.00"),
    (f"{THRESHOLD} price=100 order=500 postage=0 discount=100", "80.00"),
    (f"{THRESHOLD} price=150 order=500 postage=0 discount=100", "120.00"),
    (f"{THRESHOLD} price=250 order=500 postage=0 discount=100", "200.00"),
    (f"{THRESHOLD} price=199 order=318.50 postage=8 discount=30", "179.77"),
    (f"{THRESHOLD} price=99.50 order=318.50 postage=8 discount=30", "89.89"),
    (f"{THRESHOLD} price=12 order=318.50 postage=8 discount=30", "10.84"),
    (f"{THRESHOLD} price=200 order=510 postage=10 discount=100 coupon=5", None),  # another discount: by hand
    # F-5: half, rounded down
    ("rakuten_fr.partial_refund_cap order=89.90", "44.95"),
    ("rakuten_fr.partial_refund_cap order=33.33", "16.66"),
    ("rakuten_fr.partial_refund_cap order=19.99", "9.99"),
    ("rakuten_fr.partial_refund_cap order=0.01", "0.00"),
    ("rakuten_fr.partial_refund_cap order=100 item=40", "20.00"),
    # F-6: counterfeit fine
    ("rakuten_fr.counterfeit_fine sales=1500 stock=800", "560.00"),
    ("rakuten_fr.counterfeit_fine sales=0 stock=0", "100.00"),
    ("rakuten_fr.counterfeit_fine sales=5000 stock=0", "1100.00"),
    ("rakuten_fr.counterfeit_fine sales=250 stock=1234.50", "396.90"),
    ("rakuten_fr.counterfeit_fine sales=12345.67 stock=2000", "2969.13"),
    # F-7: commission
    *((f"rakuten_fr.commission event=claim_lost grade={grade} price=120.00 commission=9%", amount)
      for grade, amount in (("A", "0.00"), ("B", "10.80"), ("C", "10.80"), ("D", "10.80"))),
    *((f"rakuten_fr.commission event=seller_cancels grade={grade} commission=10.80", "21.60") for grade in "ABCD"),
    ("rakuten_fr.commission event=buyer_withdraws commission=10.80", None),  # not stated
    ("rakuten_fr.commission event=claim_cancelled commission=10.80", "10.80"),
    *((f"rakuten_fr.commission event=claim_lost grade={note} commission=10.80", amount)
      for note, amount in (("15.01", "0.00"), ("15", "10.80"), ("13", "10.80"), ("10", "10.80"), ("5", "10.80"))),
])
def test_an_amount(line: str, amount: str | None) -> None:
    result = typed(f"calc {line}")

    assert result["amount"] == amount
    assert result.get("manual", False) is (amount is None)


@pytest.mark.parametrize("price", [200, 300])
def test_f_2_shows_the_settlement_of_the_law_beside_the_formula(price: int) -> None:
    result = typed(f"calc {THRESHOLD} price={price} order=510 postage=10 discount=100 threshold=300")

    assert {other["method"]: other["amount"] for other in result["alternatives"]} == {"resettlement": "200.00"}


@pytest.mark.parametrize(("case", "refund", "transfer", "buyer", "seller"), [
    (f"a {GOODS}", "110.00", "12.00", "0.00", "22.00"),
    (f"b {GOODS}", "100.00", "12.00", "0.00", "22.00"),
    (f"c {GOODS}", "100.00", "0.00", "12.00", "10.00"),
    (f"d {GOODS}", "100.00", "0.00", "22.00", "0.00"),
    ("e price=50 order=110 postage=10 return=12", "40.00", "0.00", "22.00", "0.00"),
    ("f price=100 return=12", "0.00", "0.00", "12.00", "0.00"),
    ("g price=100 postage=10", "110.00", "0.00", "0.00", "10.00"),
    ("h postage=10 return=12", "0.00", "0.00", "22.00", "0.00"),
])
def test_f_3_who_pays_which_freight(case: str, refund: str, transfer: str, buyer: str, seller: str) -> None:
    result = typed(f"calc taobao.freight event={case}")

    assert result["amount"] == refund
    assert result["shares"] == {"transfer_to_buyer": transfer, "buyer_bears": buyer, "seller_bears": seller}


@pytest.mark.parametrize(("line", "answer"), [
    # F-4: above the line, not at it
    *((f"rakuten_fr.registered_mail from=FR price={price}", answer)
      for price, answer in (("150.00", "tracked"), ("200.00", "tracked"), ("200.01", "registered"))),
    *((f"rakuten_fr.registered_mail from={country} price={price}", answer) for country in ("CN", "UK", "CH")
      for price, answer in (("59.99", "tracked"), ("60", "tracked"), ("60.01", "registered"), ("150", "registered"))),
    # F-5: a wish within the cap, and one cent above it
    ("rakuten_fr.partial_refund_cap item=89.90 request=44.95", "allowed"),
    ("rakuten_fr.partial_refund_cap item=89.90 request=44.96", "contact_platform"),
    ("rakuten_fr.partial_refund_cap item=0.01", "no_offer"),
    # F-8: at the limit is fine
    ("rakuten_fr.attachments files=10 size=50.0", "accepted"),
    ("rakuten_fr.attachments files=11 size=1", "too_many_files"),
    ("rakuten_fr.attachments files=1 size=50.1", "too_large"),
    ("rakuten_fr.attachments files=0", "accepted"),
    ("rakuten_fr.attachments files=1 bytes=52428801", "too_large"),
    # F-9: Beijing and Paris
    ("rakuten_fr.paris_time at=2026-07-15T15:00", "2026-07-15T09:00+02:00"),
    ("rakuten_fr.paris_time at=2026-11-22T16:00", "2026-11-22T09:00+01:00"),
    ("rakuten_fr.paris_time at=2026-03-29T08:30", "2026-03-29T01:30+01:00"),
    ("rakuten_fr.paris_time at=2026-03-29T09:30", "2026-03-29T03:30+02:00"),
    ("rakuten_fr.paris_time at=2026-10-25T08:30", "2026-10-25T02:30+02:00"),
    ("rakuten_fr.paris_time at=2026-10-25T09:30", "2026-10-25T02:30+01:00"),
])
def test_an_answer(line: str, answer: str) -> None:
    assert typed(f"calc {line}")["answer"] == answer


@pytest.mark.parametrize(("mode", "lost"), [
    ("price=20 from=FR mode=normal", True),
    ("price=60.01 from=CN mode=suivi", True),
    ("price=60.00 from=CN mode=suivi", False),
    ("price=200.01 from=FR mode=recommandé", False),
])
def test_f_4_says_when_a_claim_of_non_receipt_is_lost_at_once(mode: str, lost: bool) -> None:
    warnings = typed(f"calc rakuten_fr.registered_mail event=item_not_received {mode}")["warnings"]

    assert any("decided against the seller at once" in said for said in warnings) is lost


def test_f_8_warns_between_the_two_megabytes() -> None:
    assert typed("calc rakuten_fr.attachments files=1 bytes=50000000")["warnings"] == []
    assert typed("calc rakuten_fr.attachments files=1 bytes=50000001")["warnings"]


RAKUTEN = "--marketplace rakuten_fr --sender platform --issue"
TAOBAO = "--marketplace taobao --sender buyer --issue"
JD = "--marketplace jd --sender platform --issue evidence_requested"
DELIVERED = "--set order.delivered_at"


# F-10: what is asked, when the newest message came, the clock and when it runs out
@pytest.mark.parametrize(("options", "sent", "rule", "due"), [
    (f"{RAKUTEN} claim_opened", "2026-11-20T16:30+01:00", "rakuten_fr.claim_negotiation", "2026-11-23T16:30:00+01:00"),
    (f"{RAKUTEN} evidence_requested", "2026-11-20T16:30+01:00", "rakuten_fr.support_reply",
     "2026-11-22T16:30:00+01:00"),
    (f"{RAKUTEN} evidence_requested", "2026-10-24T09:00+02:00", "rakuten_fr.support_reply",
     "2026-10-26T08:00:00+01:00"),
    (f"{TAOBAO} withdrawal_change_of_mind {DELIVERED}=2026-09-04T15:20+08:00", "2026-09-10T10:00+08:00",
     "law_cn.no_reason_return", "2026-09-11T23:59:59+08:00"),
    (f"{TAOBAO} return_receipt_dispute --set return.shipped_at=2026-11-12T09:00+08:00", "2026-11-13T10:00+08:00",
     "alibaba_cn.return_check", "2026-11-22T09:00:00+08:00"),
    (f"{TAOBAO} claim_opened --set refund.requested_at=2026-11-07T09:00+08:00", "2026-11-08T10:00+08:00",
     "alibaba_cn.support_entry_physical", "2026-11-22T09:00:00+08:00"),
    (f"{TAOBAO} claim_opened --set refund.requested_at=2026-11-07T09:00+08:00 --set order.virtual=true",
     "2026-11-08T10:00+08:00", "alibaba_cn.support_entry_virtual", "2026-11-14T09:00:00+08:00"),
    (f"--marketplace rakuten_fr --sender buyer --issue withdrawal_change_of_mind {DELIVERED}=2026-11-07T11:00+01:00",
     "2026-11-10T10:00+01:00", "law_eu.withdrawal_window", "2026-11-23T23:59:59+01:00"),
    (f"--marketplace rakuten_fr --sender buyer --issue withdrawal_change_of_mind {DELIVERED}=2026-12-11T11:00+01:00",
     "2026-12-14T10:00+01:00", "law_eu.withdrawal_window", "2026-12-28T23:59:59+01:00"),
    (JD, "2026-11-20T14:01+08:00", "jd.supplementary_evidence", "2026-11-21T09:01:00+08:00"),
    (JD, "2026-11-20T17:00+08:00", "jd.supplementary_evidence", "2026-11-21T12:00:00+08:00"),
    (JD, "2026-11-20T20:00+08:00", "jd.supplementary_evidence", "2026-11-21T13:00:00+08:00"),
])
def test_f_10_a_deadline(options: str, sent: str, rule: str, due: str) -> None:
    ticket = {"subject": "", "text": "…", "sent_at": sent}

    shown = typed(f"try - --now {sent} {options}", json.dumps(ticket))["deadlines"]

    assert {deadline["rule"]: deadline["due"] for deadline in shown}[rule] == due


def test_f_10_the_earlier_of_two_readings_is_the_deadline_and_the_other_is_shown() -> None:
    ticket = {"subject": "", "text": "…", "sent_at": "2026-11-20T16:30+01:00"}

    answer = typed(f"try - --now 2026-11-20T17:00+01:00 {RAKUTEN} claim_opened", json.dumps(ticket))

    (deadline,) = [one for one in answer["deadlines"] if one["rule"] == "rakuten_fr.claim_negotiation"]
    assert {reading["says"]: reading["due"] for reading in deadline["readings"]} == {
        "3 calendar days": "2026-11-23T16:30:00+01:00", "3 business days": "2026-11-25T16:30:00+01:00",
    }
    assert "due_20261122" in answer["tags"]  # the support's 48 hours run beside it and end first
