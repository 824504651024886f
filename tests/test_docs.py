"""The docs name what there is: every command, setting, marketplace, helpdesk and locale; their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
from conftest import macros, packs

from comptoir import helpdesk, settings
from comptoir.cli import app

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.checkout
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def text() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def commands(group: object, prefix: str = "comptoir") -> list[str]:
    found: list[str] = []
    for name, command in getattr(group, "commands", {}).items():
        found += commands(command, f"{prefix} {name}") or [f"{prefix} {name}"]
    return found


def test_every_command_is_described() -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    names = commands(typer.main.get_command(app))

    assert "comptoir demo" in names
    assert not [name for name in names if f"`{name}" not in reference]


def test_every_setting_is_described() -> None:
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")

    assert not [name for name in settings.names() if f"`{name}`" not in reference]


@pytest.mark.parametrize("what", ["marketplaces", "helpdesks", "locales"])
def test_the_readme_names_every(what: str) -> None:
    names = {
        "marketplaces": [pack.name["en"] for pack in packs().marketplaces.values()],
        "helpdesks": [name.title() for name in helpdesk.names()],
        "locales": list(macros().locales),
    }[what]

    assert names
    assert not [name for name in names if name not in (ROOT / "README.md").read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not link.startswith("mailto:")
              and not (page.parent / link).exists()]

    assert not broken
