"""What a message to a buyer may not say, and what only looks like it."""

from __future__ import annotations

from functools import cache

import pytest

from comptoir import rules
from comptoir.lint import lint
from comptoir.rules import Packs


@cache
def packs() -> Packs:
    return rules.load()


@pytest.mark.parametrize("text", [
    "Numéro de commande : 123456/7890123, suivi LX123456785CN",
    "Your order left us on 1 November 2026 at 09:05.",
    "订单号：1234567890123456789",
    "Nous vous proposons un remboursement de 12,50 €.",
    "Thank you for your review.",
])
def test_a_plain_message_passes(text: str) -> None:
    assert lint(text, "rakuten_fr", "fr", packs()) == []


@pytest.mark.parametrize(("text", "words", "code"), [
    ("Write to shop@example.com please", "shop@example.com", "contact_details"),
    ("Add us on WhatsApp", "WhatsApp", "contact_details"),
    ("请加我微信", "加我", "contact_details"),
    ("Appelez le 06 12 34 56 78", "06 12 34 56 78", "contact_details"),
    ("We refund you by PayPal", "PayPal", "payment_elsewhere"),
    ("Remboursement par virement bancaire", "virement bancaire", "payment_elsewhere"),
    ("五星好评返5元", "五星好评", "review_for_reward"),
])
def test_what_is_forbidden_is_found_with_its_place(text: str, words: str, code: str) -> None:
    found = lint(text, "rakuten_fr", "en", packs())

    assert (found[0].code, found[0].text) == (code, words)
    assert text[found[0].start: found[0].end] == words


def test_a_video_may_be_named_but_not_to_a_french_consumer() -> None:
    assert lint("Merci d'envoyer une vidéo", "rakuten_fr", "fr", packs())[0].code == "video_demanded"
    assert lint("You may send a video", "taobao", "en", packs()) == []


def test_an_unknown_marketplace_has_what_is_common_to_all() -> None:
    assert lint("paypal", "unknown", "en", packs())[0].reason == (
        "Money goes through the marketplace, by the buyer's own means of payment.")
