"""Native Zendesk macros: what is left alone first, then what is written, all through the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from comptoir import helpdesk
from comptoir.errors import BadInput
from comptoir.helpdesk import Desk, NativeMacro

zendesk = helpdesk.load("zendesk")
Sandbox: Any = helpdesk.load_part("zendesk", "sandbox").Sandbox

LATE = NativeMacro(
    "buyer/late.fr", "Rakuten FR::Colis en retard",
    "Bonjour {{ticket.requester.first_name}},\n\nVotre colis est en retard.", ("reply_late",),
)
LOST = NativeMacro("buyer/lost.fr", "Rakuten FR::Colis perdu", "Bonjour,\nVotre colis est perdu.")
NEEDS = NativeMacro("buyer/refund.fr", "Rakuten FR::Remboursement", "", missing=("refund.amount",))


@pytest.fixture
def sandbox() -> Iterator[Any]:
    with Sandbox(page_size=2) as running:
        yield running


@pytest.fixture
def client(sandbox: Any) -> Any:
    return zendesk.connect(Desk("acme", "zendesk", zendesk.Options(**sandbox.options(), strict=True)))


def outcomes(client: Any, macros: list[NativeMacro], known: dict[str, Any], *, dry_run: bool = False) -> Any:
    done, known = client.publish(macros, known, dry_run)
    return {row.key: row.outcome for row in done}, known


def writes(sandbox: Any) -> list[Any]:
    return [r for r in sandbox.requests if r.method != "GET" and r.path.startswith("/api")]


# -- left alone


def test_a_dry_run_writes_nothing_and_says_the_same(sandbox: Any, client: Any) -> None:
    rehearsed, known = outcomes(client, [LATE, LOST, NEEDS], {}, dry_run=True)
    assert (writes(sandbox), known) == ([], {})
    assert outcomes(client, [LATE, LOST, NEEDS], {})[0] == rehearsed


def test_a_second_run_writes_nothing(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE, LOST], {})
    before = len(writes(sandbox))
    assert outcomes(client, [LATE, LOST], known) == ({LATE.key: "unchanged", LOST.key: "unchanged"}, known)
    assert len(writes(sandbox)) == before


def test_a_lost_id_map_makes_no_twins(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE, LOST], {})
    assert outcomes(client, [LATE, LOST], {}) == ({LATE.key: "unchanged", LOST.key: "unchanged"}, known)
    assert len(sandbox.account.macros) == 2


def test_a_macro_that_needs_more_stays_out_and_says_what(client: Any, sandbox: Any) -> None:
    (row,), known = client.publish([NEEDS], {}, False)
    assert (row.outcome, known, sandbox.account.macros) == ("left_out", {}, {})
    assert "refund.amount" in row.why


@pytest.mark.parametrize("edit", [
    {"title": "Our own title"}, {"active": False},
    {"actions": [{"field": "comment_value", "value": "An agent's better words"}]},
])
def test_an_agents_edit_is_left_alone(edit: dict[str, Any], sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE], {})
    (macro,) = sandbox.account.macros.values()
    macro.update(edit)
    edited = dict(macro)
    for memory in (known, {}):
        assert outcomes(client, [replace(LATE, text="New words")], memory)[0] == {LATE.key: "edited_by_agent"}
        assert outcomes(client, [], memory)[0] == {LATE.key: "edited_by_agent"}
    assert sandbox.account.macros == {macro["id"]: edited}


def test_macros_that_are_not_ours_are_never_touched(sandbox: Any, client: Any) -> None:
    theirs = {"title": LATE.title, "actions": [{"field": "status", "value": "solved"}]}
    sandbox.account.put_macro(None, theirs)
    outcomes(client, [LATE], {})
    first, second = sandbox.account.macros.values()
    assert first["actions"] == theirs["actions"]
    assert second["id"] != first["id"]


def test_zendesks_own_spelling_is_no_edit(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE], {})
    (macro,) = sandbox.account.macros.values()
    macro["actions"] = [
        {"field": a["field"], "value": True if a["value"] == "true" else a["value"].replace("\n", "\r\n")}
        for a in reversed(macro["actions"])
    ]
    assert outcomes(client, [LATE], known)[0] == {LATE.key: "unchanged"}


@pytest.mark.parametrize("entry", [None, "9001", {"id": "9001"}, {"id": 9001, "sent": "x", "stands": "x"}])
def test_a_broken_id_map_is_refused_before_anything_is_written(entry: Any, sandbox: Any, client: Any) -> None:
    with pytest.raises(BadInput, match=r"buyer/late\.fr"):
        client.publish([LATE], {LATE.key: entry}, False)
    assert sandbox.account.macros == {}


# -- written


def test_created(sandbox: Any, client: Any) -> None:
    assert outcomes(client, [LATE], {})[0] == {LATE.key: "created"}
    (macro,) = sandbox.account.macros.values()
    assert macro["title"] == LATE.title
    assert macro["restriction"] is None
    assert {a["field"]: a["value"] for a in macro["actions"]} == {
        "comment_value": LATE.text, "comment_mode_is_public": "true", "current_tags": "reply_late",
    }


def test_a_macro_that_is_not_for_the_tickets_sender_is_an_internal_comment(sandbox: Any, client: Any) -> None:
    outcomes(client, [replace(LATE, public=False)], {})
    (macro,) = sandbox.account.macros.values()
    assert {a["field"]: a["value"] for a in macro["actions"]}["comment_mode_is_public"] == "false"


def test_an_update_sends_every_action_again_and_never_set_tags(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE], {})
    result, after = outcomes(client, [replace(LATE, title="Rakuten FR::En retard")], known)
    assert result == {LATE.key: "updated"}
    assert after[LATE.key]["id"] == known[LATE.key]["id"]
    fields = [a["field"] for a in writes(sandbox)[-1].body["macro"]["actions"]]
    assert fields == ["comment_value", "comment_mode_is_public", "current_tags"]


def test_a_deleted_macro_is_made_again(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE], {})
    sandbox.account.macros.clear()
    result, after = outcomes(client, [LATE], known)
    assert result == {LATE.key: "created"}
    assert after[LATE.key]["id"] != known[LATE.key]["id"]


def test_a_macro_no_longer_wanted_is_switched_off_once(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE, LOST], {})
    result, known = outcomes(client, [LOST], known)
    assert result == {LOST.key: "unchanged", LATE.key: "retired"}
    retired = next(m for m in sandbox.account.macros.values() if m["title"] == LATE.title)
    assert retired["active"] is False
    assert retired["actions"]
    for memory in (known, {}):
        assert outcomes(client, [LOST], memory)[0] == {LOST.key: "unchanged"}


def test_a_published_macro_whose_field_is_gone_is_switched_off(sandbox: Any, client: Any) -> None:
    _, known = outcomes(client, [LATE], {})
    done, _ = client.publish([replace(LATE, missing=("order.number",))], known, False)
    assert [row.outcome for row in done] == ["left_out", "retired"]


# -- placeholders


@pytest.mark.parametrize(("path", "text"), [
    ("order.total", None), ("no.such.fact", None), ("", None),
    ("order.number", "{{ticket.ticket_field_360001}}"), ("requester.name", "{{ticket.requester.first_name}}"),
    ("agent.name", "{{current_user.first_name}}"), ("ticket.id", "{{ticket.id}}"), ("shop", "Maison Exemple"),
])
def test_placeholder(path: str, text: str | None, sandbox: Any) -> None:
    options = zendesk.Options(**sandbox.options())
    desk = Desk("acme", "zendesk", options, {"order.number": "360001"}, shop="Maison Exemple")
    assert zendesk.connect(desk).placeholder(path) == text
