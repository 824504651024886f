"""One ticket of the platform and one of a buyer for every marketplace: clocks with sources that a lead can open."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from conftest import packs
from typer.testing import CliRunner

from comptoir.cli import app
from comptoir.commands import reading
from comptoir.counter import Office
from comptoir.rules import COMMON, reach

MARKETPLACES = sorted(packs().marketplaces)
RECEIVED = "2026-11-20T10:00:00+01:00"
BUYER = ("buyer", "damaged_item")
PLATFORM = [("platform", issue) for issue in ("claim_opened", "evidence_requested", "refund_status")]


@pytest.fixture(autouse=True)
def read_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "open_office", lambda: office)


def tried(marketplace: str, sender: str, issue: str) -> dict[str, Any]:
    ticket = {"subject": "", "text": "…", "sent_at": RECEIVED, "facts": {
        "claim": {"opened_at": RECEIVED}, "platform_mail": {"received_at": RECEIVED},
        "return": {"received_at": RECEIVED}, "order": {"delivered_at": "2026-11-18T10:00:00+01:00"},
    }}
    options = ["--marketplace", marketplace, "--sender", sender, "--issue", issue, "--now", "2026-11-20T10:30:00+01:00"]
    done = CliRunner().invoke(app, ["try", "-", *options], input=json.dumps(ticket))
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("marketplace", MARKETPLACES)
@pytest.mark.parametrize(("sender", "issue"), [BUYER, *PLATFORM])
def test_every_clock_has_a_source_to_open_and_stands_in_the_note(marketplace: str, sender: str, issue: str) -> None:
    answer = tried(marketplace, sender, issue)
    note = html.unescape(answer["update"]["note"])

    for told in (*answer["deadlines"], *answer["duties"]):
        row = told["source"].partition(",")[0]
        assert re.match("https?://", told["url"]) or row in packs().packs[COMMON].guides, told["rule"]
    for deadline in answer["deadlines"]:
        assert deadline["title"] in note
        assert deadline["consequence"] in note
        assert not deadline["url"] or f'<a href="{deadline["url"]}">' in note
    assert {hint["rule"] for hint in answer["hints"]}.isdisjoint(one["rule"] for one in answer["deadlines"])
    assert not re.search(r"\{[{%]", note)


@pytest.mark.parametrize("marketplace", MARKETPLACES)
def test_a_mail_of_the_platform_is_told_a_clock_or_a_hint_of_its_own(marketplace: str) -> None:
    own = {part for part in reach(packs().packs, marketplace) if part != COMMON and not part.startswith("law_")}

    told = {one["rule"].partition(".")[0] for _, issue in PLATFORM for answer in [tried(marketplace, "platform", issue)]
            for one in (*answer["deadlines"], *answer["hints"])}

    assert told & own


@pytest.mark.parametrize("marketplace", MARKETPLACES)
def test_a_buyer_is_answered_in_the_time_the_team_has_set(marketplace: str) -> None:
    assert "common.first_response" in {one["rule"] for one in tried(marketplace, *BUYER)["deadlines"]}
