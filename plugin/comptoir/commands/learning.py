"""Commands for what agents correct: `correct` keeps one, `corrections` lists, exports and forgets them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from comptoir import helpdesk, labels, settings
from comptoir.classify.case import UNKNOWN
from comptoir.commands.streams import read_json
from comptoir.counter import open_office
from comptoir.errors import BadInput
from comptoir.explain import did_you_mean
from comptoir.labels import MAX_NOTE, Word
from comptoir.rules import Packs
from comptoir.settings import Settings
from comptoir.ticket import Ticket, read_ticket

if TYPE_CHECKING:
    from comptoir.corrections import Ledger

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="comptoir.toml; without it the one in this folder, if any.")
]
OfDesk = Annotated[str | None, typer.Option("--desk", help="Of this desk only.")]
OfLabel = Annotated[str | None, typer.Option("--label", help="issue, sender, marketplace or language only.")]

app = typer.Typer(help="What agents corrected: list, export, forget.", invoke_without_command=True)


def correct(
    ticket: Annotated[str, typer.Argument(help="A file with a ticket's JSON, -, or with --desk a ticket's number.",
                                          metavar="TICKET")],
    right: Annotated[list[str], typer.Argument(help="What is right: issue=…, sender=…, marketplace=…, language=…",
                                               metavar="label=value")],
    desk: Annotated[str | None, typer.Option(help="Fetch the ticket from this desk's helpdesk.")] = None,
    note: Annotated[str, typer.Option(help=f"Why, for whoever reads it; at most {MAX_NOTE} characters.")] = "",
    settings_file: SettingsFile = None,
) -> None:
    """Keep what is right about a ticket, to learn from it later. Nothing is written to the helpdesk, nothing retrains.

    Example: comptoir correct 35436 issue=refund_status --desk acme --note "asks when the money comes"
    """
    from comptoir.corrections import correction

    office, read = open_office(), settings.read(settings_file)
    told = _labels(right, office.packs)
    if len(note) > MAX_NOTE:
        raise BadInput(f"--note: at most {MAX_NOTE} characters, not {len(note)}")
    found = _fetch(ticket, desk, read)
    known = read.desks.get(desk or found.desk)
    case, _ = office.classifier.read(found, marketplaces=known.marketplaces if known else {})
    kept = [correction(found, case, Word(label, value), desk=desk or found.desk, at=datetime.now(UTC),
                       source="command", note=note) for label, value in told.items()]
    with _ledger(read) as ledger:
        ledger.add(kept)
    for one in kept:
        typer.echo(f"{one.label}: {one.told} ({one.confidence:.2f}) -> {one.right}")


@app.callback(invoke_without_command=True)
def corrections(
    context: typer.Context, desk: OfDesk = None, label: OfLabel = None,
    ticket: Annotated[str | None, typer.Option(help="Of this ticket only.")] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="JSON instead of a table.")] = False,
    settings_file: SettingsFile = None,
) -> None:
    """List what agents corrected, oldest first."""
    if context.invoked_subcommand:
        return
    from comptoir.corrections import as_json

    _check_label(label)
    with _ledger(settings.read(settings_file)) as ledger:
        found = list(ledger.corrections(desk=desk, label=label, ticket=ticket))
    if as_json_:
        typer.echo(json.dumps([as_json(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table(*("at", "ticket", "label", "told", "right", "by", "note"), box=box.SIMPLE, padding=0, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"  # a code cut short cannot be copied
    for one in found:
        cells = (f"{one.at:%Y-%m-%d %H:%M}", f"{one.desk}/{one.ticket}".removeprefix("/"), one.label,
                 f"{one.told} {one.confidence:.2f}", one.right or f"not {one.told}", one.source, one.note)
        table.add_row(*map(Text, cells))
    Console().print(table if found else "no corrections")


@app.command()
def export(
    out: Annotated[Path | None, typer.Option(help="Into this file instead of standard output.")] = None,
    desk: OfDesk = None, label: OfLabel = None,
    for_eval: Annotated[bool, typer.Option("--for-eval", help="Only lines that `comptoir eval` takes.")] = False,
    settings_file: SettingsFile = None,
) -> None:
    """Write JSON Lines to learn from: {"text", "gold", …} where texts are kept, else {"features", "gold", …}."""
    from comptoir.corrections import exported

    _check_label(label)
    with _ledger(settings.read(settings_file)) as ledger:
        found = [line for line in exported(ledger.corrections(desk=desk, label=label))
                 if not for_eval or "features" not in line]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in found)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be written: {error.strerror}") from error
    typer.echo(f"{out}: {len(found)} line(s)", err=True)


@app.command()
def forget(
    ticket: Annotated[str | None, typer.Argument(help="A ticket's id.")] = None,
    older_than: Annotated[int | None, typer.Option(help="Days.", min=0, max=36500, metavar="DAYS")] = None,
    desk: OfDesk = None, settings_file: SettingsFile = None,
) -> None:
    """Delete corrections of one ticket, or old ones: words, hash, text, note and all."""
    if ticket is None and older_than is None:
        raise BadInput("say what to forget: a ticket's id, or --older-than DAYS")
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    with _ledger(settings.read(settings_file)) as ledger:
        count = ledger.forget(desk=desk, ticket=ticket, before=before)
    typer.echo(f"{count} correction(s) forgotten")


def _labels(assignments: list[str], packs: Packs) -> Mapping[str, str]:
    """`issue=refund_status` ... by label. Raises BadInput: what is allowed."""
    found: dict[str, str] = {}
    allowed = labels.values(packs)
    for assignment in assignments:
        label, equals, value = assignment.partition("=")
        if not equals or label not in allowed:
            raise BadInput(f"{assignment}: write label=value; {did_you_mean(label, allowed)}")
        # that it is none of those we know is an answer too, but for the issue, which has `other`
        codes = allowed[label] if label == "issue" else (*allowed[label], UNKNOWN)
        if value not in codes:
            raise BadInput(f"{assignment}: {value!r} is no {label}; {did_you_mean(value, codes)}")
        if found.setdefault(label, value) != value:
            raise BadInput(f"{assignment}: {label} is {found[label]} already; say one")
    return found


def _check_label(label: str | None) -> None:
    if label is not None and label not in labels.SPACES:
        raise BadInput(f"--label {label}: there is none; {did_you_mean(label, labels.SPACES)}")


def _fetch(ticket: str, desk: str | None, read: Settings) -> Ticket:
    if desk is not None:
        desks = read.need_desks()
        if desk not in desks:
            raise BadInput(f"no desk {desk!r} in {read.file}; there are {', '.join(desks)}")
        return helpdesk.load(desks[desk].kind).connect(desks[desk]).fetch(ticket)
    if ticket != "-" and not Path(ticket).exists():
        raise BadInput(f"{ticket}: no such file; a ticket of a helpdesk needs --desk")
    return read_ticket(read_json(Path(ticket)))


@contextmanager
def _ledger(read: Settings) -> Iterator[Ledger]:
    from comptoir.corrections import open_ledger

    ledger = open_ledger(read.store_url, keep_text=read.learning.keep_text)
    try:
        yield ledger
    finally:
        ledger.close()
