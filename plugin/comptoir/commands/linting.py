"""`comptoir lint`: an agent's draft, read before the buyer does."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from comptoir import lint as linting
from comptoir import macros, rules
from comptoir.classify.case import UNKNOWN
from comptoir.commands.streams import File, read_text
from comptoir.errors import BadInput
from comptoir.yamlfile import did_you_mean


def lint(
    file: File,
    marketplace: Annotated[str, typer.Option(help="Whose rules: rakuten_fr, taobao … or unknown.")],
    locale: Annotated[str, typer.Option(help="The draft's language: en, fr, zh_Hans or zh_Hant.")],
    agent_locale: Annotated[str, typer.Option(help="The reasons in this language.")] = "en",
    as_json: Annotated[
        bool | None, typer.Option("--json/--table", help="JSON, or a table; without either a table on a terminal.")
    ] = None,
) -> None:
    """Say what in a draft may not be written to a buyer on a marketplace. Exit 1 when something must be changed.

    Example: echo 'Écrivez-moi sur WhatsApp' | comptoir lint --marketplace rakuten_fr --locale fr -
    """
    packs, known = rules.load(), macros.load()
    _check("--marketplace", marketplace, (*packs.marketplaces, UNKNOWN))
    _check("--locale", locale, known.locales)
    _check("--agent-locale", agent_locale, known.locales)
    text = read_text(file)
    findings = [
        dataclasses.replace(finding, reason=known.gettext(agent_locale, finding.reason))
        for finding in linting.lint(text, marketplace, locale, packs)
    ]
    console = Console(highlight=False)
    if console.is_terminal if as_json is None else not as_json:
        console.print(_table(findings, text) if findings else "nothing to change")
    else:
        typer.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _table(findings: list[linting.Finding], text: str) -> Table:
    table = Table("line", "words", "why")
    table.add_column("rule", no_wrap=True)
    for finding in findings:
        line = text.count("\n", 0, finding.start) + 1
        style = "red" if finding.severity == "error" else "yellow"
        table.add_row(str(line), f"[{style}]{escape(finding.text)}[/]", escape(finding.reason), finding.rule)
    return table


def _check(option: str, given: str, allowed: Any) -> None:
    if given not in allowed:
        raise BadInput(f"{option} {given}: there is none; {did_you_mean(given, sorted(allowed))}")
