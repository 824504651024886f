"""The rules as a book: listed and filtered, what changed between two days, and what nobody has looked at for long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from comptoir.errors import Fault
from comptoir.macros import Macro, Macros
from comptoir.pack import Rule, Value
from comptoir.rules import Packs, reach
from comptoir.yamlfile import read

#: what was looked at longer ago than this is warned of
FRESH = timedelta(days=365)


@dataclass(frozen=True)
class Change:
    """A value that began on `since`: what the rule said before and says now, and the macros that repeat it."""

    rule: str
    title: str
    since: date
    old: str  # "" where the rule was new
    new: str
    source: str
    macros: tuple[str, ...]
    status: str = "active"


def listing(
    packs: Packs, *, marketplace: str | None = None, issue: str | None = None, trust: str | None = None,
    kind: str | None = None,
) -> tuple[Rule, ...]:
    """The rules that fit every filter, those that are off or superseded too. `marketplace` brings what it includes."""
    parts = packs.packs if marketplace is None else reach(packs.packs, marketplace)
    return tuple(
        rule for part in parts for rule in packs.packs[part].rules
        if (issue is None or not rule.applies.issue or issue in rule.applies.issue)
        and trust in (None, rule.trust) and kind in (None, rule.kind)
    )


def changes(packs: Packs, macros: Macros, first: date, last: date) -> tuple[Change, ...]:
    """Every value that began from `first` to `last`, both included, the earliest first."""
    found = [
        Change(rule.id, rule.title, value.since, said(rule.value_on(value.since - timedelta(days=1))), said(value),
               str(rule.sources[0]), tuple(macro.id for macro in macros.macros.values() if _leans(macro, rule, packs)),
               rule.status)
        for pack in packs.packs.values() for rule in pack.rules for value in rule.values
        if first <= value.since <= last
    ]
    return tuple(sorted(found, key=lambda change: (change.since, change.rule)))


def stale(packs: Packs, day: date) -> tuple[Fault, ...]:
    """What was verified more than a year before `day`: rules and calculators, each with its line."""
    return tuple(sorted(_stale(packs, day)))


def said(value: Value | None) -> str:
    """A value in words, as its pack writes it; "" for none."""
    if value is None:
        return ""
    return value.due or (f"{value.value} {value.unit}" if value.unit else "duty")


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule as JSON-ready values: days in ISO 8601, numbers as they are written."""
    data = asdict(rule)
    data["verified"] = rule.verified.isoformat()
    data["values"] = [{"since": value.since.isoformat(), "says": said(value), "readings": [
        asdict(reading) for reading in value.readings]} for value in rule.values]
    data["applies"] = {key: dict(held) if isinstance(held, dict) else list(held)
                       for key, held in data["applies"].items() if held}
    return data


def change_json(change: Change) -> dict[str, Any]:
    """A change as JSON-ready values."""
    return {**asdict(change), "since": change.since.isoformat(), "macros": list(change.macros)}


def _leans(macro: Macro, rule: Rule, packs: Packs) -> bool:
    if not {rule.code, rule.id} & set(macro.rules):
        return False
    pack = rule.id.partition(".")[0]
    return not macro.marketplaces or any(pack in reach(packs.packs, one) for one in macro.marketplaces)


def _stale(packs: Packs, day: date) -> Iterator[Fault]:
    for pack in packs.packs.values():
        dated = [("policies", rule.code, rule.verified) for rule in pack.rules]
        dated += [("remedies", code, remedy.verified) for code, remedy in pack.remedies.items()]
        documents = {name: read(pack.folder / f"{name}.yaml") for name in {name for name, _, _ in dated}}
        for name, code, verified in dated:
            if verified < day - FRESH:
                yield documents[name].fault((code, "verified"), f"{pack.id}.{code} was verified on {verified}, more "
                                            "than a year ago; look at its sources again and date it anew")
