"""Which clocks run for a case, when they run out, and what is missing for the others."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import packs
from hypothesis import given
from hypothesis import strategies as st

from comptoir import rules
from comptoir.classify.case import Case
from comptoir.clock import Team
from comptoir.deadlines import Deadline, Running, run
from comptoir.duties import holding
from comptoir.errors import BadSettings
from comptoir.rules import Reading, Rule, Value
from comptoir.ticket import Facts

PACKS = rules.load(Path(__file__).parent / "packs_good")
SUPPORT, REFUND = PACKS.rule("shop.support_reply"), PACKS.rule("shop.virtual_refund")
FRIDAY = datetime.fromisoformat("2026-11-20T16:30:00+01:00")
NOW = datetime.fromisoformat("2026-11-22T09:00:00+01:00")
ASKED = Case(marketplace="shop", issue="tracking_problem", sender="platform")
PAID_BACK = Case(marketplace="shop", issue="refund_status", sender="buyer", stage="return")
Known = dict[str, str | bool | datetime]
VIRTUAL: Known = {"order.virtual": True, "order.ships_from": "CN", "refund.requested_at": FRIDAY}


def clocks(
    case: Case, *some: Rule, facts: Known | None = None,
    message_at: datetime | None = FRIDAY, team: Team | None = None,
) -> Running:
    known = Facts().with_(facts or {})
    return run(case, known, some or PACKS.rules_for("shop"), message_at=message_at, now=NOW, team=team or Team())


def clock(rule: Rule, **changes: object) -> Rule:
    return dataclasses.replace(rule, **changes)  # type: ignore[arg-type]  # the tests name the fields themselves


def only(running: Running) -> Deadline:
    (deadline,) = running.deadlines
    return deadline


NOTHING = Running()


@pytest.mark.parametrize("case", [
    dataclasses.replace(ASKED, sender="buyer"),
    dataclasses.replace(ASKED, sender="unknown"),
    dataclasses.replace(ASKED, issue="other"),
    dataclasses.replace(ASKED, issue="other", also=("claim_opened",)),
], ids=["from a buyer", "from nobody known", "about nothing", "about something else too"])
def test_a_rule_for_another_case_does_not_run(case: Case) -> None:
    assert clocks(case, SUPPORT) == NOTHING


@pytest.mark.parametrize("changes", [
    {"status": "off"}, {"status": "superseded"},
    {"values": (Value(date(2026, 11, 21), "48 hours"),)},  # begins the day after
    {"values": ()},
    {"trust": "third_party"},
    {"starts": ()},
], ids=lambda changes: "-".join(changes))
def test_a_rule_that_does_not_hold_does_not_run(changes: dict[str, object]) -> None:
    readings = (Reading("1 hour", trust="third_party"),)
    rule = clock(SUPPORT, values=(Value(date(2026, 1, 1), "48 hours", readings=readings),))

    assert clocks(ASKED, rule).deadlines
    changed = clocks(ASKED, clock(rule, **changes))

    assert (changed.deadlines, changed.missing) == ((), ())


@pytest.mark.parametrize("changes", [
    {}, {"status": "superseded"}, {"starts": ()}, {"values": ()}, {"values": (Value(date(2026, 11, 21), "48 hours"),)},
], ids=lambda changes: "-".join(changes) or "sound")
def test_what_makes_a_deadline_or_holds_no_more_is_no_hint(changes: dict[str, object]) -> None:
    assert clocks(ASKED, clock(SUPPORT, **changes)).hints == ()


def test_a_rule_for_another_case_is_no_hint() -> None:
    assert clocks(dataclasses.replace(ASKED, sender="buyer"), clock(SUPPORT, status="off")).hints == ()


def test_what_only_third_parties_say_is_a_hint_with_its_due_time() -> None:
    rule = clock(SUPPORT, trust="third_party", values=(Value(date(2026, 1, 1), "48 hours"),))
    (hint,) = clocks(ASKED, rule).hints

    assert (hint.rule, hint.says, hint.trust) == ("shop.support_reply", "48 hours", "third_party")
    assert hint.due == FRIDAY + timedelta(hours=48)


def test_a_clock_that_is_off_is_a_hint_without_a_due_time() -> None:
    """Its start is what is doubtful: worked out from the message it would be wrong."""
    (hint,) = clocks(ASKED, clock(SUPPORT, status="off")).hints

    assert hint.due is None


def test_a_deadline_says_where_its_source_can_be_opened() -> None:
    law = PACKS.rule("law_one.withdrawal")
    bought = Case(marketplace="shop", issue=law.applies.issue[0] if law.applies.issue else "other", sender="buyer")
    starts = {path: FRIDAY for path in law.starts if path != "message"}

    opened = only(clocks(bought, law, facts={**starts}))
    assert (opened.url, opened.opens) == ("https://example.org/law", str(law.sources[0]))
    assert only(clocks(ASKED, SUPPORT)).url == ""


def test_a_reading_that_counts_makes_a_deadline_and_no_hint() -> None:
    readings = (Reading("24 hours", trust="official"),)
    rule = clock(SUPPORT, trust="third_party", values=(Value(date(2026, 1, 1), "48 hours", readings=readings),))

    assert only(clocks(ASKED, rule)).due == FRIDAY + timedelta(hours=24)
    assert clocks(ASKED, rule).hints == ()


@pytest.mark.parametrize(("day", "held"), [(date(2026, 6, 18), False), (date(2026, 6, 19), True)])
def test_a_dated_duty_holds_from_its_first_day_on(day: date, held: bool) -> None:
    duty = clock(SUPPORT, values=(Value(date(2026, 6, 19)),), starts=())

    assert holding(ASKED, Facts(), [duty], day) == ((duty,) if held else ())
    assert clocks(ASKED, duty).deadlines == ()
    assert bool(run(ASKED, Facts(), [duty], message_at=None, now=datetime(*day.timetuple()[:3], tzinfo=UTC),
                    team=Team()).duties) is held


def test_limits_and_duties_that_hold_are_told_what_brings_a_risk_first() -> None:
    limit = Value(date(2026, 1, 1), value=Decimal(50), unit="percent")
    plain = clock(SUPPORT, id="shop.plain", starts=(), values=(), consequence="", risks=())
    costly = clock(plain, id="shop.costly", values=(limit,), consequence="It costs.")
    risky = clock(plain, id="shop.risky", risks=("claim_lost",))
    elsewhere = clock(risky, id="shop.elsewhere", applies=dataclasses.replace(SUPPORT.applies, sender=("carrier",)))

    told = clocks(ASKED, plain, costly, risky, elsewhere, SUPPORT).duties

    assert [duty.rule for duty in told] == ["shop.risky", "shop.costly", "shop.plain"]
    assert [duty.value for duty in told] == [None, limit, None]


@pytest.mark.parametrize(
    ("facts", "held"), [({}, False), (VIRTUAL, True), ({**VIRTUAL, "order.virtual": False}, False)]
)
def test_a_rule_holds_only_where_its_facts_are_known(facts: Known, held: bool) -> None:
    assert bool(holding(PAID_BACK, Facts().with_(facts), [REFUND], NOW.date())) == held


@pytest.mark.parametrize(("facts", "missing"), [
    ({**VIRTUAL, "order.virtual": False}, ()),
    ({**VIRTUAL, "order.ships_from": "FR"}, ()),
    ({**VIRTUAL, "shipping.mode": "registered"}, ()),
    ({"order.virtual": False}, ()),  # nothing is missing for a rule that cannot hold
    ({"order.virtual": True}, ("order.ships_from",)),
    ({}, ("order.virtual", "order.ships_from")),
    ({"order.virtual": True, "order.ships_from": "HK"}, ("refund.requested_at",)),
])
def test_a_clock_runs_only_on_what_is_known(facts: Known, missing: tuple[str, ...]) -> None:
    assert clocks(PAID_BACK, REFUND, facts=facts) == Running((), missing)


@pytest.mark.parametrize("facts", [
    VIRTUAL, {**VIRTUAL, "order.ships_from": "HK"}, {**VIRTUAL, "shipping.mode": "tracked"},
])
def test_a_clock_runs_when_all_is_known(facts: Known) -> None:
    assert only(clocks(PAID_BACK, REFUND, facts=facts)).due == FRIDAY + timedelta(days=7)


@pytest.mark.parametrize(("stage", "runs"), [("return", True), ("closed", True), ("claim", False), ("unknown", False)])
def test_a_stage_must_fit(stage: str, runs: bool) -> None:
    case = dataclasses.replace(PAID_BACK, stage=stage)  # type: ignore[arg-type]  # one of the Literals, from above

    assert bool(clocks(case, REFUND, facts=VIRTUAL).deadlines) is runs


def test_the_other_issues_of_a_case_start_clocks_too() -> None:
    case = dataclasses.replace(ASKED, issue="claim_opened", also=("tracking_problem",))

    assert only(clocks(case, SUPPORT)).code == "support_reply"


@pytest.mark.parametrize(("issue", "also", "runs"), [
    ("damaged_item", (), True), ("other", (), False),
    # what may be a damaged item waits for an answer, whatever else it may be
    ("other", ("damaged_item",), True), ("damaged_item", ("other",), True),
])
def test_a_label_can_switch_a_rule_off(issue: str, also: tuple[str, ...], runs: bool) -> None:
    case = Case(issue=issue, also=also, sender="buyer")

    assert bool(clocks(case, PACKS.rule("common.first_answer")).deadlines) is runs


def test_the_deadline_says_everything_an_agent_asks() -> None:
    due = datetime(2026, 11, 22, 16, 30, tzinfo=ZoneInfo("Europe/Paris"))

    deadline = only(clocks(ASKED, SUPPORT, facts={"platform_mail.received_at": FRIDAY}))

    assert (deadline.rule, deadline.code) == ("shop.support_reply", "support_reply")
    assert deadline.title == "Answer the support"
    assert (deadline.actor, deadline.kind, deadline.source) == ("seller", "platform", "S-1, Guide")
    assert (deadline.consequence, deadline.risks) == ("The claim is lost.", ("claim_lost",))
    assert (deadline.starts, deadline.start_event, deadline.confidence) == (FRIDAY, "platform_mail.received_at", 1.0)
    assert deadline.due == due
    assert deadline.due.tzinfo == deadline.starts.tzinfo == ZoneInfo("Europe/Paris")
    assert deadline.act_by == datetime(2026, 11, 20, 18, tzinfo=ZoneInfo("Europe/Paris"))


def test_the_earliest_reading_that_counts_is_the_deadline_and_all_are_shown() -> None:
    deadline = only(clocks(ASKED, SUPPORT))

    assert [(r.says, r.due.isoformat(), r.source, r.counts) for r in deadline.readings] == [
        ("48 hours", "2026-11-22T16:30:00+01:00", "S-1, Guide", True),
        ("1 business day", "2026-11-23T16:30:00+01:00", "S-2", True),
        ("1 hour", "2026-11-20T17:30:00+01:00", "S-3", False),
    ]
    assert deadline.due.isoformat() == "2026-11-22T16:30:00+01:00"


def test_another_reading_may_be_the_earlier_one() -> None:
    deadline = only(clocks(ASKED, SUPPORT, message_at=FRIDAY - timedelta(days=1)))

    assert deadline.due.isoformat() == "2026-11-20T16:30:00+01:00"
    assert deadline.readings[0].due.isoformat() == "2026-11-21T16:30:00+01:00"


@pytest.mark.parametrize(("starts", "facts", "event", "confidence"), [
    (("platform_mail.received_at", "message"), {"platform_mail.received_at": FRIDAY}, "platform_mail.received_at", 1.0),
    (("platform_mail.received_at", "message"), {}, "message", 0.7),
    (("claim.opened_at", "platform_mail.received_at"), {"platform_mail.received_at": FRIDAY},
     "platform_mail.received_at", 1.0),
    (("message", "claim.opened_at"), {"claim.opened_at": FRIDAY}, "message", 1.0),
])
def test_the_first_start_that_is_known_counts(
    starts: tuple[str, ...], facts: Known, event: str, confidence: float
) -> None:
    deadline = only(clocks(ASKED, clock(SUPPORT, starts=starts), facts=facts))

    assert (deadline.start_event, deadline.confidence) == (event, confidence)


def test_without_a_start_the_fact_is_missing_and_the_message_is_no_fact() -> None:
    rule = clock(SUPPORT, starts=("message", "platform_mail.received_at", "claim.opened_at"))

    assert clocks(ASKED, rule, message_at=None) == Running((), ("platform_mail.received_at",))
    assert clocks(ASKED, clock(SUPPORT, starts=("message",)), message_at=None) == NOTHING


@pytest.mark.parametrize("year", [1, 1970, 2077, 9999])
def test_a_date_that_can_only_be_a_slip_starts_nothing(year: int) -> None:
    slip = datetime(year, 12, 31, 23, 59, tzinfo=UTC)

    refund = clocks(PAID_BACK, REFUND, facts={**VIRTUAL, "refund.requested_at": slip})

    assert refund == Running((), ("refund.requested_at",))
    assert only(clocks(ASKED, SUPPORT, facts={"platform_mail.received_at": slip})).start_event == "message"


@pytest.mark.parametrize(("start", "says"), [
    ("2025-12-31T23:59:59+01:00", "72 hours"),
    ("2026-01-01T00:00:00+01:00", "48 hours"),
    ("2025-12-31T23:30:00+00:00", "48 hours"),  # in the zone of the rule the year had begun
])
def test_the_value_is_that_of_the_day_on_which_the_clock_started(start: str, says: str) -> None:
    assert only(clocks(ASKED, SUPPORT, message_at=datetime.fromisoformat(start))).readings[0].says == says


def test_a_rule_counts_in_its_zone_and_a_team_s_rule_in_the_team_s() -> None:
    shanghai, new_york = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
    refund = only(clocks(PAID_BACK, REFUND, facts=VIRTUAL, team=Team(zone="America/New_York")))
    answer = only(clocks(dataclasses.replace(ASKED, sender="buyer"), PACKS.rule("common.first_answer"),
                         team=Team(zone="America/New_York")))

    assert (refund.due.tzinfo, refund.starts.tzinfo) == (shanghai, shanghai)
    assert refund.act_by is not None
    assert refund.act_by.tzinfo == new_york
    assert answer.due.tzinfo == new_york


def test_a_team_s_rule_counts_by_the_team_s_holidays() -> None:
    rule = clock(PACKS.rule("common.first_answer"), values=(Value(date(2020, 1, 1), "1 business day"),))
    case, christmas_eve = dataclasses.replace(ASKED, sender="buyer"), datetime(2026, 12, 24, 10, tzinfo=UTC)

    due = [only(clocks(case, rule, message_at=christmas_eve, team=Team(holidays=country))).due.day
           for country in (None, "FR")]

    assert due == [25, 28]


@pytest.mark.parametrize(("actor", "acts"), [
    ("seller", True), ("either", True), ("buyer", False), ("platform", False), ("carrier", False),
])
def test_only_what_the_team_must_do_has_an_act_by(actor: str, acts: bool) -> None:
    assert (only(clocks(ASKED, clock(SUPPORT, actor=actor))).act_by is not None) is acts


@pytest.mark.parametrize(("sent", "act_by"), [
    ("2026-11-20T17:59:59+01:00", "2026-11-20T18:00:00+01:00"),  # a second of Friday is left
    ("2026-11-20T18:00:00+01:00", None),  # the team has just gone, and the clock ends before it is back
    ("2026-11-21T08:00:00+01:00", None),
    ("2026-11-21T09:00:00+01:00", None),  # ends on Monday, at the very opening
    ("2026-11-21T09:00:01+01:00", "2026-11-23T09:00:01+01:00"),
])
def test_a_clock_that_ends_before_the_team_is_back_has_no_act_by(sent: str, act_by: str | None) -> None:
    deadline = only(clocks(ASKED, SUPPORT, message_at=datetime.fromisoformat(sent)))

    assert (deadline.act_by and deadline.act_by.isoformat()) == act_by
    assert deadline.unattended is (act_by is None)


def test_what_others_must_do_is_never_unattended() -> None:
    deadline = only(clocks(ASKED, clock(SUPPORT, actor="buyer")))

    assert (deadline.act_by, deadline.unattended) == (None, False)


def test_a_team_without_hours_is_a_clear_error() -> None:
    with pytest.raises(BadSettings, match="no opening hours"):
        clocks(ASKED, SUPPORT, team=Team(hours={}))


def test_the_earliest_comes_first_and_what_is_missing_is_named_once() -> None:
    late = clock(SUPPORT, id="shop.late", values=(Value(date(2020, 1, 1), "3 calendar days"),))
    twin = clock(SUPPORT, id="shop.a_twin")
    again = clock(REFUND, id="shop.again")
    case = dataclasses.replace(ASKED, also=("refund_status",), stage="return")

    running = clocks(case, late, SUPPORT, REFUND, again, twin)

    assert [deadline.rule for deadline in running.deadlines] == ["shop.a_twin", "shop.support_reply", "shop.late"]
    assert running.missing == ("order.virtual", "order.ships_from")


def test_a_limit_and_a_duty_are_no_clocks() -> None:
    running = clocks(ASKED, PACKS.rule("shop.partial_refund_cap"), PACKS.rule("shop.keep_records"))

    assert [duty.rule for duty in running.duties] == ["shop.partial_refund_cap", "shop.keep_records"]
    assert dataclasses.replace(running, duties=()) == NOTHING


@pytest.mark.parametrize(("now", "overdue"), [
    ("2026-11-22T16:29:59+01:00", False), ("2026-11-22T16:30:00+01:00", False), ("2026-11-22T23:30:00+08:00", False),
    ("2026-11-22T16:30:01+01:00", True), ("2026-11-22T15:30:00.000001+00:00", True),
])
def test_at_the_very_moment_one_is_still_in_time(now: str, overdue: bool) -> None:
    assert only(clocks(ASKED, SUPPORT)).overdue(datetime.fromisoformat(now)) is overdue


def test_in_the_hour_that_comes_twice_the_second_is_later() -> None:
    rule = clock(SUPPORT, values=(Value(date(2020, 1, 1), "1 hour"),))
    first = datetime(2026, 10, 25, 1, 45, tzinfo=ZoneInfo("Europe/Paris"))
    deadline = only(clocks(ASKED, rule, message_at=first))

    assert deadline.due.isoformat() == "2026-10-25T02:45:00+02:00"
    assert not deadline.overdue(datetime(2026, 10, 25, 2, 45, fold=0, tzinfo=ZoneInfo("Europe/Paris")))
    assert deadline.overdue(datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=ZoneInfo("Europe/Paris")))


@pytest.mark.parametrize(("rule", "issue", "start", "due"), [
    ("rakuten_fr.claim_negotiation", "claim_opened", "2026-11-20T16:30:00+01:00", "2026-11-23T16:30:00+01:00"),
    ("rakuten_fr.support_reply", "evidence_requested", "2026-11-20T16:30:00+01:00", "2026-11-22T16:30:00+01:00"),
    ("rakuten_fr.support_reply", "evidence_requested", "2026-10-24T09:00:00+02:00", "2026-10-26T08:00:00+01:00"),
])
def test_the_shipped_clocks_of_rakuten_run_as_the_guide_says(
    rule: str, issue: str, start: str, due: str
) -> None:
    """Rows RAK-08 and RAK-65."""
    case = Case(marketplace="rakuten_fr", sender="platform", issue=issue)

    deadline = only(clocks(case, packs().rule(rule), message_at=datetime.fromisoformat(start)))

    assert deadline.due.isoformat() == due


BOUNDS = datetime(2020, 1, 2), datetime(2070, 1, 1)  # noqa: DTZ001 - hypothesis adds the zone


@given(
    st.datetimes(*BOUNDS, timezones=st.just(UTC)),
    st.sampled_from(["Europe/Paris", "Asia/Shanghai", "America/New_York"]),
    st.dictionaries(st.integers(0, 6), st.just(((time(9), time(12)), (time(14), time(18)))), min_size=1),
)
def test_no_clock_runs_out_and_nobody_acts_before_it_starts(
    start: datetime, zone: str, hours: dict[int, tuple[tuple[time, time], ...]]
) -> None:
    deadline = only(clocks(ASKED, SUPPORT, message_at=start, team=Team(zone, hours, "FR")))

    assert deadline.starts.timestamp() == start.timestamp()  # zones never compare equal in the hour that comes twice
    assert deadline.due.timestamp() > start.timestamp()
    assert deadline.unattended is (deadline.act_by is None)
    if deadline.act_by is not None:
        assert start.timestamp() < deadline.act_by.timestamp() <= deadline.due.timestamp()
        assert deadline.act_by.utcoffset() is not None
    assert None not in (deadline.due.utcoffset(), deadline.starts.utcoffset())
