"""Commands for those who keep it: `check` (packs, templates, catalogues), `init`, `doctor` (settings, store, desks)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from comptoir import macros, proofread, rulebook, rules, settings, trace_page
from comptoir import trace as tracing
from comptoir.cases import run_cases
from comptoir.counter import open_office
from comptoir.errors import BadInput, BadPack, Fault


def check(
    packs: Annotated[Path | None, typer.Option(help="Packs in this folder instead of the shipped ones.")] = None,
    templates: Annotated[Path | None, typer.Option(help="Templates in this folder.")] = None,
    catalogues: Annotated[Path | None, typer.Option("--locales", help="Catalogues in this folder.")] = None,
    schemas: Annotated[Path | None, typer.Option(help="Write the packs' JSON Schemas, for editors, here.")] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Also tell what became of every row of the guides.")] = False,
    page: Annotated[Path | None, typer.Option(help="With --trace: write it into this file as a page.")] = None,
    today: Annotated[str | None, typer.Option(help="Pretend it is this day, for what was verified long ago.")] = None,
) -> None:
    """Check every pack with its cases, every template and every catalogue. Exit 1 and file:line for each fault.

    What was verified more than a year ago is a warning and no fault.
    """
    day = _day(today)
    if schemas is not None:
        _write_schemas(schemas)
    faults: list[Fault] = []
    try:
        office = open_office(packs, templates, catalogues)
    except BadPack as error:
        faults += error.faults
    else:
        faults += run_cases(office.packs, office.classifier.read)
        shipped = rules.load() if packs is not None and catalogues is None else None
        faults += proofread.check(office.packs, templates, catalogues, translated=shipped, loaded=office.macros)
        for old in rulebook.stale(office.packs, day):
            typer.echo(f"warning: {old}", err=True)
        if trace or page is not None:
            faults += _trace(office.packs, templates, page)
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
    """Try the settings, the store and every desk's credentials, and say what to mend. Exit 1 when there is."""
    from comptoir import doctor as doctoring  # only here: it brings the engine

    console = Console(highlight=False)
    sick = False
    for finding in doctoring.examine(settings_file):
        sick = sick or not finding.well
        console.print(f"[green]ok[/]   {finding.text}" if finding.well else f"[red]mend[/] {finding.text}")
    if sick:
        raise typer.Exit(1)


def _trace(packs: rules.Packs, templates: Path | None, page: Path | None) -> list[Fault]:
    sources, _ = macros.read_sources(templates if templates is not None else files("comptoir.templates"))
    found = tracing.trace(packs, sources)
    for line in trace_page.lines(found):
        typer.echo(line)
    typer.echo(f"{found.accounted} of {len(found.targets)} rows accounted for")
    if page is not None:
        page.write_text(trace_page.page(found, packs), encoding="utf-8")
    return list(found.faults)


def _day(text: str | None) -> date:
    try:
        return datetime.now(UTC).date() if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--today {text}: not a day; write year-month-day, as in 2026-11-22") from error


def _write_schemas(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind in rules.FILES:
        text = json.dumps(rules.schema(kind), indent=2, ensure_ascii=False)
        (folder / f"{kind}.schema.json").write_text(text + "\n", encoding="utf-8")
