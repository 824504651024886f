"""Which marketplace: structure before words, and a mention is no match."""

from __future__ import annotations

from typing import Any

import conftest
import pytest

from comptoir.classify import Classifier
from comptoir.classify.case import Case
from comptoir.ticket import read_ticket


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return conftest.classifier()


def judge(classifier: Classifier, desk: dict[str, str] | None = None, **ticket: Any) -> Case:
    return classifier.read(read_ticket({"text": "", **ticket}), marketplaces=desk or {})[0]


@pytest.mark.parametrize("text", [
    "colis perdu",
    "j'ai vu moins cher sur Amazon",
    "Amazon Amazon Amazon Amazon",
    "j'ai commandé sur Rakuten",
    "我在淘宝上看到更便宜的",
    "ouvert 24/7 depuis le 20/11/2026",
    "appelez le 06 12 34 56 78",
    "commande du 12/11/2026",
    "cheaper on Lazada, call me: +60123456789",
    "moins cher chez Cdiscount, appelez le 0612345678",
    "order 518820374412907",
])
def test_a_mention_is_no_match(classifier: Classifier, text: str) -> None:
    assert judge(classifier, text=text).marketplace == "unknown"


@pytest.mark.parametrize(("text", "marketplace"), [
    ("ma commande Rakuten 884512/993021 n'est pas arrivée", "rakuten_fr"),
    ("voir https://fr.shopping.rakuten.com/offer/buy/1", "rakuten_fr"),
    ("Lazada order 518820374412907, sir the tracking number is wrong", "lazada"),
    ("je n'ai jamais reçu ma commande Cdiscount 2610021142VNR", "cdiscount"),
    ("Commande Cdiscount 2611084QXTPL, toujours rien", "cdiscount"),
    ("my Cdiscount order 25110788KQPLMA", "unknown"),  # one of Shopee looks like this, too
    ("订单 8123456789012345 https://www.aliexpress.com/item/1.html", "aliexpress"),
])
def test_numbers_and_links(classifier: Classifier, text: str, marketplace: str) -> None:
    case = judge(classifier, text=text)
    assert case.marketplace == marketplace
    assert all(text[one.start:one.end] == one.text for one in case.evidence if one.label.startswith("marketplace="))


@pytest.mark.parametrize(("where", "desk"), [
    ({"to": "Rakuten@shop.example.com"}, {"rakuten@shop.example.com": "rakuten_fr"}),
    ({"to": "sav@rakuten.shop.example.com"}, {"rakuten.shop.example.com": "rakuten_fr"}),
])
def test_the_desks_settings_beat_the_text(classifier: Classifier, where: dict[str, str], desk: dict[str, str]) -> None:
    text = "Taobao 淘宝 https://item.taobao.com/x"
    case = judge(classifier, desk, text=text, **where)
    assert case.marketplace == "rakuten_fr"
    assert any(one.field == "to" for one in case.evidence)


def test_the_brand_of_the_ticket_is_read(classifier: Classifier) -> None:
    ticket = read_ticket({"brand": "Boutique TM", "messages": [{"text": "colis perdu"}]})
    assert classifier.read(ticket, marketplaces={"boutique tm": "tmall"})[0].marketplace == "tmall"


def test_two_that_are_as_likely_are_none(classifier: Classifier) -> None:
    text = "https://fr.shopping.rakuten.com/1 https://www.aliexpress.com/2"
    assert judge(classifier, text=text).marketplace == "unknown"


def test_an_address_beats_a_link_to_another(classifier: Classifier) -> None:
    case = judge(classifier, text="voir https://www.aliexpress.com/2", **{"from": "fr-ecc-cbt@mail.rakuten.com"})
    assert case.marketplace == "rakuten_fr"
