"""Thresholds by label: at the threshold a label counts, just below it is a guess, from the settings to the tags."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from comptoir import counter, settings
from comptoir.classify.case import Case
from comptoir.clock import Team
from comptoir.counter import Office
from comptoir.errors import BadSettings
from comptoir.helpdesk import Desk
from comptoir.thresholds import Thresholds
from comptoir.ticket import Ticket, read_ticket

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CASE = Case(
    issue="claim_opened", also=("payment_chargeback",), marketplace="rakuten_fr", sender="platform", language="fr",
    confidence=0.7, confidences={"issues": 0.7, "sender": 0.7, "marketplace": 0.7, "language": 0.7},
)
TICKET = read_ticket({
    "id": "7", "subject": "Demande de justificatif - commande 12345678", "from": "support@mail.rakuten.com",
    "text": "Merci de nous transmettre une preuve d'expédition et le numéro de suivi du colis.",
    "sent_at": "2026-11-22T08:00:00Z",
})


def handled(office: Office, ticket: Ticket = TICKET, **thresholds: Any) -> counter.Outcome:
    return counter.handle(ticket, office, Desk("acme", "", None, thresholds=Thresholds(**thresholds)), NOW)


def confidence(office: Office, label: str) -> float:
    case = handled(office).case
    return case.told if label == "issue" else case.confidences[label]


@pytest.mark.parametrize(("label", "space"), [
    ("issue", "issue_"), ("sender", "from_"), ("marketplace", "mp_"), ("language", "lang_"),
])
def test_at_its_threshold_a_label_counts_and_just_below_it_does_not(office: Office, label: str, space: str) -> None:
    exactly = confidence(office, label)
    outcome = handled(office)
    a_bit_higher = Thresholds(**{label: math.nextafter(exactly, 2)})

    at = handled(office, **{label: exactly}).update.add_tags
    below = counter.update.plan(
        TICKET, outcome.case, outcome.facts, outcome.running, outcome.replies, macros=office.macros,
        packs=office.packs, agent_locale="en", team=Team(), now=NOW, thresholds=a_bit_higher,
    ).add_tags

    assert any(tag.startswith(space) for tag in at)
    assert "clock_support_reply" in at
    assert "needs_human" not in at
    assert not any(tag.startswith((space, "clock_", "due_", "overdue")) for tag in below)
    assert "needs_human" in below


def test_a_code_of_its_own_threshold_is_measured_by_that(office: Office) -> None:
    case = handled(office).case
    assert 0.5 <= case.told < 1

    strict = handled(office, issues={case.issue: 1.0}).update.add_tags
    lenient = handled(office, issue=1.0, issues={case.issue: case.told}).update.add_tags
    other = handled(office, issues={"payment_chargeback": 1.0}).update.add_tags

    assert f"issue_{case.issue}" not in strict
    assert "needs_human" in strict
    assert f"issue_{case.issue}" in lenient
    assert other == handled(office).update.add_tags


def test_a_second_issue_below_its_own_threshold_runs_no_clock() -> None:
    assert Thresholds(issues={"payment_chargeback": 0.7}).settle(CASE) is CASE
    assert Thresholds(issues={"payment_chargeback": 0.71}).settle(CASE).also == ()
    assert Thresholds(issue=0.71).settle(CASE).also == CASE.also


def test_below_its_threshold_a_label_is_unknown_and_its_evidence_stays(office: Office) -> None:
    read, doubted = handled(office).case, handled(office, marketplace=1.0).case
    assert read.confidences["marketplace"] < 1

    assert (read.marketplace, doubted.marketplace) == ("rakuten_fr", "unknown")
    assert doubted.evidence == read.evidence


def test_without_a_threshold_an_unknown_language_needs_no_human() -> None:
    mute = dataclasses.replace(CASE, language="unknown", confidences={**CASE.confidences, "language": 0.0})

    assert Thresholds().clear(mute)
    assert not Thresholds(language=0.1).clear(mute)


def test_no_threshold_makes_a_certain_nothing_a_label() -> None:
    nothing = dataclasses.replace(CASE, confidence=0.0, confidences={})

    assert not Thresholds(issue=0).told(nothing)
    assert Thresholds(issue=0).told(dataclasses.replace(nothing, confidence=0.01))


def test_the_settings_reach_every_desk_and_try(tmp_path: Path) -> None:
    file = tmp_path / "comptoir.toml"
    file.write_text('[thresholds]\nissue = 1\nlanguage = 0.25\n[thresholds.issues]\npayment_chargeback = 0.8\n'
                    '[desks.acme]\nkind = "zendesk"\nsubdomain = "acme"\nclient_id = "c"\nclient_secret = "s"\n'
                    'webhook_secret = "w"\n')
    wanted = Thresholds(issue=1.0, language=0.25, issues={"payment_chargeback": 0.8})

    assert settings.read(file).desks["acme"].thresholds == wanted
    assert settings.desk_for_try(file, "acme").thresholds == wanted


@pytest.mark.parametrize(("line", "says"), [
    ("issue = 1.01", "thresholds.issue: Input should be less than or equal to 1; for example issue = 0.5"),
    ("sender = -0.01", "thresholds.sender: Input should be greater than or equal to 0"),
    ("marketplace = nan", "thresholds.marketplace: Input should be"),
    ("language = '0.5'", "thresholds.language: Input should be a valid number"),
    ("issue = true", "thresholds.issue: Input should be a valid number"),
    ("isue = 0.5", "thresholds.isue: no such setting; did you mean issue?"),
    ("[thresholds.issues]\nrefund_status = 2", "thresholds.issues.refund_status: Input should be less than or equal"),
    ("[thresholds.issues]\npayment_chargebak = 0.8", "thresholds.issues.payment_chargebak.[key]: 'payment_chargebak' "
     "is not an issue; did you mean payment_chargeback"),
])
def test_a_wrong_threshold_is_named_with_what_is_allowed(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "comptoir.toml"
    file.write_text(f"[thresholds]\n{line}\n", "utf-8")

    with pytest.raises(BadSettings) as error:
        settings.read(file)
    assert str(error.value).startswith(f"{file}: {says}")
