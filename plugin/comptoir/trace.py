"""trace(...): what became of every row of the guides, and what is still owed.

A row is cited where it landed: `row` of a source, `rows` of an entry, of a macro's head, or its key in refused.yaml. A
row that nothing cites is a fault, and so is a citation of a row that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from comptoir.casefile import Expected, read_cases
from comptoir.errors import Fault
from comptoir.macros import ENDING, HEAD
from comptoir.pack import Pack, Rule
from comptoir.rules import COMMON, Packs, reach
from comptoir.yamlfile import Document, Where, parse, read

#: what a section of guide.yaml is called in the trace
SECTIONS = {
    "howto": "how-to", "options": "option", "vocabulary": "vocabulary", "prevention": "prevention",
    "contacts": "contact", "counts_as_answer": "answer", "metrics": "metric",
}
#: where what is no rule is tried
TESTS = {
    "calculator": "tests/data/remedies.yaml", "macro": "tests/golden", "checklist": "tests/test_evidence.py",
    "signal": "tests/test_classify.py", "lint": "tests/test_lint.py", "refused": "tests/test_trace.py",
    **dict.fromkeys(SECTIONS.values(), "tests/test_advice.py"),
}
_FILES = ("pack", "issues", "evidence", "policies", "remedies", "lint", "guide")


@dataclass(frozen=True)
class Target:
    """Where a row landed, and what tries it."""

    row: str
    what: str  # rule, calculator, macro, checklist, signal, lint, refused, or a name of SECTIONS
    name: str  # "rakuten_fr.support_reply", "buyer/damaged_item/ask_photos", the reason of a refusal ...
    file: str
    line: int
    proof: str = ""  # "rakuten_fr/cases.yaml: <name of the case>", or a file of tests


@dataclass(frozen=True)
class Trace:
    """Every row with its targets, in the order of the guides, and what is wrong."""

    targets: Mapping[str, tuple[Target, ...]]
    faults: tuple[Fault, ...]

    @property
    def accounted(self) -> int:
        """How many rows have a target."""
        return sum(bool(found) for found in self.targets.values())


def trace(packs: Packs, templates: Mapping[str, str]) -> Trace:
    """Every row of the guides and what became of it; `templates` are the macros' sources by their path."""
    guides = packs.packs[COMMON].guides if COMMON in packs.packs else {}
    targets: dict[str, list[Target]] = {row: [] for row in guides}
    faults: list[Fault] = []
    prefixes = {row.partition("-")[0] for row in guides}
    for target in (*_in_packs(packs), *_in_macros(templates)):
        if target.row in targets:
            targets[target.row].append(target)
        elif target.row.partition("-")[0] in prefixes:
            faults.append(Fault(target.file, target.line, f"the guides have no row {target.row}; see guides.yaml"))
    faults += _owed(packs, targets)
    return Trace({row: tuple(dict.fromkeys(found)) for row, found in targets.items()}, tuple(sorted(set(faults))))


def citations(data: object, where: Where = ()) -> Iterator[tuple[Where, str]]:
    """Every row that is cited below `data`, with its place."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "row" and isinstance(value, str):
                yield (*where, key), value
            elif key == "rows":
                yield from _rows(value, (*where, key))
            else:
                yield from citations(value, (*where, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from citations(value, (*where, place))


def _rows(value: object, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, dict):
        for key, rows in value.items():
            yield from _rows(rows, (*where, key))
    elif isinstance(value, list):
        yield from (((*where, place), row) for place, row in enumerate(value) if isinstance(row, str))


def _in_packs(packs: Packs) -> Iterator[Target]:
    for pack in packs.packs.values():
        for name in _FILES:
            if (pack.folder / f"{name}.yaml").is_file():
                document = read(pack.folder / f"{name}.yaml")
                for where, row in citations(document.data):
                    yield _target(row, pack, name, document, where, packs)
    if COMMON in packs.packs:
        yield from _refusals(packs.packs[COMMON])


def _target(row: str, pack: Pack, name: str, document: Document, where: Where, packs: Packs) -> Target:
    key, line = str(where[0]), document.line(where)
    if name == "policies":
        rule = packs.rule(f"{pack.id}.{key}")
        return Target(row, "rule", rule.id, document.file, line, _case(rule, pack, packs))
    what = {"remedies": "calculator", "lint": "lint", "pack": "signal", "guide": SECTIONS.get(key, ""),
            "evidence": "checklist",
            "issues": "checklist" if "checklist" in where else "signal"}[name]
    title = f"{pack.id} signals" if name == "pack" else f"{pack.id}.{key}"
    if name == "guide" and isinstance(where[1], int):
        entry = document.data[key][where[1]]
        title = f"{pack.id}: {next(entry[it] for it in ('do', 'offer', 'word', 'name', 'what') if it in entry)}"
    return Target(row, what, title, document.file, line, TESTS[what])


def _refusals(common: Pack) -> Iterator[Target]:
    if not common.refused:
        return
    document = read(common.folder / "refused.yaml")
    for row, refusal in common.refused.items():
        said = f"{refusal.why.replace('_', ' ')}: {refusal.part + '. ' if refusal.part else ''}{refusal.reason}"
        lint = f", lint {refusal.lint}" if refusal.lint else ""
        what = "refused in part" if refusal.part else "refused"
        yield Target(row, what, said, document.file, document.line((row,)), TESTS["refused"] + lint)


def _in_macros(templates: Mapping[str, str]) -> Iterator[Target]:
    for name, source in templates.items():
        if found := HEAD.match(source):
            document = parse("\n" + found[1], f"templates/{name}")
            for where, row in citations(document.data):
                macro = name.removesuffix(ENDING)
                yield Target(row, "macro", macro, document.file, document.line(where), f"{TESTS['macro']}/{macro}")


def _case(rule: Rule, pack: Pack, packs: Packs) -> str:
    """The case that tries a rule; "" when none does. One where it holds before one where it must not, its own pack's
    before another's."""
    including = (other for id, other in packs.packs.items() if id != pack.id and pack.id in reach(packs.packs, id))
    cases = [(case, place.id) for place in (pack, *including) for case in read_cases(place)[0]]
    for names in (_where_it_holds, _where_it_must_not):
        for case, place in cases:
            if rule.code in names(case.expect):
                return f"{place}/cases.yaml: {case.name}"
    return ""


def _where_it_holds(said: Expected) -> tuple[str, ...]:
    return (*said.due, *(said.overdue or ()), *said.holds, *(said.hints or ()))


def _where_it_must_not(said: Expected) -> tuple[str, ...]:
    return (*said.absent, *said.silent)


def _owed(packs: Packs, targets: Mapping[str, list[Target]]) -> Iterator[Fault]:
    """Rows without a target, refused rows that are not told, rules that no case tries."""
    if COMMON not in packs.packs or not packs.packs[COMMON].guides:
        return
    common = packs.packs[COMMON]
    rows = read(common.folder / "guides.yaml")
    for row, found in targets.items():
        whole = [target for target in found if target.what != "refused in part"]
        if not whole:
            yield rows.fault((row,), f"{row} has no target ({common.guides[row].gist}); cite it where it landed, as "
                                     "`row:` of a source or in `rows:`, or refuse it in refused.yaml")
        if common.guides[row].kind == "X" and row not in common.refused:
            yield rows.fault((row,), f"{row} is of kind X and must be refused in refused.yaml")
        yield from (Fault(target.file, target.line, f"{target.name} answers {row} and no case tries it; name its code "
                          "in `expect` of a case") for target in whole if not target.proof)
    for row, refusal in common.refused.items():
        if refusal.lint and refusal.lint not in common.lint:
            yield read(common.folder / "refused.yaml").fault((row, "lint"), f"lint.yaml has no entry {refusal.lint!r}")
