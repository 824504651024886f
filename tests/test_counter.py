"""The counter as a whole: the tickets nobody wishes for are handled, and the note says what is wrong with them."""

from __future__ import annotations

import dataclasses
import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comptoir.counter import Office, Outcome, handle, outcome_json
from comptoir.demo import demo_tickets, desk_for_demo
from comptoir.helpdesk import Desk
from comptoir.ticket import Message, read_ticket

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
DESK = Desk("acme", "", None, shop="Shop")


def handled(office: Office, text: str = "", **ticket: Any) -> Outcome:
    read = read_ticket({"id": "1", "subject": "", "text": text, "from": "a@example.org", **ticket})
    return handle(read, office, DESK, NOW)


def note(outcome: Outcome) -> str:
    assert outcome.update.note is not None
    return outcome.update.note.html


def test_a_ticket_without_text_waits_for_a_person_and_no_clock_runs(office: Office) -> None:
    outcome = handled(office, "")

    assert "needs_human" in outcome.update.add_tags
    assert not [tag for tag in outcome.update.add_tags if tag.startswith(("clock_", "due_"))]
    assert note(outcome)


def test_a_fifth_language_is_said_to_be_unknown(office: Office) -> None:
    outcome = handled(office, "Guten Tag, wann wird meine Bestellung endlich geliefert? Ich warte seit Wochen.")

    assert outcome.case.language == "unknown"
    assert "needs_human" in outcome.update.add_tags
    assert not [tag for tag in outcome.update.add_tags if tag.startswith("lang_")]


def test_ten_megabytes_of_html_are_read_as_far_as_we_read(office: Office) -> None:
    body = "<div><p>Mon colis n'est jamais arrivé</p>" + "<p>bla</p>" * 1_000_000

    outcome = handled(office, "", html=body)

    assert len(body) > 10_000_000
    assert outcome.case.issue == "item_not_received"
    assert "risk_body_cut" in outcome.update.add_tags
    assert len(note(outcome).encode()) < 64_000


@pytest.mark.parametrize("hostile", [
    "{{7*7}} {% for x in range(9) %}x{% endfor %} colis jamais arrivé",
    "<script>alert(1)</script><img src=x onerror=alert(1)> colis jamais arrivé",
    "{{ticket.requester.email}} \\{{dc.secret}} colis jamais arrivé",
])
def test_what_a_buyer_wrote_is_neither_run_nor_expanded(office: Office, hostile: str) -> None:
    outcome = handled(office, hostile, subject=hostile)

    shown = note(outcome) + "".join(reply.text + reply.agent_copy for reply in outcome.replies)
    assert "{{" not in shown
    assert "{%" not in shown
    assert "<script" not in shown
    assert "<img" not in shown
    said = note(outcome).rpartition("comptoir ")[0]  # the last line is a fingerprint: any digits may stand in it
    assert "49" not in re.sub(r"[^\d ]", " ", html.unescape(said)).split()


def test_a_closed_ticket_is_left_alone(office: Office) -> None:
    ticket = read_ticket({"id": "1", "text": "colis jamais arrivé", "from": "a@example.org", "tags": ["mp_tmall"]})

    assert handle(ticket, office, DESK, NOW).update
    assert not handle(dataclasses.replace(ticket, status="closed"), office, DESK, NOW).update


def test_the_second_time_nothing_is_left_to_write(office: Office) -> None:
    ticket = read_ticket({"id": "1", "text": "Commande 48213/9920417 : colis jamais arrivé, je veux être remboursé",
                          "from": "a@example.org", "sent_at": "2026-11-20T16:00:00+01:00"})
    first = handle(ticket, office, DESK, NOW).update
    assert first.note is not None
    laid = dataclasses.replace(ticket.messages[0], author="agent", public=False, html=first.note.html, text="")
    again = dataclasses.replace(ticket, tags=first.add_tags, messages=(*ticket.messages, laid))

    assert not handle(again, office, DESK, NOW).update


def test_the_outcome_is_json_of_the_stable_shape(office: Office) -> None:
    data = outcome_json(handled(office, "où est mon colis ?"), office)

    assert {"case", "deadlines", "tags", "replies", "update", "missing"} <= data.keys()
    assert {"macro", "audience", "locale", "title", "text", "agent_copy", "missing"} == data["replies"][0].keys()


@pytest.mark.parametrize("place", range(len(demo_tickets(NOW))))
def test_what_was_written_is_read_without_a_second_note(office: Office, place: int) -> None:
    """Our own tags and fields speak for the same labels the next time, and with other words."""
    ticket, desk = demo_tickets(NOW)[place], desk_for_demo()
    first = handle(ticket, office, desk, NOW).update
    assert first.note is not None
    ours = Message(author="agent", public=False, html=first.note.html)
    written = dataclasses.replace(
        ticket, tags=first.add_tags, fields={**dict.fromkeys(desk.fields, ""), **first.fields},
        messages=(*ticket.messages, ours))

    second = handle(written, office, desk, NOW + timedelta(seconds=5)).update

    assert second.note is None
