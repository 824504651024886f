"""Commands that stay or reach out: `serve`, `worker`, `demo`, `preview`, `desk publish`.

What they run they import themselves: the engine and the web server take longer to load than most commands to run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from comptoir import settings
from comptoir.errors import BadInput, StoreDown

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="comptoir.toml; without it the one in this folder.")
]


def serve(settings_file: SettingsFile = None) -> None:
    """Take webhooks and work on them, in one process, until Ctrl-C or SIGTERM."""
    from comptoir import server

    server.serve(settings.read(settings_file))


def worker(settings_file: SettingsFile = None) -> None:
    """Work without taking webhooks, beside other processes on one PostgreSQL, until Ctrl-C or SIGTERM."""
    read = settings.read(settings_file)
    if read.store_url.startswith("sqlite:"):
        raise BadInput("a SQLite store has one process, `comptoir serve`; for more, set store.url to PostgreSQL")
    from comptoir import server

    server.work(read)


def demo(
    once: Annotated[bool, typer.Option(help="End by itself when all is done (also: DEMO_ONCE=1).")] = False,
    picture: Annotated[Path | None, typer.Option(help="Also draw the table into this SVG file.")] = None,
) -> None:
    """Watch about twenty tickets arrive as signed webhooks and go back with tags, deadlines and replies.

    Everything runs on this machine: a stand-in for Zendesk, the server, the store. No account is needed.
    """
    from comptoir import demo as demonstration

    try:
        demonstration.run(Console(record=picture is not None), once=once or settings.demo_once(), picture=picture)
    except StoreDown as error:
        raise BadInput(str(error)) from error


def preview(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8090,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
    templates: Annotated[Path | None, typer.Option("--templates", help="Templates in this folder.")] = None,
    locales: Annotated[Path | None, typer.Option("--locales", help="Catalogues in this folder.")] = None,
    packs: Annotated[Path | None, typer.Option("--packs", help="Packs in this folder.")] = None,
) -> None:
    """Read the macros in the browser: all locales side by side, with their rules, messages and gaps.

    On this machine alone, until Ctrl-C. Edit a PO file, a template or a pack, and reload the page.
    """
    for folder in (templates, locales, packs):
        if folder is not None and not folder.is_dir():
            raise BadInput(f"{folder} is no folder")
    from comptoir import preview_server
    from comptoir.preview.shelf import Shelf

    preview_server.serve(
        Shelf(templates, locales, packs), port, browse=browse,
        show=lambda address: typer.echo(f"The preview is at {address}; Ctrl-C ends it."),
    )


def publish(
    desk: Annotated[str, typer.Argument(help="A desk of comptoir.toml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, write nothing.")] = False,
    settings_file: SettingsFile = None,
) -> None:
    """Create and update native macros in the helpdesk, one per locale. What agents edited is left alone."""
    read = settings.read(settings_file)
    known = read.need_desks()
    if desk not in known:
        raise BadInput(f"no desk {desk!r} in {read.file}; there are {', '.join(known)}")
    from comptoir import publish as publishing
    from comptoir.counter import open_office

    console = Console()
    with console.status(f"publishing to {desk}"):
        published = publishing.publish(known[desk], open_office(), read.state_file(f"{desk}.macros.json"), dry_run)
    table = Table("outcome", "macro", "title", "why", title=f"{desk}: macros" + (" (dry run)" if dry_run else ""))
    for macro in sorted(published, key=lambda it: (it.outcome, it.key)):
        table.add_row(macro.outcome, macro.key, macro.title, macro.why)
    console.print(table)
