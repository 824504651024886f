"""Who speaks: addresses before words; a platform is never made of words alone."""

from __future__ import annotations

import conftest
import pytest

from comptoir.classify import Classifier
from comptoir.classify.case import Case
from comptoir.ticket import read_ticket

NOTICE = "Bonjour, merci de nous transmettre la preuve de livraison sous 48h, sinon l'acheteur sera remboursé."
BUYER = "Bonjour, je n'ai toujours pas reçu mon colis"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return conftest.classifier()


def hear(classifier: Classifier, text: str, address: str = "", subject: str = "", name: str = "") -> Case:
    message = {"text": text, "from": address, "from_name": name}
    return classifier.read(read_ticket({"subject": subject, "messages": [message]}))[0]


@pytest.mark.parametrize("address", [
    "support@rakuten-help.example.com", "support@rakuten.com.example.com", "support@rаkuten.com",
    "noreply@xn--rkuten-1nf.com", "someone@gmail.com", "rakuten@gmail.com",
])
def test_platform_words_from_a_strange_address_are_to_be_verified(classifier: Classifier, address: str) -> None:
    case = hear(classifier, NOTICE, address, name="Rakuten France")
    assert case.sender == "unknown"
    assert "verify_sender" in case.risks
    assert case.marketplace == "unknown"


def test_a_display_name_is_never_looked_at(classifier: Classifier) -> None:
    dressed = hear(classifier, BUYER, "jean@gmail.com", name="Rakuten <fr-ecc-cbt@mail.rakuten.com>")
    assert dressed == hear(classifier, BUYER, "jean@gmail.com")


@pytest.mark.parametrize(("address", "sender", "marketplace"), [
    ("fr-ecc-cbt@mail.rakuten.com", "platform", "rakuten_fr"),
    ("<FR-ECC-CBT@MAIL.RAKUTEN.COM>", "platform", "rakuten_fr"),
    ("transaction@notice.aliexpress.com", "platform", "aliexpress"),
    ("no-reply@chronopost.fr", "carrier", "unknown"),
    ("litiges@paypal.com", "other", "unknown"),
    ("agent@dgccrf.finances.gouv.fr", "other", "unknown"),
])
def test_known_addresses(classifier: Classifier, address: str, sender: str, marketplace: str) -> None:
    case = hear(classifier, BUYER, address)
    assert (case.sender, case.marketplace) == (sender, marketplace)
    because = next(one for one in case.evidence if one.label == f"sender={sender}")
    assert because.field == "from"
    assert address[because.start:because.end] == because.text


def test_a_relay_alias_beats_everything(classifier: Classifier) -> None:
    case = hear(classifier, NOTICE, "abc123xyz@marketplace.amazon.fr", subject="[Important] Amazon")
    assert (case.sender, case.marketplace) == ("buyer", "amazon")


@pytest.mark.parametrize("address", ["jean.dupont@gmail.com", "jean@entreprise.example.com", "wang@qq.com"])
def test_first_person_from_anywhere_is_a_buyer(classifier: Classifier, address: str) -> None:
    case = hear(classifier, BUYER, address)
    assert case.sender == "buyer"
    assert "verify_sender" not in case.risks


@pytest.mark.parametrize(("text", "sender"), [
    (BUYER, "buyer"),
    (NOTICE, "platform"),
    ("尊敬的卖家,买家已发起纠纷,请在5天内响应", "platform"),
    ("我买的东西坏了,你们怎么处理", "buyer"),
    ("Dear seller, the buyer has opened a case. Please provide proof of delivery.", "platform"),
    ("Madame, notre cabinet représente la marque : cessez la vente de ces contrefaçons sous huit jours.", "other"),
    ("Votre envoi 6A12345678901 est perdu dans notre réseau ; adressez votre réclamation à notre agence.", "carrier"),
])
def test_without_an_address_the_words_decide(classifier: Classifier, text: str, sender: str) -> None:
    assert hear(classifier, text).sender == sender


FORWARDED = (
    "\n\n---------- Forwarded message ---------\nFrom: {who}\nDate: Fri, 20 Nov 2026\nSubject: x\nTo: y\n\n{text}"
)


def test_a_forwarded_mail_is_from_its_first_sender(classifier: Classifier) -> None:
    text = "Pour info" + FORWARDED.format(who="Rakuten <fr-ecc-cbt@mail.rakuten.com>", text=NOTICE)
    case = hear(classifier, text, "collegue@boutique.example.com", subject="Fwd: litige")
    assert (case.sender, case.marketplace, case.issue) == ("platform", "rakuten_fr", "evidence_requested")
    assert "verify_sender" in case.risks


def test_a_forwarded_buyer_is_a_buyer(classifier: Classifier) -> None:
    text = FORWARDED.format(who="Jean <jean@gmail.com>", text=BUYER)
    case = hear(classifier, text, "collegue@boutique.example.com", subject="TR: colis")
    assert (case.sender, case.issue) == ("buyer", "item_not_received")


def test_forwarded_without_the_original_is_other(classifier: Classifier) -> None:
    case = hear(classifier, "tu peux regarder ?", "collegue@boutique.example.com", subject="Fwd: colis")
    assert case.sender == "other"
