"""Commands that read and print JSON: `try`, `classify`, `reply`, `calc`. Nothing is written anywhere."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from comptoir import remedies, rules, settings
from comptoir import reply as replying
from comptoir.classify.case import case_json
from comptoir.commands.streams import File, ended_by_the_reader, open_lines, parse_json, read_json
from comptoir.counter import Office, handle, open_office, outcome_json
from comptoir.errors import BadInput, ComptoirError
from comptoir.helpdesk import Desk
from comptoir.ticket import Facts, read_facts, read_ticket

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="comptoir.toml; without it the one in this folder, if any.")
]


def try_ticket(
    file: File,
    now: Annotated[str | None, typer.Option(help="Pretend it is this moment, ISO 8601 with offset.")] = None,
    locale: Annotated[str | None, typer.Option(help="Replies in this locale, whatever the ticket's.")] = None,
    agent_locale: Annotated[str | None, typer.Option(help="Note and agent copies in this locale.")] = None,
    marketplace: Annotated[str | None, typer.Option(help="What if it came from this marketplace?")] = None,
    issue: Annotated[str | None, typer.Option(help="What if it were about this issue?")] = None,
    sender: Annotated[str | None, typer.Option(help="What if this sender had written it?")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="What if this were so? order.total=89.90")] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Show all that Comptoir would do with one ticket: case, deadlines, tags, replies, note. Writes nothing.

    Example: echo '{"subject": "Commande 12345/67890", "text": "Où est mon colis ?"}' | comptoir try -
    """
    office = open_office()
    data = read_json(file)
    for assignment in set_ or []:
        _assign(data, assignment)
    ticket = read_ticket(data)
    desk = _desk(settings_file, ticket.desk, office, agent_locale)
    given = {key: value for key, value in
             {"marketplace": marketplace, "issue": issue, "sender": sender}.items() if value is not None}
    _check_given(office, given, locale)
    outcome = handle(ticket, office, desk, _moment(now), locale=locale, given=given)
    typer.echo(json.dumps(outcome_json(outcome, office, desk.agent_locale), ensure_ascii=False, indent=2))


def classify(
    file: File, quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False
) -> None:
    """Classify a stream of tickets, JSON Lines in and out, in the same order and in constant memory.

    A line that cannot be read gives {"id": …, "error": "…"} in its place; the exit code is then 1.
    """
    bad = 0
    with open_lines(file, quiet=quiet) as lines, ended_by_the_reader(lines):
        office = open_office()
        for line in lines:
            if line.strip():
                answer = _classify_line(office, line)
                bad += "error" in answer
                lines.answer(json.dumps(answer, ensure_ascii=False))
    if bad:
        typer.echo(f"{bad} line(s) could not be read; each has its reason in the output", err=True)
        raise typer.Exit(1)


def reply(
    macro: Annotated[str, typer.Argument(help="A macro, as buyer/delivery_delay/apologise.")],
    locale: Annotated[str, typer.Option(help="en, fr, zh_Hans or zh_Hant.")],
    facts: Annotated[Path, typer.Option(help="A JSON file of facts: {\"order\": {\"number\": \"…\"}}.")],
    marketplace: Annotated[str, typer.Option(help="Whose rules and tone.")] = "unknown",
    shop: Annotated[str, typer.Option(help="How the shop signs.")] = "",
) -> None:
    """Print one macro's text in one locale, filled with the facts of a file."""
    office = open_office()
    known: Facts = read_facts(read_json(facts))
    written = replying.render(
        office.macros, macro, locale, known, packs=office.packs, marketplace=marketplace, shop=shop,
        now=datetime.now(UTC),
    )
    if written.missing:
        raise BadInput(f"{macro} needs facts that {facts} does not have: {', '.join(written.missing)}")
    typer.echo(written.text)


def calc(
    name: Annotated[str | None, typer.Argument(help="A calculator; without it, the list.")] = None,
    arguments: Annotated[list[str] | None, typer.Argument(help="key=value …", metavar="key=value")] = None,
) -> None:
    """Work out a refund, a cap or a fine, step by step. Without a name: the calculators there are."""
    packs = rules.load()
    if name is None:
        for known in remedies.names(packs):
            typer.echo(known)
        return
    typer.echo(json.dumps(remedies.calculate(name, arguments or [], packs), ensure_ascii=False, indent=2))


def _classify_line(office: Office, line: str) -> dict[str, Any]:
    try:
        data = parse_json(line, "this line")
    except BadInput as error:
        return {"id": None, "error": str(error)}
    try:
        case, _ = office.classifier.read(read_ticket(data))
    except ComptoirError as error:
        return {"id": data.get("id") if isinstance(data, dict) else None, "error": str(error)}
    return case_json(case)


def _assign(data: Any, assignment: str) -> None:
    """Put `order.total=89.90` into the ticket's facts; the ticket's own check then reads it."""
    path, equals, value = assignment.partition("=")
    group, dot, name = path.partition(".")
    if not (equals and dot and isinstance(data, dict)):
        raise BadInput(f"--set {assignment}: write it as order.total=89.90")
    data.setdefault("facts", {}).setdefault(group, {})[name] = value


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--now {text}: not ISO 8601, as 2026-11-22T09:00:00+01:00") from error
    if moment.tzinfo is None:
        raise BadInput(f"--now {text}: needs an offset, as {text}+01:00")
    return moment


def _desk(file: Path | None, name: str, office: Office, agent_locale: str | None) -> Desk:
    """The ticket's desk, else the only one there is, else a plain one that writes English notes."""
    found = settings.desk_for_try(file, name)
    if agent_locale is not None:
        _check_locale(office, agent_locale, "--agent-locale")
    return dataclasses.replace(found, agent_locale=agent_locale) if agent_locale else found


def _check_given(office: Office, given: dict[str, str], locale: str | None) -> None:
    allowed = {
        "marketplace": (*office.packs.marketplaces, "unknown"),
        "issue": office.packs.issue_codes,
        "sender": office.packs.senders,
    }
    for key, value in given.items():
        if value not in allowed[key]:
            raise BadInput(f"--{key} {value}: there is none; there are {', '.join(allowed[key])}")
    if locale is not None:
        _check_locale(office, locale, "--locale")


def _check_locale(office: Office, locale: str, option: str) -> None:
    if locale not in office.macros.locales:
        raise BadInput(f"{option} {locale}: there is none; there are {', '.join(office.macros.locales)}")
