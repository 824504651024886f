"""The cases beside the packs: run, and told when they do not come out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import classifier, packs

from comptoir import rules
from comptoir.cases import Classify, run_cases
from comptoir.classify.case import Case
from comptoir.ticket import Facts, Ticket

HERE = Path(__file__).parent
GOOD = HERE / "packs_good"
#: each begins with `# line <n>: <words>` for every fault that must be told
BROKEN = sorted((HERE / "packs_broken" / "cases").glob("*.yaml"))


def broken_parcel(ticket: Ticket) -> tuple[Case, Facts]:
    """A classifier that knows one ticket."""
    case = Case(marketplace="shop", issue="damaged_item", sender="buyer", language="en")
    return case, ticket.facts


def never(ticket: Ticket) -> tuple[Case, Facts]:
    raise AssertionError(f"not to be classified: {ticket.id}")


def told(root: Path, classifier: Classify = broken_parcel) -> list[str]:
    return [str(fault).removeprefix(f"{root}/") for fault in run_cases(rules.load(root), classifier)]


def test_sound_cases_have_no_faults() -> None:
    assert told(GOOD) == []


def test_packs_without_cases_have_no_faults(tmp_path: Path) -> None:
    root = Path(shutil.copytree(GOOD, tmp_path / "packs", ignore=shutil.ignore_patterns("cases.yaml")))

    assert told(root, never) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda path: path.stem)
def test_a_case_that_does_not_come_out_is_told_with_its_line(broken: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(GOOD, tmp_path / "packs"))
    shutil.copy(broken, root / "shop" / "cases.yaml")
    head, _, _ = broken.read_text(encoding="utf-8").partition("\n-")
    expected = [line.removeprefix("# line ").split(": ", 1) for line in head.splitlines() if line.startswith("# line ")]

    faults = told(root)

    assert expected
    assert len(faults) == len(expected), faults
    for said, (line, words) in zip(faults, expected, strict=True):
        assert said.startswith(f"shop/cases.yaml:{line}: "), said
        assert words in said


def test_a_ticket_is_classified_with_its_own_facts_and_time(tmp_path: Path) -> None:
    seen: list[Ticket] = []

    def listen(ticket: Ticket) -> tuple[Case, Facts]:
        seen.append(ticket)
        return broken_parcel(ticket)

    assert told(GOOD, listen) == []
    assert [(ticket.subject, ticket.messages[0].text) for ticket in seen] == [("Broken", "It came broken.")]


def test_the_shipped_cases_come_out() -> None:
    assert [str(fault) for fault in run_cases(packs(), classifier().read)] == []
