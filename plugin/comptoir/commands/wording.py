"""`comptoir locales`: the commands of translators. Babel underneath; the files change only when a message does."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from comptoir import proofread, rules, translation
from comptoir.catalogue import DOMAIN, SOURCE, parse, po_path
from comptoir.errors import BadInput, BadPack

app = typer.Typer(help="The catalogues: bring them up to date, see how far they are, check them, start a new one.",
                  no_args_is_help=True)
Templates = Annotated[Path | None, typer.Option(help="Templates in this folder instead of the shipped ones.")]
Locales = Annotated[Path | None, typer.Option("--locales", help="Catalogues in this folder.")]


@app.command()
def extract(templates: Templates = None, locales: Locales = None) -> None:
    """Write comptoir.pot, the list of all messages."""
    path = _folder("locales", locales) / f"{DOMAIN}.pot"
    path.write_bytes(translation.written(translation.extract(rules.load(), _folder("templates", templates))))
    typer.echo(f"{path} is written")


@app.command()
def update(templates: Templates = None, locales: Locales = None) -> None:
    """Bring comptoir.pot and every catalogue up to date with templates, names and packs."""
    changed = translation.update(rules.load(), _folder("templates", templates), _folder("locales", locales))
    for path in changed:
        typer.echo(f"{path} is written")
    if not changed:
        typer.echo("all up to date")


@app.command()
def status(templates: Templates = None, locales: Locales = None) -> None:
    """How far each locale is. Exit 1 when one is not done."""
    template = translation.extract(rules.load(), _folder("templates", templates))
    folder = _folder("locales", locales)
    done = True
    for locale, source in _sources(folder).items():
        catalog, faults = parse(source, locale, f"locales/{po_path(locale)}")
        if catalog is None:
            raise BadPack(faults)
        found = translation.status(catalog, locale, template)
        done = done and found.done == found.total
        typer.echo(f"{locale:8} {found.percent:3} %  {found.done} of {found.total}"
                   f"{f', {found.fuzzy} fuzzy' if found.fuzzy else ''}")
    if not done:
        raise typer.Exit(1)


@app.command()
def check(templates: Templates = None, locales: Locales = None) -> None:
    """Read every message like a strict proofreader. Exit 1 and file:line for each fault."""
    faults = proofread.check(rules.load(), templates, locales)
    for fault in faults:
        typer.echo(str(fault))
    if faults:
        raise typer.Exit(1)
    typer.echo("no faults")


@app.command()
def init(locale: Annotated[str, typer.Argument(help="As in de, pt_BR, zh_Hant.")],
         templates: Templates = None, locales: Locales = None) -> None:
    """Start a catalogue for a new locale."""
    path = translation.init(rules.load(), _folder("templates", templates), _folder("locales", locales), locale)
    typer.echo(f"{path} is written. Translate it, then `comptoir locales check`.")


def _folder(name: str, given: Path | None) -> Path:
    folder = given or Path(str(files(f"comptoir.{name}")))
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder; say where the {name} are with --{name}")
    return folder


def _sources(folder: Path) -> Mapping[str, bytes]:
    """Every locale's file, the one all others are translated from first."""
    found = {path.parts[-3]: path.read_bytes() for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return dict(sorted(found.items(), key=lambda entry: (entry[0] != SOURCE, entry[0])))
