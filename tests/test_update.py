"""The update: what is left alone, what is written, and a note that says the same once only."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import escape as html_escape
from html import unescape as html_unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest import macros, packs
from hypothesis import given
from hypothesis import strategies as st

from comptoir import note, reply, update
from comptoir.classify.case import Case, Evidence
from comptoir.clock import Team
from comptoir.deadlines import Deadline, Hint, ReadDue, Running
from comptoir.duties import Duty
from comptoir.reply import Reply
from comptoir.rules import Value
from comptoir.thresholds import SURE
from comptoir.ticket import Attachment, Facts, Message, Ticket
from comptoir.update import Update

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PARIS, SHANGHAI = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Shanghai")
CASE = Case(issue="evidence_requested", marketplace="rakuten_fr", sender="platform", language="fr", stage="claim",
            confidence=0.9)
CLOCK = Deadline(
    rule="rakuten_fr.support_reply", code="support_reply", title="Answer Rakuten's support", actor="seller",
    due=datetime(2026, 11, 24, 0, 30, tzinfo=PARIS), act_by=datetime(2026, 11, 23, 18, tzinfo=PARIS),
    starts=datetime(2026, 11, 22, 0, 30, tzinfo=PARIS), start_event="message", kind="platform",
    consequence="The claim may be closed against you and the buyer paid back.", source="RAK-65, Seller guide",
    confidence=1.0, risks=("claim_lost",),
)
RUNNING = Running((CLOCK,), ("claim.opened_at",))
TICKET = Ticket(id="7", status="open", messages=(Message(id="1", text="Merci de nous répondre sous 48h"),))


def planned(
    ticket: Ticket = TICKET, case: Case = CASE, running: Running = RUNNING, facts: Facts | None = None,
    now: datetime = NOW, agent: str = "en", replies: Sequence[Reply] | None = None, fields: Sequence[str] = (),
) -> Update:
    facts = facts or Facts()
    if replies is None:
        replies = reply.replies(macros(), case, facts, running, packs(), shop="Shop", locale="fr", agent_locale=agent,
                                now=now)
    return update.plan(ticket, case, facts, running, tuple(replies), macros=macros(), packs=packs(), agent_locale=agent,
                       team=Team(), now=now, fields=fields)


def with_tags(*tags: str) -> Ticket:
    return dataclasses.replace(TICKET, tags=tags)


def html(made: Update) -> str:
    assert made.note
    return made.note.html


# what is left alone

@pytest.mark.parametrize("status", ["closed", "deleted"])
def test_a_closed_ticket_is_left_alone(status: str) -> None:
    assert not planned(dataclasses.replace(TICKET, status=status, tags=("overdue", "issue_other")))


@pytest.mark.parametrize("foreign", ["vip", "overdue_payment", "my_issue_x", "dueling", "mp", "fromage", "riskless"])
def test_a_tag_of_somebody_else_is_never_touched(foreign: str) -> None:
    assert foreign not in planned(with_tags(foreign)).remove_tags


def test_a_second_plan_on_the_written_ticket_writes_nothing() -> None:
    first = planned(fields=("marketplace", "due"))
    written = dataclasses.replace(
        TICKET, tags=first.add_tags, fields=dict(first.fields),
        messages=(*TICKET.messages, Message(author="agent", html=html(first), public=False)),
    )

    assert not planned(written, now=NOW + timedelta(hours=5))


def test_a_fingerprint_a_buyer_typed_does_not_silence_the_note() -> None:
    first = planned()
    assert first.note
    spoofed = dataclasses.replace(TICKET, messages=(Message(text=f"comptoir {first.note.fingerprint}"),))

    assert planned(spoofed).note is not None


def test_a_field_that_a_person_changed_stays() -> None:
    corrected = dataclasses.replace(TICKET, tags=("issue_evidence_requested",), fields={"issue": "claim_opened"})

    assert "issue" not in planned(corrected).fields


def test_a_field_nobody_mapped_is_not_written() -> None:
    assert dict(planned(facts=Facts().with_({"order.number": "1/2"})).fields) == {}


# tags

def test_the_tags_of_a_clear_case() -> None:
    assert planned().add_tags == (
        "clock_support_reply", "due_20261124", "from_platform", "issue_evidence_requested", "lang_fr", "mp_rakuten_fr",
        "needs_claim_opened_at", "risk_claim_lost",
    )


def test_stale_tags_of_ours_go() -> None:
    assert planned(with_tags("due_20261120", "issue_other", "needs_human", "vip", "overdue")).remove_tags == (
        "due_20261120", "issue_other", "needs_human", "overdue")


@pytest.mark.parametrize("doubt", [{"confidence": 0.49}, {"marketplace": "unknown"}, {"sender": "unknown"}])
def test_a_doubtful_case_needs_a_human_and_gets_no_clock(doubt: dict[str, Any]) -> None:
    tags = planned(case=dataclasses.replace(CASE, **doubt)).add_tags

    assert "needs_human" in tags
    assert not [tag for tag in tags if tag.startswith(("clock_", "due_", "needs_claim", "risk_", "overdue"))]


def test_just_at_the_threshold_the_case_is_clear() -> None:
    assert "needs_human" not in planned(case=dataclasses.replace(CASE, confidence=SURE)).add_tags


def test_below_the_threshold_the_issue_is_no_tag() -> None:
    assert not [tag for tag in planned(case=dataclasses.replace(CASE, confidence=0.1)).add_tags if "issue_" in tag]


def test_the_due_day_is_that_of_the_rules_own_zone() -> None:
    there = dataclasses.replace(CLOCK, due=CLOCK.due.astimezone(SHANGHAI))
    here = dataclasses.replace(CLOCK, due=CLOCK.due.astimezone(ZoneInfo("America/New_York")))

    assert "due_20261124" in planned(running=Running((there,))).add_tags
    assert "due_20261123" in planned(running=Running((here,))).add_tags


def test_the_earliest_clock_of_the_seller_is_due_and_the_teams_own_goal_only_where_nothing_else_runs() -> None:
    buyers = dataclasses.replace(CLOCK, code="buyers", actor="buyer", due=CLOCK.due - timedelta(days=3))
    teams = dataclasses.replace(CLOCK, code="first_response", kind="team", due=CLOCK.due - timedelta(days=1))

    tags = planned(running=Running((buyers, teams, CLOCK))).add_tags
    assert "due_20261124" in tags
    assert {"clock_first_response", "clock_support_reply"} <= set(tags)
    assert "clock_buyers" not in tags
    assert "due_20261123" in planned(running=Running((buyers, teams))).add_tags


@pytest.mark.parametrize(("moment", "wanted"), [
    (CLOCK.act_by - timedelta(hours=4, seconds=1), False), (CLOCK.act_by - timedelta(hours=4), True),
    (CLOCK.act_by, True), (CLOCK.due, True), (CLOCK.due + timedelta(seconds=1), False),
])
def test_a_clock_is_due_soon_from_four_hours_before_the_last_moment_to_act(moment: datetime, wanted: bool) -> None:
    assert ("risk_due_soon" in planned(now=moment).add_tags) is wanted


@pytest.mark.parametrize(("moment", "wanted"), [
    (CLOCK.starts - timedelta(seconds=1), False), (CLOCK.starts, True), (CLOCK.due, True),
    (CLOCK.due + timedelta(seconds=1), False),
])
def test_a_clock_that_ends_before_the_team_is_back_is_due_soon_from_its_start(moment: datetime, wanted: bool) -> None:
    unattended = Running((dataclasses.replace(CLOCK, act_by=None),))

    assert ("risk_due_soon" in planned(running=unattended, now=moment).add_tags) is wanted


def test_the_note_says_when_nobody_is_there_before_a_clock_ends() -> None:
    unattended, says = dataclasses.replace(CLOCK, act_by=None), "The team is not there before it ends."

    assert says in html(planned(running=Running((unattended,))))
    assert "Act by" not in html(planned(running=Running((unattended,))))
    assert says not in html(planned())  # it is told when to act
    assert says not in html(planned(running=Running((dataclasses.replace(unattended, actor="buyer"),))))
    assert says not in html(planned(running=Running((unattended,)), now=CLOCK.due + timedelta(seconds=1)))


DUTY = Duty(rule="alibaba_cn.refund_silence", title="Answer the refund request before its time-out", value=None,
            consequence="Silence until the time-out counts as agreement to the refund.", source="TAO-10, Shop help",
            trust="seed", risks=("auto_accept",))


def test_the_note_says_which_rules_hold_and_the_tags_their_risks() -> None:
    limit = Value(date(2020, 1, 1), value=Decimal(50), unit="percent")
    capped = dataclasses.replace(DUTY, title="Largest discount that can be offered alone", value=limit, risks=())
    made = planned(running=Running(duties=(DUTY, capped)), agent="fr")

    assert "risk_auto_accept" in made.add_tags
    assert "Règles à ne pas oublier" in html(made)
    assert html_unescape(html(made)).count("50\xa0%") == 1
    assert "Le silence jusqu’à la fin du délai vaut accord sur le remboursement." in html_unescape(html(made))


@pytest.mark.parametrize("changes", [{"trust": "third_party"}, {"consequence": "", "risks": ()}])
def test_a_rule_of_third_parties_or_without_a_consequence_is_not_in_the_note(changes: dict[str, Any]) -> None:
    made = planned(running=Running(duties=(dataclasses.replace(DUTY, **changes),)))

    assert "risk_auto_accept" not in made.add_tags
    assert "Rules to keep in mind" not in html(made)


def test_a_ticket_nobody_is_sure_of_gets_no_risk_of_a_rule() -> None:
    doubtful = dataclasses.replace(CASE, confidence=0.3)

    assert "risk_auto_accept" not in planned(case=doubtful, running=Running(duties=(DUTY,))).add_tags


@pytest.mark.parametrize(("opens", "shown"), [
    ("RAK-65, Seller guide", '<a href="https://example.org/?a=1&amp;b=2">RAK-65, Seller guide</a>'),
    ("RK-13, Help", 'RAK-65, Seller guide, <a href="https://example.org/?a=1&amp;b=2">RK-13, Help</a>'),
    ("<b>", 'RAK-65, Seller guide, <a href="https://example.org/?a=1&amp;b=2">&lt;b&gt;</a>'),
])
def test_the_note_links_the_source_that_can_be_opened(opens: str, shown: str) -> None:
    clock = dataclasses.replace(CLOCK, url="https://example.org/?a=1&b=2", opens=opens)

    assert f"Source: {shown}" in html(planned(running=Running((clock,))))


@pytest.mark.parametrize(("late", "wanted"), [(0, False), (1, True)])
def test_a_clock_is_overdue_one_second_past_its_end(late: int, wanted: bool) -> None:
    assert ("overdue" in planned(now=CLOCK.due + timedelta(seconds=late)).add_tags) is wanted


def test_a_solved_ticket_keeps_its_labels_and_loses_its_clocks_without_a_note() -> None:
    tags = ("due_20261124", "clock_support_reply", "mp_rakuten_fr")
    made = planned(dataclasses.replace(TICKET, status="solved", tags=tags))

    assert made.remove_tags == ("clock_support_reply", "due_20261124")
    assert "issue_evidence_requested" in made.add_tags
    assert made.note is None


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_tag_is_always_one_every_helpdesk_keeps(parts: list[str]) -> None:
    assert re.fullmatch(r"[a-z0-9_]{0,80}", update.tag(*parts))


# fields

def test_mapped_fields_are_filled_and_kept_up_to_date() -> None:
    stale = dataclasses.replace(TICKET, tags=("due_20261120",), fields={"due": "2026-11-20", "language": None})
    facts = Facts().with_({"order.number": "123456/7890123", "order.virtual": True, "claim.opened_at": NOW})

    assert dict(planned(stale, facts=facts, fields=("order.number", "order.virtual", "claim.opened_at")).fields) == {
        "due": "2026-11-24", "language": "fr", "order.number": "123456/7890123", "order.virtual": "true",
    }


def test_a_due_day_that_no_longer_runs_is_emptied() -> None:
    stale = dataclasses.replace(TICKET, tags=("due_20261120",), fields={"due": "2026-11-20"})

    assert dict(planned(stale, running=Running()).fields) == {"due": ""}


# the note

def test_the_note_says_when_by_whom_why_and_what_otherwise_in_the_agents_language() -> None:
    reading = ReadDue("3 business days", CLOCK.due + timedelta(days=2), "Working days.", "RK-13")
    hint = Hint("x.y", "Ship within the promised time", "72 hours", None, "A blog", "third_party")
    running = Running((dataclasses.replace(CLOCK, readings=(reading,)),), ("claim.opened_at",), (hint,))
    evidence = (Evidence("issue=evidence_requested", "text", 0, 5, "répondre sous", "fr: répondre sous"),)
    facts = Facts().with_({"shipping.tracking_number": "LX123456785CN", "order.number": "1/2"})
    case = dataclasses.replace(CASE, evidence=evidence)
    text = html(planned(case=case, running=running, facts=facts, agent="zh_Hans"))

    for words in (
        "法国乐天", "要求提供材料", "2026年11月24日 00:30（巴黎时间）", "还剩38小时",
        "2026年11月23日 18:00（巴黎时间）前", "3个工作日", "72小时", "纠纷发起时间", "répondre sous",
        "该订单的物流信息如下", "Vous trouverez ci-dessous", "☐",
    ):
        assert words in text, words


def test_what_is_there_is_ticked() -> None:
    case = dataclasses.replace(CASE, issue="damaged_item", sender="buyer")
    photo = Message(text="x", attachments=(Attachment("a.jpg", 900_000, "image/jpeg"),))

    text = html(planned(dataclasses.replace(TICKET, messages=(photo,)), case=case))

    assert "☑ Photo of the damage (buyer)" in text
    assert "☐ Photo of the item (buyer)" in text
    assert "☐ Photo of the damage (buyer)" in html(planned(case=case))
    assert "⚠ Never demand a video from the buyer" in text


def test_the_note_does_not_change_with_the_hour() -> None:
    one, other = planned(), planned(now=NOW + timedelta(days=9))
    assert one.note
    assert other.note

    assert one.note.fingerprint == other.note.fingerprint
    assert one.note.html.rstrip().endswith(f"<p>comptoir {one.note.fingerprint}</p>")
    assert "<strong>overdue</strong>" in other.note.html


def test_a_moved_deadline_is_worth_a_new_note() -> None:
    moved = Running((dataclasses.replace(CLOCK, due=CLOCK.due + timedelta(hours=1)),), RUNNING.missing)
    one, other = planned(), planned(running=moved)
    assert one.note
    assert other.note

    assert one.note.fingerprint != other.note.fingerprint


@pytest.mark.parametrize(("ticket", "case", "words"), [
    (dataclasses.replace(TICKET, messages=()), CASE, "This ticket holds no text."),
    (dataclasses.replace(TICKET, messages=(Message(text=" \n"),)), CASE, "This ticket holds no text."),
    (TICKET, dataclasses.replace(CASE, language="unknown"), "The language was not recognised."),
    (TICKET, dataclasses.replace(CASE, sender="unknown"), "It is not clear who wrote this."),
    (TICKET, dataclasses.replace(CASE, confidence=0.2), "Comptoir is not sure about this ticket"),
    (TICKET, dataclasses.replace(CASE, sender="carrier"), "No reply fits this ticket."),
    (TICKET, dataclasses.replace(CASE, risks=("verify_sender",)), "check before answering"),
])
def test_the_note_says_what_is_odd(ticket: Ticket, case: Case, words: str) -> None:
    assert words in html(planned(ticket, case))
    assert words not in html(planned())


def test_messages_for_colleagues_stand_by_themselves_and_are_never_the_suggested_reply() -> None:
    text = html(planned(TICKET, dataclasses.replace(CASE, sender="carrier")))

    assert "No reply fits this ticket." in text
    assert "For colleagues: please take this case over" in text.partition("Messages for colleagues:")[2]
    assert "For colleagues" not in text.partition("Messages for colleagues:")[0]


def test_what_a_buyer_typed_comes_out_as_text() -> None:
    evidence = (Evidence("issue=other", "text", 0, 5, "<script>alert(1)</script>{{ticket.requester.email}}{%x%}", "r"),)
    text = html(planned(case=dataclasses.replace(CASE, evidence=evidence)))

    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "{" not in text


@given(st.text(alphabet=st.sampled_from("{}%# a<&;123")))
def test_no_template_tag_survives_and_the_words_do(typed: str) -> None:
    made = note.neutral(html_escape(typed))
    read = html_unescape(made)

    assert "{" not in made
    assert "{{" not in read
    assert "{%" not in read
    assert read.replace("\u200b", "") == typed


@pytest.mark.parametrize("letter", ["x", "超", "{{", "<"])
def test_a_note_is_never_longer_than_a_helpdesk_keeps_and_says_that_it_was_cut(letter: str) -> None:
    long = Reply("platform/statement", "platform", "fr", "Title", letter * 30_000, letter * 30_000)
    text = html(planned(replies=[long]))

    assert len(text.encode()) <= note.MAX_BYTES
    assert "is cut here" in text
    assert "</blockquote>" in text


def test_many_clocks_and_much_evidence_are_counted_not_listed() -> None:
    clocks = tuple(dataclasses.replace(CLOCK, code=f"c{number}", title=f"Clock {number:02}") for number in range(30))
    evidence = tuple(Evidence("issue=other", "text", 0, 1, f"word {number}", "r") for number in range(40))
    text = html(planned(case=dataclasses.replace(CASE, evidence=evidence), running=Running(clocks)))

    assert "Clock 19" in text
    assert "Clock 20" not in text
    assert "and 10 more" in text
    assert "and 28 more" in text
