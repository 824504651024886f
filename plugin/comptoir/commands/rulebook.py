"""Commands for policy keepers: `rules` lists and filters, `rules diff` says what changed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from comptoir import reply, rulebook
from comptoir import rules as rulefiles
from comptoir.errors import BadInput
from comptoir.explain import did_you_mean
from comptoir.rules import Packs

PacksFolder = Annotated[Path | None, typer.Option("--packs", help="Packs in this folder instead of the shipped ones.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
_WIDTH = 160  # of a table that goes into a file or a pipe


def rules(
    ctx: typer.Context,
    marketplace: Annotated[str | None, typer.Option(help="Of this marketplace, with what it includes.")] = None,
    issue: Annotated[str | None, typer.Option(help="That can hold for this issue.")] = None,
    trust: Annotated[str | None, typer.Option(help="official, copy, third_party or seed.")] = None,
    kind: Annotated[str | None, typer.Option(help="platform, law or team.")] = None,
    packs: PacksFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the rules: what each says today, since when, who must act, how far it is trusted and where it was read.

    Example: comptoir rules --marketplace rakuten_fr --issue claim_opened
    """
    if ctx.invoked_subcommand is not None:
        return
    loaded = rulefiles.load(packs)
    _known("--marketplace", marketplace, tuple(loaded.packs))
    _known("--issue", issue, loaded.issue_codes)
    _known("--trust", trust, ("official", "copy", "third_party", "seed"))
    _known("--kind", kind, ("platform", "law", "team"))
    found = rulebook.listing(loaded, marketplace=marketplace, issue=issue, trust=trust, kind=kind)
    if as_json:
        typer.echo(json.dumps([rulebook.rule_json(rule) for rule in found], ensure_ascii=False, indent=2))
        return
    table = _table("says", "since", "who", "kind", "trust", "source", title=f"{len(found)} rules")
    for rule in found:
        newest = max(rule.values, key=lambda value: value.since, default=None)
        table.add_row(rule.id + _state(rule.status), rulebook.said(newest) or "duty",
                      str(newest.since) if newest else "", rule.actor, rule.kind, rule.trust, str(rule.sources[0]))
    _console().print(table)


def diff(
    first: Annotated[str, typer.Option("--from", help="The first day, as 2026-01-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day; it counts.")],
    packs: PacksFolder = None,
    as_json: AsJson = False,
) -> None:
    """Say which rules changed between two days, from what to what, and which macros repeat them.

    Example: comptoir rules diff --from 2026-01-01 --to 2026-12-31
    """
    days = _day("--from", first), _day("--to", last)
    if days[0] > days[1]:
        raise BadInput(f"--from {first} comes after --to {last}; swap them")
    loaded: Packs = rulefiles.load(packs)
    found = rulebook.changes(loaded, reply.load(), *days)
    if as_json:
        typer.echo(json.dumps([rulebook.change_json(change) for change in found], ensure_ascii=False, indent=2))
        return
    table = _table("since", "before", "now", "source", "macros", title=f"{len(found)} values began")
    for change in found:
        table.add_row(change.rule + _state(change.status), str(change.since), change.old or "(new)", change.new,
                      change.source, "\n".join(change.macros))
    _console().print(table)


def _table(*headers: str, title: str) -> Table:
    return Table(Column("rule", no_wrap=True), *headers, title=title)


def _state(status: str) -> str:
    return "" if status == "active" else f" ({status})"


def _known(option: str, given: str | None, allowed: tuple[str, ...]) -> None:
    if given is not None and given not in allowed:
        raise BadInput(f"{option} {given}: there is none; {did_you_mean(given, allowed)}")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{option} {text}: not a day; write year-month-day, as in 2026-11-22") from error


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH)
