"""`comptoir locales`: what translators type, and what it answers."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comptoir.cli import app


@pytest.fixture
def words(tmp_path: Path) -> Path:
    for name in ("templates", "locales"):
        shutil.copytree(str(files(f"comptoir.{name}")), tmp_path / name)
    return tmp_path


def run(words: Path, *command: str) -> tuple[int, str]:
    options = ["--templates", str(words / "templates"), "--locales", str(words / "locales")]
    done = CliRunner().invoke(app, ["locales", *command, *options], catch_exceptions=False)
    return done.exit_code, done.output


def test_nothing_is_written_where_all_is_up_to_date(words: Path) -> None:
    assert run(words, "update") == (0, "all up to date\n")


def test_status_says_how_far_each_locale_is_english_first(words: Path) -> None:
    code, output = run(words, "status")

    assert code == 0
    assert [line.split()[:2] for line in output.splitlines()] == [
        ["en", "100"], ["fr", "100"], ["zh_Hans", "100"], ["zh_Hant", "100"]]


def test_status_and_check_fail_on_a_hole(words: Path) -> None:
    po = words / "locales/fr/LC_MESSAGES/comptoir.po"
    po.write_text(po.read_text("utf-8").replace('msgstr "Autre sujet"', 'msgstr ""'), "utf-8")

    assert run(words, "status")[0] == 1
    code, output = run(words, "check")
    assert code == 1
    assert "'Other subject': not translated" in output


def test_extract_writes_the_list_of_messages(words: Path) -> None:
    (words / "locales/comptoir.pot").unlink()

    assert run(words, "extract")[0] == 0
    assert run(words, "check") == (0, "no faults\n")


def test_a_new_locale_is_started_and_then_all_but_done(words: Path) -> None:
    assert run(words, "init", "de")[0] == 0
    assert "de         0 %" in run(words, "status")[1]
