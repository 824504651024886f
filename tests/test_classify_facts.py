"""Facts from text: numbers, money and days, each where it stands; what is in doubt is left out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import conftest
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.classify import Classifier
from comptoir.classify.figures import currency_of, find_amounts, find_days, moment
from comptoir.classify.parcels import is_postal_number
from comptoir.classify.parts import read_body
from comptoir.ticket import Facts, Message, read_ticket

SENT = "2026-11-20T10:00:00+01:00"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return conftest.classifier()


def facts(classifier: Classifier, text: str, **ticket: Any) -> Facts:
    ticket = {"text": text, "sent_at": SENT, **ticket}
    case, known = classifier.read(read_ticket(ticket), given={"marketplace": "rakuten_fr"})
    spans = {one.label: text[one.start:one.end] for one in case.evidence if one.field == "text"}
    assert all(f"fact={path}" in spans for path, _ in known.known() if path not in ("platform_mail.received_at",))
    return known


@pytest.mark.parametrize("text", [
    "colis perdu", "appelez le 06 12 34 56 78", "reçu en 2 jours", "code postal 75011", "iphone 12", "RR123456789FR",
    "le 3 novembre 2026 je pars", "il y a 50 personnes",
])
def test_nothing_is_read_into_these(classifier: Classifier, text: str) -> None:
    assert not dict(facts(classifier, text).known())


def test_a_waybill_is_no_order_number(classifier: Classifier) -> None:
    _, known = classifier.read(read_ticket({"text": "單號 LX123456785CN 查不到"}), given={"marketplace": "taobao"})

    assert known.get("order.number") is None
    assert known.get("shipping.tracking_number") == "LX123456785CN"


def test_what_the_helpdesk_knows_wins(classifier: Classifier) -> None:
    ticket = {"text": "commande 111111/222222", "sent_at": SENT, "facts": {"order": {"number": "999999/888888"}}}
    _, known = classifier.read(read_ticket(ticket), given={"marketplace": "rakuten_fr"})
    assert known.get("order.number") == "999999/888888"


@pytest.mark.parametrize(("text", "path", "value"), [
    ("ma commande 884512/993021 est cassée", "order.number", "884512/993021"),
    ("suivi LX123456785FR", "shipping.tracking_number", "LX123456785FR"),
    ("suivi lx 123 456 785 fr", "shipping.tracking_number", "LX123456785FR"),
    ("colissimo 6A12345678901 introuvable", "shipping.tracking_number", "6A12345678901"),
    ("colissimo 6A12345678901 introuvable", "shipping.carrier", "Colissimo"),
    ("UPS 1Z999AA10123456784", "shipping.tracking_number", "1Z999AA10123456784"),
    ("j'ai payé 1 299,50 €", "order.total", Decimal("1299.50")),
    ("j'ai payé 89.90 EUR", "order.total", Decimal("89.90")),
    ("j'ai payé 89,90 €", "order.currency", "EUR"),
    ("实付¥128.5,坏了", "order.total", Decimal("128.5")),
    ("实付128元,坏了", "order.currency", "CNY"),
    ("remboursement de 20 € promis", "refund.amount", Decimal(20)),
    ("livré le 3 novembre 2026, cassé", "order.delivered_at", datetime.fromisoformat("2026-11-03T00:00:00+01:00")),
    ("livré le 03/11/2026, cassé", "order.delivered_at", datetime.fromisoformat("2026-11-03T00:00:00+01:00")),
    ("delivered on 2026-11-03 but broken", "order.delivered_at", datetime.fromisoformat("2026-11-03T00:00:00+01:00")),
    ("11月3日签收的,屏幕碎了", "order.delivered_at", datetime.fromisoformat("2026-11-03T00:00:00+01:00")),
    ("expédié le 25 décembre, jamais reçu", "order.shipped_at", datetime.fromisoformat("2025-12-25T00:00:00+01:00")),
])
def test_read_from_the_text(classifier: Classifier, text: str, path: str, value: object) -> None:
    assert facts(classifier, text).get(path) == value


def test_a_day_needs_the_marketplaces_zone(classifier: Classifier) -> None:
    ticket = read_ticket({"text": "livré le 3 novembre 2026, cassé", "sent_at": SENT})
    assert classifier.read(ticket)[1].get("order.delivered_at") is None


def test_a_platform_mail_was_received_when_it_came(classifier: Classifier) -> None:
    ticket = read_ticket({"text": "merci de répondre", "sent_at": SENT, "from": "fr-ecc-cbt@mail.rakuten.com"})
    assert classifier.read(ticket)[1].get("platform_mail.received_at") == datetime.fromisoformat(SENT)


@pytest.mark.parametrize(("text", "language", "day"), [
    ("03/04/2026", "fr", (2026, 4, 3)),
    ("13/04/2026", "en", (2026, 4, 13)),
    ("04/13/2026", "en", (2026, 4, 13)),
    ("2026/4/3", "zh_Hans", (2026, 4, 3)),
    ("2026年4月3日", "zh_Hant", (2026, 4, 3)),
    ("1er mars 2026", "fr", (2026, 3, 1)),
    ("March 3rd, 2026", "en", (2026, 3, 3)),
    ("4月3号", "zh_Hans", (None, 4, 3)),
])
def test_days(text: str, language: str, day: tuple[int | None, int, int]) -> None:
    assert [(one.year, one.month, one.day) for one in find_days(read_body(Message(text=text)), language)] == [day]


@pytest.mark.parametrize(("text", "language"), [
    ("03/04/2026", "en"), ("32/01/2026", "fr"), ("12/34-567", "fr"), ("1.2.3", "fr"),
])
def test_no_days(text: str, language: str) -> None:
    assert not find_days(read_body(Message(text=text)), language)


@pytest.mark.parametrize(("text", "amount"), [
    ("1 299,50 €", "1299.50"), ("1.299,50 €", "1299.50"), ("$1,299.50", "1299.50"), ("1,299 USD", "1299"),
    ("¥50", "50"), ("50块", "50"), ("0,99€", "0.99"),
])
def test_amounts(text: str, amount: str) -> None:
    assert [one.value for one in find_amounts(read_body(Message(text=text)))] == [Decimal(amount)]


@pytest.mark.parametrize("text", ["1.299 €", "50", "12 euphories", "iphone12"])
def test_no_amounts(text: str) -> None:
    assert not find_amounts(read_body(Message(text=text)))


def test_a_sign_means_the_marketplaces_own_currency_where_it_can() -> None:
    assert [currency_of("$", ""), currency_of("$", "TWD"), currency_of("¥", "JPY"), currency_of("€", "CNY")] == [
        "USD", "TWD", "JPY", "EUR"]


def test_a_day_that_does_not_exist_is_no_moment() -> None:
    day, = find_days(read_body(Message(text="30 février 2026")), "fr")
    assert moment(day, "Europe/Paris", None) is None


@given(st.integers(0, 99_999_999))
def test_exactly_one_check_digit_of_ten_is_right(serial: int) -> None:
    assert sum(is_postal_number(f"RR{serial:08d}{check}FR") for check in range(10)) == 1


def test_a_known_postal_number() -> None:
    assert is_postal_number("RR473124829GB")  # the example of the standard, UPU S10
    assert not is_postal_number("RR473124828GB")
