"""The command line as a person meets it: what it prints, how it ends, and that bad input gets one clear line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import typed

pytestmark = pytest.mark.usefixtures("read_once")
FROM_SUPPORT = {
    "id": "7", "subject": "Commande 48213/9920417", "from": "service-client@mail.rakuten.com",
    "text": "Bonjour, aucun numéro de suivi n'a été transmis pour cette commande. Merci de nous répondre sous 48h.",
    "sent_at": "2026-10-24T09:00:00+02:00",
}


def process(*arguments: object, stdin: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """As a person's shell runs it; the other tests run it in this process."""
    command = [sys.executable, "-m", "comptoir", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=cwd, check=False, timeout=120)


def tried(ticket: dict[str, Any], *options: str) -> dict[str, Any]:
    done = typed("try", "-", *options, stdin=json.dumps(ticket))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(("arguments", "stdin", "words"), [
    (["try", "-"], "{", "standard input is not JSON"),
    (["try", "-"], "[1]", "a ticket is a JSON object, not list"),
    (["try", "-"], '{"subject": "x"}', "needs `text` or `html`"),
    (["try", "-"], '{"text": "x", "txet": "y"}', "unknown key 'txet'"),
    (["try", "-"], '{"text": "x", "facts": {"order": {"total": "much"}}}', "facts.order.total"),
    (["try", "/nowhere/ticket.json"], "", "cannot be read"),
    (["try", "-", "--now", "tomorrow"], '{"text": "x"}', "not ISO 8601"),
    (["try", "-", "--now", "2026-11-22T09:00:00"], '{"text": "x"}', "needs an offset"),
    (["try", "-", "--issue", "lost"], '{"text": "x"}', "there are payment_chargeback"),
    (["try", "-", "--marketplace", "amazone"], '{"text": "x"}', "there is none; there are"),
    (["try", "-", "--locale", "de"], '{"text": "x"}', "en, fr, zh_Hans, zh_Hant"),
    (["try", "-", "--set", "total=3"], '{"text": "x"}', "write it as order.total=89.90"),
    (["try", "-", "--set", "order.totla=3"], '{"text": "x"}', "facts.order.totla"),
    (["reply", "buyer/none", "--locale", "fr", "--facts", "-"], "{}", "no macro 'buyer/none'"),
    (["calc", "rakuten_fr.partial_refund_cap", "price=8,90"], "", "a comma is refused"),
    (["calc", "nothing.such"], "", "nothing.such"),
    (["worker"], "", "SQLite"),
])
def test_bad_input_is_one_clear_line_and_exit_2(arguments: list[str], stdin: str, words: str, tmp_path: Path) -> None:
    done = typed(*arguments, stdin=stdin, cwd=tmp_path)

    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_a_lone_surrogate_is_read_as_a_question_mark() -> None:
    done = process("classify", "-", stdin='{"id": "\\ud800", "text": "jamais recu \\ud83d\\ude00 \\udc00 mon colis"}')
    case = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert (case["id"], case["issue"]) == ("?", "item_not_received")


def test_a_bad_line_is_answered_in_its_place() -> None:
    lines = ['{"id": 1, "text": "où est mon colis ?"}', "nonsense", "",
             '{"id": 3, "texte": "x"}', '{"id": 4, "text": ""}']

    done = process("classify", "-", stdin="\n".join(lines))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [answer["id"] for answer in answers] == ["1", None, 3, "4"]
    assert ["error" in answer for answer in answers] == [False, True, True, False]
    assert "2 line(s) could not be read" in done.stderr


def test_try_says_all_that_would_be_done_and_writes_nothing(tmp_path: Path) -> None:
    answer = tried(FROM_SUPPORT, "--now", "2026-10-24T10:00:00+02:00", "--agent-locale", "zh_Hans")

    assert answer.keys() >= {"case", "deadlines", "tags", "replies", "update", "missing"}
    assert answer["case"]["sender"] == "platform"
    assert answer["case"]["issue"] in ("evidence_requested", "tracking_problem")
    clock = answer["deadlines"][0]
    # 48 elapsed hours across the night when clocks go back: 08:00, not 09:00
    assert (clock["rule"], clock["due"]) == ("rakuten_fr.support_reply", "2026-10-26T08:00:00+01:00")
    assert {"mp_rakuten_fr", "from_platform", "lang_fr", "clock_support_reply", "due_20261026"} <= set(answer["tags"])
    best = answer["replies"][0]
    assert (best["audience"], best["locale"]) == ("platform", "fr")
    assert "48213/9920417" in best["text"]
    assert "48213/9920417" in best["agent_copy"]
    assert best["agent_copy"] != best["text"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("ticket", "marketplace", "sender", "issue", "clock", "locale"), [
    ({"from": "transaction@notice.aliexpress.com", "subject": "Dispute opened for order 8176543210987654",
      "text": "A buyer opened a dispute on order 8176543210987654. You have 5 days to respond."},
     "aliexpress", "platform", "claim_opened", "aliexpress.dispute_negotiation", "en"),
    ({"from": "notice@service.taobao.com", "subject": "退款申请",
      "text": "买家对订单 2468013579246801357 发起退款申请,请在规定时间内处理,逾期系统将默认同意退款。"},
     "taobao", "platform", "claim_opened", None, "zh_Hans"),
    ({"from": "wang@example.org", "subject": "怎么还不发货",
      "text": "都四天了怎么还不发货?天猫订单3579246801357920001,再不发我要投诉了"},
     "tmall", "buyer", "not_shipped_or_out_of_stock", "common.first_response", "zh_Hans"),
])
def test_the_other_marketplaces_equals(
    ticket: dict[str, str], marketplace: str, sender: str, issue: str, clock: str | None, locale: str
) -> None:
    answer = tried({**ticket, "sent_at": "2026-11-20T09:00:00Z"}, "--now", "2026-11-20T10:00:00Z")

    case = answer["case"]
    assert (case["marketplace"], case["sender"], case["issue"]) == (marketplace, sender, issue)
    assert clock is None or clock in [deadline["rule"] for deadline in answer["deadlines"]]
    assert answer["deadlines"]
    assert answer["replies"][0]["locale"] == locale
    assert answer["replies"][0]["text"]


def test_what_if_another_fact_were_so() -> None:
    ticket = {"text": "Mon colis n'est jamais arrivé, commande 48213/9920417", "from": "a@example.org"}
    plain = tried(ticket, "--marketplace", "rakuten_fr")
    known = tried(ticket, "--marketplace", "rakuten_fr", "--issue", "item_not_received",
                  "--set", "shipping.tracking_number=RB123456785CN", "--set", "shipping.tracking_status=moving")

    assert "shipping.tracking_number" in plain["missing"]
    assert "RB123456785CN" in known["replies"][0]["text"]


def test_a_reply_is_printed_and_a_lacking_fact_is_named(tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"order": {"number": "12345/678901"}, "shipping": {"tracking_number": "RB123456785CN"}}')

    there = typed("reply", "platform/tracking_supplied", "--locale", "fr", "--facts", facts)
    facts.write_text('{"order": {"number": "12345/678901"}}')
    lacking = typed("reply", "platform/tracking_supplied", "--locale", "fr", "--facts", facts)

    assert "RB123456785CN" in there.stdout
    assert lacking.returncode == 2
    assert "shipping.tracking_number" in lacking.stderr


def test_calc_lists_and_works_out() -> None:
    names = typed("calc").stdout.split()
    done = typed("calc", "taobao.coupon_refund", "price=30", "order=100", "coupon=20")

    assert "taobao.coupon_refund" in names
    assert json.loads(done.stdout)["amount"] == "24.00"


def test_init_writes_once_and_doctor_says_what_to_mend(tmp_path: Path) -> None:
    first, second = typed("init", cwd=tmp_path), process("init", cwd=tmp_path)
    sick = process("doctor", cwd=tmp_path)

    assert first.returncode == 0
    assert (second.returncode, "already there" in second.stderr) == (2, True)
    assert sick.returncode == 1
    assert "mend" in sick.stdout
    assert "Traceback" not in sick.stderr


def test_check_passes_what_ships_and_names_file_and_line_of_a_fault(tmp_path: Path) -> None:
    good = typed("check", "--schemas", tmp_path / "schemas")
    bad = tmp_path / "packs" / "broken"
    bad.mkdir(parents=True)
    (bad / "pack.yaml").write_text("kind: marketplace\nname: {en: Broken}\nzoen: Europe/Paris\n")
    faulty = typed("check", "--packs", tmp_path / "packs")

    assert good.returncode == 0, good.stdout
    assert json.loads((tmp_path / "schemas" / "policies.schema.json").read_text())
    assert faulty.returncode == 1
    assert "broken/pack.yaml:3: " in faulty.stdout
    assert "zoen" in faulty.stdout


def test_help_teaches_every_command() -> None:
    for command in ("demo", "serve", "worker", "try", "classify", "reply", "calc", "check", "init", "doctor"):
        done = typed(command, "--help")
        assert done.returncode == 0
        assert len(done.stdout) > 200


def test_a_ticket_without_a_time_has_just_come() -> None:
    undated = {key: value for key, value in FROM_SUPPORT.items() if key != "sent_at"}

    answer = tried(undated, "--now", "2026-11-20T16:30:00+01:00")

    assert answer["deadlines"][0]["due"] == "2026-11-22T16:30:00+01:00"
    assert answer["deadlines"][0]["act_by"] == "2026-11-20T18:00:00+01:00"
