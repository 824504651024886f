"""Helpdesk folders are found and loaded by name, and every one keeps the contract of `Helpdesk.receive`.

The second half runs for each folder under hooks/ by itself, on the recorded requests in its fixtures/:
desk.json says the options and when the deliveries were signed; deliveries/, refused/ and malformed/ hold one request a
file. A new helpdesk gets these tests by adding the files.
"""

from __future__ import annotations

import inspect
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from comptoir import errors, helpdesk
from comptoir.errors import BadSettings, RejectedDelivery
from comptoir.helpdesk import Delivery, Desk, Helpdesk, read_fields

HOOKS = Path(__file__).parent.parent / "hooks"


# -- found and loaded by name


@pytest.mark.parametrize("kind", ["", "nosuch", "../zendesk", "zendesk.webhook", "fixtures"])
def test_load_refuses_what_is_no_folder(kind: str) -> None:
    with pytest.raises(BadSettings, match=r"there are: .*zendesk"):
        helpdesk.load(kind)


def test_names_are_the_folders() -> None:
    assert helpdesk.names() == tuple(sorted(p.parent.name for p in HOOKS.glob("*/fixtures")))


@pytest.mark.parametrize("kind", helpdesk.names())
def test_load_gives_a_helpdesk(kind: str) -> None:
    module = helpdesk.load(kind)
    for member in ("receive", "connect"):
        # the parameters the Protocol names, in its order, without `self`
        wanted = list(inspect.signature(getattr(Helpdesk, member)).parameters)[1:]
        assert list(inspect.signature(getattr(module, member)).parameters) == wanted
    assert module.Options.model_config["extra"] == "forbid"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty helpdesk folder `halfdone` beside the real ones."""
    made = tmp_path / "halfdone"
    made.mkdir()
    monkeypatch.setattr("comptoir.hooks.__path__", [str(tmp_path)])
    monkeypatch.setattr("comptoir.helpdesk.resources.files", lambda package: tmp_path)
    yield made
    for name in [name for name in sys.modules if name.startswith("comptoir.hooks.halfdone")]:
        del sys.modules[name]


def test_a_fault_inside_a_folder_is_raised_with_its_name(folder: Path) -> None:
    (folder / "__init__.py").write_text("import a_module_that_is_not_installed\n")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_installed") as caught:
        helpdesk.load("halfdone")
    assert any("hooks/halfdone" in note for note in caught.value.__notes__)


def test_a_folder_that_offers_less_is_refused_by_what_it_lacks(folder: Path) -> None:
    (folder / "__init__.py").write_text("Options = None\n")
    with pytest.raises(BadSettings, match=r"halfdone.*lacks receive, connect"):
        helpdesk.load("halfdone")


# -- vendor fields to facts


DESK = Desk("acme", "zendesk", None, fields={
    "order.number": "1", "order.placed_at": "2", "order.total": "3", "order.virtual": "4", "shipping.mode": "5",
    "reply_language": "6",
})


def test_fields_without_a_value_are_no_facts() -> None:
    fields, facts = read_fields(DESK, {"1": None, "2": "", "3": [], "99": "not ours"}, "7")
    assert fields == {}
    assert list(facts.known()) == []


def test_fields_become_facts() -> None:
    fields, facts = read_fields(DESK, {"1": 123, "2": "2026-11-10", "3": "89.90", "4": False, "6": "fr"}, "7")
    assert dict(facts.known()) == {
        "order.number": "123",
        "order.placed_at": datetime(2026, 11, 10, tzinfo=ZoneInfo("Europe/Paris")),
        "order.total": Decimal("89.90"),
        "order.virtual": False,
    }
    assert fields["reply_language"] == "fr"


@pytest.mark.parametrize(("id_", "value"), [
    ("2", "soon"), ("2", "2026-02-30"), ("2", "1700000000"), ("2", "2026-11-10T10:00:00"), ("3", "NaN"), ("3", "a lot"),
    ("4", "perhaps"), ("5", "by pigeon"),
])
def test_a_value_that_is_no_fact_is_left_out_with_a_warning_that_keeps_it_private(
    id_: str, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fields, facts = read_fields(DESK, {id_: value}, "7")
    assert list(facts.known()) == []
    assert len(fields) == 1
    assert "ticket 7" in caplog.text
    assert str(value) not in caplog.text


# -- the contract every helpdesk keeps


@dataclass(frozen=True)
class Recorded:
    """One request of a helpdesk's fixtures."""

    kind: str
    name: str
    headers: dict[str, str]
    body: bytes
    expect: dict[str, Any]


def recorded(folder: str) -> list[Any]:
    found = []
    for kind in helpdesk.names():
        for path in sorted((HOOKS / kind / "fixtures" / folder).glob("*.json")):
            data = json.loads(path.read_text("utf-8"))
            request = Recorded(kind, path.stem, data["headers"], data["body"].encode(), data["expect"])
            found.append(pytest.param(request, id=f"{kind}-{path.stem}"))
    return found


def setup(kind: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HOOKS / kind / "fixtures" / "desk.json").read_text("utf-8"))
    return data


def receive(request: Recorded, *, options: str = "options", late: float = 0.0, **changed: Any) -> Delivery:
    """What the helpdesk makes of the request, `late` seconds after it was signed."""
    data, module = setup(request.kind), helpdesk.load(request.kind)
    desk = Desk("acme", request.kind, module.Options(**data[options]))
    now = datetime.fromisoformat(data["signed_at"]) + timedelta(seconds=late)
    return module.receive(desk, changed.get("headers", request.headers), changed.get("body", request.body), now)


@pytest.mark.parametrize("kind", helpdesk.names())
def test_every_helpdesk_has_recorded_requests(kind: str) -> None:
    for folder in ("deliveries", "refused", "malformed"):
        assert any((HOOKS / kind / "fixtures" / folder).glob("*.json")), f"hooks/{kind}/fixtures/{folder} is empty"


@pytest.mark.parametrize("request_", recorded("refused"))
def test_refused(request_: Recorded) -> None:
    with pytest.raises(RejectedDelivery) as caught:
        receive(request_)
    assert caught.value.reason == request_.expect["reason"]


@pytest.mark.parametrize("request_", recorded("malformed"))
def test_malformed(request_: Recorded) -> None:
    with pytest.raises(getattr(errors, request_.expect["error"])) as caught:
        receive(request_)
    assert request_.expect["words"] in str(caught.value)


@pytest.mark.parametrize("request_", recorded("deliveries"))
class TestDelivery:
    def test_without_signature(self, request_: Recorded) -> None:
        signature = setup(request_.kind)["signature_header"]
        headers = {name: value for name, value in request_.headers.items() if name != signature}
        with pytest.raises(RejectedDelivery) as caught:
            receive(request_, headers=headers)
        assert caught.value.reason == "unsigned"

    def test_with_another_signature(self, request_: Recorded) -> None:
        signature = setup(request_.kind)["signature_header"]
        headers = {**request_.headers, signature: request_.headers[signature].swapcase()}
        with pytest.raises(RejectedDelivery):
            receive(request_, headers=headers)

    def test_with_one_byte_more(self, request_: Recorded) -> None:
        # the same JSON, so only a check on the raw bytes sees it
        with pytest.raises(RejectedDelivery):
            receive(request_, body=request_.body + b" ")

    @pytest.mark.parametrize("sign", [-1, 1])
    def test_freshness(self, request_: Recorded, sign: int) -> None:
        fresh = setup(request_.kind)["fresh_for_seconds"]
        assert receive(request_, late=sign * fresh).id
        with pytest.raises(RejectedDelivery) as caught:
            receive(request_, late=sign * (fresh + 1))
        assert caught.value.reason == "stale"

    def test_rotation(self, request_: Recorded) -> None:
        assert receive(request_, options="rotated") == receive(request_)
        with pytest.raises(RejectedDelivery):
            receive(request_, options="after_rotation")

    def test_every_attempt_has_the_same_id(self, request_: Recorded) -> None:
        assert receive(request_).id == receive(request_, late=60).id != ""

    def test_header_names_in_any_case(self, request_: Recorded) -> None:
        lower = {name.lower(): value for name, value in request_.headers.items()}
        assert receive(request_, headers=lower) == receive(request_)

    def test_what_it_is_about(self, request_: Recorded) -> None:
        delivery = receive(request_)
        assert {key: getattr(delivery, key) for key in request_.expect} == request_.expect


def test_ids_differ_between_deliveries() -> None:
    ids = [receive(param.values[0]).id for param in recorded("deliveries")]
    assert len(set(ids)) == len(ids)
