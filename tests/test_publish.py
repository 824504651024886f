"""`comptoir desk publish`: our macros in the helpdesk's own list, over HTTP against the sandbox."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comptoir import helpdesk
from comptoir.counter import Office
from comptoir.errors import BadInput
from comptoir.helpdesk import Desk
from comptoir.publish import native_macros, publish


@pytest.fixture
def sandbox() -> Iterator[Any]:
    with helpdesk.load_part("zendesk", "sandbox").Sandbox(updates_per_minute=10_000) as started:
        started.account.add_field(107, "order number")
        yield started


@pytest.fixture
def desk(sandbox: Any) -> Desk:
    options = helpdesk.load("zendesk").Options(**sandbox.options())
    return Desk("acme", "zendesk", options, fields={"order.number": "107"}, shop="Shop",
                marketplaces={"rakuten@shop.example.com": "rakuten_fr"})


def outcomes(published: list[helpdesk.Published]) -> Counter[str]:
    return Counter(one.outcome for one in published)


def test_a_dry_run_writes_nothing(sandbox: Any, desk: Desk, office: Office, tmp_path: Path) -> None:
    done = outcomes(publish(desk, office, tmp_path / "map.json", dry_run=True))

    assert done["created"]
    assert not sandbox.account.macros
    assert not list(tmp_path.iterdir())


def test_a_second_run_changes_nothing_and_an_agents_edit_stays(
    sandbox: Any, desk: Desk, office: Office, tmp_path: Path
) -> None:
    id_map = tmp_path / "var" / "map.json"
    first = outcomes(publish(desk, office, id_map, dry_run=False))
    before = {number: dict(macro) for number, macro in sandbox.account.macros.items()}
    second = outcomes(publish(desk, office, id_map, dry_run=False))
    edited = next(iter(sandbox.account.macros.values()))
    edited["actions"] = [{"field": "comment_value", "value": "our own words"}]
    third = outcomes(publish(desk, office, id_map, dry_run=False))

    assert first["created"] == len(before) > 30
    assert second == {"unchanged": first["created"], "left_out": first["left_out"]}
    assert third["edited_by_agent"] == 1
    assert edited["actions"][0]["value"] == "our own words"


def test_the_menu_says_marketplace_issue_and_move_and_facts_are_placeholders(
    sandbox: Any, desk: Desk, office: Office, tmp_path: Path
) -> None:
    publish(desk, office, tmp_path / "map.json", dry_run=False)

    macros = list(sandbox.account.macros.values())
    assert all(macro["title"].count("::") == 2 for macro in macros)
    assert any(macro["title"].startswith("Rakuten France::") for macro in macros)
    fields = {action["field"] for macro in macros for action in macro["actions"]}
    assert "current_tags" in fields
    assert "set_tags" not in fields
    texts = "".join(str(action["value"]) for macro in macros for action in macro["actions"])
    assert set(re.findall(r"\{\{(.*?)\}\}", texts)) <= {"ticket.ticket_field_107"}


def test_a_macro_that_needs_what_the_desk_has_no_field_for_stays_out(
    sandbox: Any, desk: Desk, office: Office, tmp_path: Path
) -> None:
    published = publish(desk, office, tmp_path / "map.json", dry_run=False)

    left_out = [one for one in published if one.outcome == "left_out"]
    assert any("shipping.tracking_number" in one.why for one in left_out)


def test_macros_of_marketplaces_that_the_desk_does_not_serve_stay_away(desk: Desk, office: Office) -> None:
    client = helpdesk.load("zendesk").connect(desk)
    elsewhere = replace(desk, marketplaces={"taobao@shop.example.com": "taobao"})

    here = {macro.key for macro in native_macros(desk, office, client)}
    there = {macro.key for macro in native_macros(elsewhere, office, client)}

    assert any("withdraw_on_rakuten" in key for key in here)
    assert not any("withdraw_on_rakuten" in key for key in there)


def test_a_click_sends_no_buyer_what_is_meant_for_somebody_else(desk: Desk, office: Office) -> None:
    client = helpdesk.load("zendesk").connect(desk)
    public = {macro.key.partition("/")[0] for macro in native_macros(desk, office, client) if macro.public}
    private = [macro for macro in native_macros(desk, office, client) if not macro.public]

    assert public == {"buyer", "platform", "carrier"}
    assert {"platform", "carrier", "internal"} == {macro.key.partition("/")[0] for macro in private}
    assert not any(macro.tags for macro in private)  # they say nothing about the language of whoever wrote


@pytest.mark.parametrize("broken", ["{", "[]"])
def test_a_broken_id_map_is_named(desk: Desk, office: Office, tmp_path: Path, broken: str) -> None:
    id_map = tmp_path / "map.json"
    id_map.write_text(broken)

    with pytest.raises(BadInput, match=r"map\.json: not a map of published macros"):
        publish(desk, office, id_map, dry_run=False)
