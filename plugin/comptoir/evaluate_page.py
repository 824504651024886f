"""A report of `comptoir eval` as lines for a terminal, as JSON-ready values and as a page for a browser."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from comptoir.evaluate import Report, Slice
from comptoir.gold import OPTIONAL
from comptoir.measures import Score

_CONFUSIONS, _MISTAKES, _IDS = 20, 40, 3  # shown at most
_CELL = 9  # width of a column of figures
#: the figures of a slice, as they are shown
FIGURES: Mapping[str, Callable[[Slice], float]] = {
    "issue: macro-F1": lambda found: found.macro_f1,
    "issue: accuracy": lambda found: found.accuracy("issue"),
    "gold's issue is issue or also": lambda found: found.named,
    "issue is gold's issue or also": lambda found: found.agreed,
    "sender: accuracy": lambda found: found.accuracy("sender"),
    "marketplace: right, where gold has one": lambda found: found.known_marketplaces,
    "marketplace: falsely named": lambda found: found.false_marketplaces,
    "language: accuracy": lambda found: found.accuracy("language"),
    "98 % precision covers: issue": lambda found: found.coverages["issue"].share,
    "98 % precision covers: issue or also": lambda found: found.coverages["issue or also"].share,
    "ECE: issue": lambda found: found.calibrations["issue"].ece,
    "ECE: issue or also": lambda found: found.calibrations["issue or also"].ece,
    "labels with evidence": lambda found: found.explained,
}


@dataclass(frozen=True)
class Run:
    """What a report is of, and how long a ticket took on this machine."""

    name: str
    microseconds: float  # a ticket, on average
    characters: float  # a message, on average


def lines(report: Report, run: Run) -> Iterator[str]:
    """The report in plain text, 100 columns at most."""
    yield f"{run.name}: {report.overall.size} messages, {run.characters:.0f} characters on average"
    slices = slices_of(report)
    yield _row("", slices)
    yield _row("messages", [str(one.size) for one in slices.values()])
    for name, figure in _figures_of(report).items():
        yield _row(name, [f"{figure(one):.3f}" for one in slices.values()])
    yield _row("time, us a ticket", [f"{run.microseconds:.0f}"])
    yield from _scores(report, slices)
    yield from _calibration(report.overall)
    yield "\nan issue read for another"
    for confusion in report.confusions[:_CONFUSIONS]:
        ids = ", ".join(islice(filter(None, confusion.ids), _IDS))
        yield f"{len(confusion.ids):4}  {confusion.gold} read as {confusion.told}  {ids}".rstrip()
    if left := report.confusions[_CONFUSIONS:]:
        yield f"      and {sum(len(one.ids) for one in left)} more in {len(left)} other pairs"


def slices_of(report: Report) -> Mapping[str, Slice]:
    """The whole, then each language."""
    return {"all": report.overall, **report.languages}


def _labels(report: Report) -> list[str]:
    """The labels that any gold has."""
    return [label for label, found in report.overall.labels.items() if found]


def _figures_of(report: Report) -> Mapping[str, Callable[[Slice], float]]:
    """The figures, without those of labels that no gold has."""
    absent = {*OPTIONAL} - {*_labels(report)}
    return {name: figure for name, figure in FIGURES.items() if name.partition(":")[0] not in absent}


def _row(name: str, cells: Iterable[str], width: int = 40) -> str:
    return f"{name:{width}}" + "".join(f" {cell:>{_CELL}}" for cell in cells)


def _scores(report: Report, slices: Mapping[str, Slice]) -> Iterator[str]:
    """Every value of every label: over all, then its F1 by language."""
    names = [*report.languages]
    for label in _labels(report):
        yield "\n" + _row(label, ["gold", "precision", "recall", "F1", *names], 28)
        for value, score in report.overall.labels[label].items():
            by_language = [_f1(slices[name].labels[label].get(value)) for name in names]
            yield _row(value, [str(score.support), *_figures(score), *by_language], 28)
    if report.absent:
        yield f"no gold for {', '.join(report.absent)}: macro-F1 says nothing of them"


def _f1(score: Score | None) -> str:
    return f"{score.f1:.2f}" if score and score.support else "-"


def _figures(score: Score) -> tuple[str, str, str]:
    return f"{score.precision:.2f}", f"{score.recall:.2f}", f"{score.f1:.2f}"


def _calibration(overall: Slice) -> Iterator[str]:
    for name, found in overall.calibrations.items():
        yield f"\nconfidence of {name}: ECE {found.ece:.3f}"
        yield _row("", ["messages", "sure", "right"], 14)
        for one in found.bins:
            cells = [str(one.size), f"{one.confidence:.2f}", f"{one.accuracy:.2f}"]
            yield _row(f"  {one.low:.1f} to {one.low + 0.1:.1f}", cells, 14)
        covered = overall.coverages[name]
        yield (f"  98 % precision covers {covered.share:.1%}, from a confidence of {covered.threshold} on"
               if covered.share else "  98 % precision is reached nowhere")


def as_json(report: Report, run: Run) -> dict[str, Any]:
    """The report as JSON-ready values, by slice ("all", then the languages)."""
    slices, figures = slices_of(report), _figures_of(report)
    return {
        "file": run.name, "messages": report.overall.size, "microseconds": round(run.microseconds, 1),
        "figures": {name: {figure: round(of(one), 4) for figure, of in figures.items()}
                    for name, one in slices.items()},
        "labels": {name: {label: {value: _score_json(score) for value, score in found.items()}
                          for label, found in one.labels.items()} for name, one in slices.items()},
        "confidences": {name: dataclasses.asdict(found) for name, found in report.overall.calibrations.items()},
        "coverages": {name: dataclasses.asdict(found) for name, found in report.overall.coverages.items()},
        "confusions": [dataclasses.asdict(confusion) for confusion in report.confusions],
        "without_gold": report.absent,
    }


def _score_json(score: Score) -> dict[str, float]:
    ratios = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
    return {**dataclasses.asdict(score), **{name: round(value, 4) for name, value in ratios.items()}}


def page(report: Report, run: Run) -> str:
    """The report as one HTML page that needs nothing beside it. What people wrote is escaped, and cut short."""
    found = report.overall.labels["issue"]
    return _template().render(
        report=report, run=run, slices=slices_of(report), figures=_figures_of(report), labels=_labels(report),
        codes=[code for code in report.codes if code in found], mistakes=report.mistakes[:_MISTAKES],
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string((files("comptoir") / "evaluate.html.j2").read_text("utf-8"))
