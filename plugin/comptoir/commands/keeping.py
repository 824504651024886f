"""Commands for those who keep it: `check` (packs, templates, catalogues), `init` and `doctor` (settings, store, desks)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from comptoir import doctor as doctoring
from comptoir import proofread, rules, settings
from comptoir.cases import run_cases
from comptoir.counter import open_office
from comptoir.errors import BadPack, Fault


def check(
    packs: Annotated[Path | None, typer.Option(help="Packs in this folder instead of the shipped ones.")] = None,
    templates: Annotated[Path | None, typer.Option(help="Templates in this folder.")] = None,
    catalogues: Annotated[Path | None, typer.Option("--locales", help="Catalogues in this folder.")] = None,
    schemas: Annotated[Path | None, typer.Option(help="Write the packs' JSON Schemas for editors into this folder.")] = None,
) -> None:
    """Check every pack with its cases, every template and every catalogue. Exit 1 and file:line for each fault."""
    if schemas is not None:
        _write_schemas(schemas)
    faults: list[Fault] = []
    try:
        office = open_office(packs, templates, catalogues)
    except BadPack as error:
        faults += error.faults
    else:
        faults += run_cases(office.packs, office.classifier.read)
        faults += proofread.check(office.packs, templates, catalogues)
    for fault in sorted(faults):
        typer.echo(str(fault))
    if faults:
        typer.echo(f"{len(faults)} fault(s)", err=True)
        raise typer.Exit(1)
    typer.echo(f"{len(office.packs.packs)} packs, {len(office.macros.macros)} macros, "
               f"{len(office.macros.locales)} locales: no faults")


def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path(settings.FILE),
) -> None:
    """Write a commented comptoir.toml. It never overwrites one."""
    settings.write_example(file)
    typer.echo(f"{file} is written. Next: fill in your desk, then `comptoir doctor`.")


def doctor(
    settings_file: Annotated[Path | None, typer.Option("--settings", help="comptoir.toml.")] = None,
) -> None:
    """Try the settings, the store and every desk's credentials, and say what to mend. Exit 1 when something is amiss."""
    console = Console(highlight=False)
    sick = False
    for finding in doctoring.examine(settings_file):
        sick = sick or not finding.well
        console.print(f"[green]ok[/]   {finding.text}" if finding.well else f"[red]mend[/] {finding.text}")
    if sick:
        raise typer.Exit(1)


def _write_schemas(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind in rules.FILES:
        text = json.dumps(rules.schema(kind), indent=2, ensure_ascii=False)
        (folder / f"{kind}.schema.json").write_text(text + "\n", encoding="utf-8")
