"""Imports go down the list in docs/why/house.md and never up; the middle stays pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

PLUGIN = Path(str(files("comptoir")))
HOOKS = Path(str(files("comptoir.hooks")))

#: from the top of the house to its ground; a module imports its own level or a lower one
LEVELS = (
    ("__main__", "cli", "commands", "server", "preview_server", "preview_gate", "doctor", "demo"),
    ("settings", "tables"),
    ("workflow",),
    ("publish",),
    ("corrections",),
    ("counter",),
    ("hooks",),
    ("helpdesk", "rest"),
    ("update", "note"),
    ("trace", "trace_page", "rulebook", "proofread", "translation", "lint", "reply", "macros", "localised", "sandbox",
     "filters", "formats", "catalogue", "evaluate_page", "preview"),
    ("advice", "cases", "evidence", "remedies", "deadlines", "duties", "formulas", "evaluate", "gold",
      "thresholds", "labels", "features"),
    ("classify",),
    ("rules", "packread", "casefile", "remedy", "formula", "guide", "pack", "checklist", "checks", "crosscheck",
     "patterns", "yamlfile", "explain"),
    ("text", "quoted", "ticket", "clock", "duration", "logs", "measures", "database"),
    ("errors",),
)
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
#: may not touch network, environment, wall clock, randomness or the durable engine
PURE = {
    "classify", "deadlines", "duties", "remedies", "formulas", "reply", "macros", "localised", "sandbox", "filters",
    "formats", "catalogue", "lint", "update", "note", "advice", "evidence", "trace", "trace_page", "rulebook",
    "counter", "clock", "text", "quoted", "ticket", "cases", "evaluate", "evaluate_page", "gold", "measures",
    "preview", "thresholds", "labels", "features",
}
IMPURE_MODULES = {
    "requests", "urllib", "http", "socket", "os", "time", "random", "secrets", "subprocess", "dbos", "tenacity",
}


def modules() -> list[tuple[str, Path]]:
    """(first part below `comptoir`, file) for every Python file that ships."""
    found = [(path.relative_to(PLUGIN).parts[0].removesuffix(".py"), path) for path in sorted(PLUGIN.rglob("*.py"))]
    # in an installation the data folders and the helpdesks stand inside the package
    found = [(part, path) for part, path in found if part not in ("__init__", "packs", "hooks", "templates", "locales")]
    return found + [("hooks", path) for path in sorted(HOOKS.rglob("*.py"))]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute imports of a file as (dotted name, line), those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if node.module == "comptoir":
                yield from ((f"comptoir.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


@pytest.mark.parametrize(("part", "path"), modules(), ids=lambda value: str(getattr(value, "name", value)))
def test_a_module_imports_its_own_level_or_a_lower_one(part: str, path: Path) -> None:
    assert part in LEVEL, f"{path.name}: say in tests/test_imports.py and docs/why/house.md where {part} lives"
    wrong = [
        f"{path.name}:{line}: {part} may not import {name}"
        for name, line in imports(path)
        if name.startswith("comptoir.")
        and (target := name.split(".")[1]) not in ("packs", "templates", "locales", "__version__")
        and LEVEL.get(target, -1) < LEVEL[part]
    ]

    assert not wrong


@pytest.mark.parametrize(("part", "path"), modules(), ids=lambda value: str(getattr(value, "name", value)))
def test_the_middle_is_pure_and_the_engine_and_the_environment_have_one_door(part: str, path: Path) -> None:
    names = {name.split(".")[0]: line for name, line in imports(path)}
    source = path.read_text(encoding="utf-8")

    assert "dbos" not in names or part == "workflow"
    assert not re.search(r"\benviron\b|\bgetenv\b", source) or part == "settings"
    assert part not in PURE or not (names.keys() & IMPURE_MODULES), f"{path.name} is in the pure middle"
    assert part not in PURE or "now(" not in source.replace("def now(", ""), f"{path.name} reads the clock"


def test_nobody_imports_a_helpdesk_by_name() -> None:
    kinds = {path.name for path in HOOKS.iterdir() if (path / "__init__.py").exists()}

    assert kinds
    assert not [name for _, path in modules() for name, _ in imports(path)
                if name.startswith("comptoir.hooks.") and name.split(".")[2] in kinds]
