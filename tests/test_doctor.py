"""`comptoir doctor`: what is well, and what to mend, tried for real."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Store

from comptoir import doctor, workflow
from comptoir.counter import Office
from comptoir.helpdesk import Delivery
from comptoir.workflow import Engine


def settings(zendesk: Any, folder: Path, port: int = 0, **changed: str) -> Path:
    options = "".join(f'{key} = "{value}"\n' for key, value in {**zendesk.options(), **changed}.items())
    file = folder / "comptoir.toml"
    file.write_text(f'[server]\nport = {port}\n[desks.acme]\nkind = "zendesk"\n{options}', "utf-8")
    return file


def amiss(file: Path) -> list[str]:
    return [finding.text for finding in doctor.examine(file) if not finding.well]


def test_nothing_is_amiss_with_what_works(zendesk: Any, tmp_path: Path) -> None:
    found = list(doctor.examine(settings(zendesk, tmp_path)))

    assert [finding.text for finding in found if not finding.well] == []
    assert {text.partition(":")[0] for text in (finding.text for finding in found)} == {
        "settings", "packs", "store", "server", "desks.acme"
    }


def test_wrong_settings_are_named_one_a_line_and_nothing_else_is_tried(tmp_path: Path) -> None:
    file = tmp_path / "comptoir.toml"
    file.write_text("local = 'fr'\nagent_locale = 'xx'", "utf-8")

    assert sorted(text.removeprefix(f"{file}: ").partition(":")[0] for text in amiss(file)) == ["agent_locale", "local"]


def test_settings_without_a_desk_are_amiss(tmp_path: Path) -> None:
    (tmp_path / "comptoir.toml").write_text("", "utf-8")

    assert ["desks is missing" in text for text in amiss(tmp_path / "comptoir.toml")] == [True]


def test_refused_credentials_are_amiss_and_not_shown(zendesk: Any, tmp_path: Path) -> None:
    found = amiss(settings(zendesk, tmp_path, client_secret="s3cret"))

    assert [text.startswith("desks.acme: credentials are refused") for text in found] == [True]
    assert "s3cret" not in found[0]


def test_a_helpdesk_that_does_not_answer_is_amiss(zendesk: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]

    assert ["desks.acme: no answer" in text for text in amiss(
        settings(zendesk, tmp_path, base_url=f"http://127.0.0.1:{closed}"))] == [True]


def test_a_store_that_cannot_be_opened_is_amiss_and_the_desk_is_tried_all_the_same(
    zendesk: Any, tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")

    found = list(doctor.examine(settings(zendesk, tmp_path)))

    assert ["store.url" in finding.text for finding in found if not finding.well] == [True]
    assert [finding for finding in found if finding.text.startswith("desks.acme")]


def test_an_address_that_is_taken_is_amiss(zendesk: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = amiss(settings(zendesk, tmp_path, taken.getsockname()[1]))

    assert ["server.port" in text for text in found] == [True]


@pytest.mark.parametrize(("minutes", "name"), [(9, None), (11, "w2")])
def test_work_that_waits_for_a_worker_that_is_gone_is_found(
    begin: Callable[..., Engine], store: Store, office: Office, minutes: int, name: str | None
) -> None:
    engine = begin(store.url, office, {}, run_worker=False)
    engine.accept("acme", Delivery("d1", "changed", "7")).result()
    engine.stop()
    store.rows("UPDATE workflow_status SET status = 'PENDING', executor_id = 'w2', "
               f"started_at_epoch_ms = created_at - {minutes * 60_000}")

    assert workflow.stuck(store.url) == ({name: 1} if name else {})
