"""The command `eval`: how right the classifier is on messages whose labels are known, and how fast."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from comptoir import classify, evaluate_page, rules
from comptoir.commands.streams import File, open_lines, parse_json
from comptoir.errors import BadInput, ComptoirError
from comptoir.evaluate import Judged, measure
from comptoir.gold import Example, read_example
from comptoir.measures import mean
from comptoir.rules import Packs


def evaluate(
    file: File,
    html: Annotated[Path | None, typer.Option(help="Also write a page, with confusion matrix and mistakes.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of tables.")] = False,
) -> None:
    """Measure the classifier on tickets with gold labels, JSON Lines: precision, recall, F1, calibration, time.

    A line: {"id": "7", "text": "jamais recu", "gold": {"issue": "item_not_received", "language": "fr"}}
    """
    packs = rules.load()
    classifier = classify.build(packs)
    examples, bad = _examples(file, packs)
    for complaint in bad:
        typer.echo(json.dumps(complaint, ensure_ascii=False), err=True)
    if examples:
        judged = [Judged(example, classifier.read(example.ticket)[0]) for example in examples]
        report = measure(judged, packs.issue_codes)
        characters = mean([len(one.text) for one in examples])
        run = evaluate_page.Run(file.name, _microseconds(classifier, examples), characters)
        typer.echo(json.dumps(evaluate_page.as_json(report, run), ensure_ascii=False, indent=2) if as_json
                   else "\n".join(evaluate_page.lines(report, run)))
        if html is not None:
            _write(html, evaluate_page.page(report, run))
    if bad:
        typer.echo(f"{len(bad)} line(s) could not be read and are not counted", err=True)
        raise typer.Exit(1)
    if not examples:
        raise BadInput(f"{file}: there is no line in it; a line is a ticket with `gold` beside its keys")


def _examples(file: Path, packs: Packs) -> tuple[list[Example], list[dict[str, Any]]]:
    """What could be read, and {line, id, error} for each line that could not."""
    examples: list[Example] = []
    bad: list[dict[str, Any]] = []
    with open_lines(file) as lines:
        for number, line in enumerate(lines, start=1):
            data: Any = None
            try:
                if line.strip():
                    data = parse_json(line, "this line")
                    examples.append(read_example(data, packs))
            except ComptoirError as error:
                name = data.get("id") if isinstance(data, dict) else None
                bad.append({"line": number, "id": name, "error": str(error)})
    return examples, bad


def _microseconds(classifier: classify.Classifier, examples: Sequence[Example]) -> float:
    """What a ticket takes; each has been read once before, so that every table is warm."""
    start = perf_counter()
    for example in examples:
        classifier.read(example.ticket)
    return (perf_counter() - start) / len(examples) * 1e6


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--html {file}: cannot be written: {error.strerror}") from error
