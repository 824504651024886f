"""docs/reference/guides.md: the trace as a page, and as lines for a terminal.

The page names no lines of files, so that it changes only when something became of a row.
"""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.guide import Contradiction
from comptoir.pack import Pack
from comptoir.rules import COMMON, Packs
from comptoir.trace import Target, Trace

_RULE = "| --- | --- | --- | --- | --- | --- |"
_GUIDES = {"RAK": "Rakuten France", "ALI": "AliExpress", "TAO": "Taobao and Tmall"}
_HEAD = """# The guides, row by row

Comptoir began with sellers' guides. Each of their {total} rows is a rule, a macro, a calculator, an item of a
checklist, a signal, an entry of a `guide.yaml`, or is refused with a reason; {done} of {total} are accounted for.
`comptoir check --trace` tells the same with the lines of the files, and
`comptoir check --trace --page docs/reference/guides.md` writes this page. [Packs](packs.md) says how a row is cited.

Kinds: W workflow or consequence, R reply, P prevention, E evidence, D deadline, T threshold, V vocabulary, A amount or
who pays, C contact, F formula, X not to be followed.
"""


def page(found: Trace, packs: Packs) -> str:
    """The page as Markdown."""
    common = packs.packs[COMMON]
    parts = [_HEAD.format(total=len(found.targets), done=found.accounted), *_without_macro(found, common)]
    for prefix, name in _GUIDES.items():
        parts += [f"\n## {name}\n", "| row | kind | gist | became | where | tried by |", _RULE]
        parts += [_row(row, targets, common) for row, targets in found.targets.items() if row.startswith(prefix)]
    parts += ["\n## Contradictions, each decided\n", "| | about | readings | chosen | since | where |", _RULE]
    parts += [_contradiction(id, one) for id, one in common.contradictions.items()]
    return "\n".join(parts) + "\n"


def _contradiction(id: str, one: Contradiction) -> str:
    where = ", ".join(f"`{place}`" for place in one.where)
    about, readings = f"{one.about} ({', '.join(one.rows)})", "; ".join(one.readings)
    return f"| {id} | {about} | {readings} | {one.chosen} | {one.decided} | {where} |"


def lines(found: Trace) -> Iterator[str]:
    """One line for each target: row, what, where, and what tries it."""
    for row, targets in found.targets.items():
        for target in targets:
            yield f"{row}  {target.what}  {short(target.file)}:{target.line}  {target.name}  [{target.proof}]"


def short(file: str) -> str:
    """A file by its path from `packs` or `templates` on."""
    place = max(file.rfind("/packs/"), file.rfind("/templates/"))
    return file[place + 1:] if place >= 0 else file


def _row(row: str, targets: tuple[Target, ...], common: Pack) -> str:
    told = common.guides[row]
    one = dict.fromkeys((target.what, target.name, short(target.file), target.proof) for target in targets)
    cells = ["<br>".join(dict.fromkeys(_cell(part[place]) for part in one)) for place in (0, 1, 2, 3)]
    became = "<br>".join(f"{what}: {_cell(name)}" for what, name, _, _ in one)
    return f"| {row} | {told.kind} | {_cell(told.gist)} | {became} | {cells[2]} | {cells[3]} |"


def _cell(text: str) -> str:
    return text.replace("|", "/")


def _without_macro(found: Trace, common: Pack) -> list[str]:
    """Replies of the guides that are only a how-to or an option so far."""
    rows = [row for row, targets in found.targets.items() if common.guides[row].kind == "R" and not any(
        target.what in ("macro", "refused") for target in targets)]
    said = "Replies without a macro of their own so far, told to agents as how-tos or options: "
    return [f"{said}{', '.join(rows)}."] if rows else []
