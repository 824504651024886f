"""lint(...): what a message to a buyer may not say: contact details, payment elsewhere, promises no rule backs ...

The words stand in lint.yaml of the packs. They are sought in the message as it is read (one spelling a character,
nothing invisible) and once more without accents and in simplified characters; every finding names its place in the
original.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from comptoir.crosscheck import in_unit
from comptoir.pack import Forbidden
from comptoir.patterns import ODD_LETTERS, needed
from comptoir.rules import Packs, reach
from comptoir.text import Normal, fold, normalise

#: what parts one sentence from the next
_ENDS = re.compile(r"[!?;。\n]|\.(?=\s|$)")
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Finding:
    """Words that may not stand in a message, at `start:end` of its text, in characters."""

    start: int
    end: int
    text: str
    reason: str  # English message id
    rule: str  # "<pack>.<code>" of the entry in lint.yaml
    severity: Literal["error", "warning"] = "error"

    @property
    def code(self) -> str:
        return self.rule.partition(".")[2]


def lint(text: str, marketplace: str, locale: str, packs: Packs) -> list[Finding]:
    """What the marketplace's packs forbid in `text`, in order of place. `locale` limits entries made for one language.

    An unknown marketplace has what is common to all.
    """
    normal, views = _read(text)
    own = _domains(packs, marketplace)
    findings = []
    for rule, entry in entries(packs, marketplace):
        if not entry.locales or locale in entry.locales:
            bound = _bound(entry, marketplace, packs)
            spans = sorted({span for view in views for span in _spans(view, entry, own, bound)})
            for start, end in _apart(spans):
                first, last = normal.original(start, end)
                findings.append(Finding(first, last, text[first:last], entry.reason, rule, entry.severity))
    return sorted(findings, key=lambda finding: (finding.start, finding.rule))


@dataclass(frozen=True)
class _View:
    """A text as it is searched; in lower case, and what was found in it so far, by pattern."""

    text: str
    lower: str
    odd: bool  # has a letter of which the lower case tells nothing
    found: dict[tuple[str, ...], list[re.Match[str]]] = field(default_factory=dict)

    def matches(self, patterns: tuple[str, ...]) -> list[re.Match[str]]:
        """Where patterns fit. Most need a word that no message has, and to see that is far sooner than to search."""
        if patterns not in self.found:
            fitting = (compiled for compiled, words in _compiled(patterns) if self._may_hold(words))
            self.found[patterns] = [match for compiled in fitting for match in compiled.finditer(self.text)]
        return self.found[patterns]

    def _may_hold(self, words: frozenset[str]) -> bool:
        for word in words:  # a plain loop: it runs for every pattern, and any() takes twice as long
            if word in self.lower:
                return True
        return self.odd or not words


@lru_cache(maxsize=8)  # the same words are held against one marketplace after the other
def _read(text: str) -> tuple[Normal, tuple[_View, ...]]:
    """The text as it is read, and the views that are searched."""
    normal = normalise(text)
    lower, folded = normal.text.lower(), fold(normal.text)
    views = (normal.text, lower), *([] if folded == lower else [(folded, folded)])
    return normal, tuple(_View(view, low, ODD_LETTERS.search(view) is not None) for view, low in views)


def entries(packs: Packs, marketplace: str) -> tuple[tuple[str, Forbidden], ...]:
    """Every entry that holds there by its id; a marketplace's own takes the place of an included one of that code."""
    found: dict[str, tuple[str, Forbidden]] = {}
    for part in reach(packs.packs, marketplace):
        for code, entry in packs.packs[part].lint.items():
            found.setdefault(code, (f"{part}.{code}", entry))
    return tuple(found.values())


def _spans(view: _View, entry: Forbidden, own: frozenset[str], bound: float | None) -> Iterator[tuple[int, int]]:
    """Where an entry speaks."""
    matches = view.matches(entry.patterns)
    if not matches:
        return
    allowed = bytearray(len(view.text))
    for start, end in (match.span() for match in view.matches(entry.allowed)):
        allowed[start:end] = b"\1" * (end - start)
    near = sorted(match.span() for match in view.matches(entry.near))
    ends = [end.start() for end in _ENDS.finditer(view.text)]
    for match in matches:
        if (
            not any(allowed[match.start():match.end()])
            and (not entry.near or _beside(near, ends, *match.span()))
            and not _stands(match, own.union(entry.domains))
            and (bound is None or _beyond(match, entry, bound))
        ):
            yield match.span()


def _apart(spans: Spans) -> Iterator[tuple[int, int]]:
    """The spans without those that begin inside an earlier one."""
    last = 0
    for start, end in spans:
        if start >= last:
            last = end
            yield start, end


def _beside(near: Spans, ends: list[int], start: int, end: int) -> bool:
    """Whether one of `near` begins in the sentence around `start:end`."""
    before, after = bisect_right(ends, start) - 1, bisect_left(ends, end)
    found = bisect_left(near, (ends[before] + 1 if before >= 0 else 0, 0))
    return found < len(near) and (after == len(ends) or near[found][0] < ends[after])


def _domains(packs: Packs, marketplace: str) -> frozenset[str]:
    """The marketplace's own domains. Where its packs name none, as those of Amazon's stores, all marketplaces'."""
    parts = [packs.packs[part] for part in reach(packs.packs, marketplace)]
    own = frozenset(domain for pack in parts for domain in pack.signals.domains)
    return own or frozenset(domain for pack in packs.packs.values() for domain in pack.signals.domains)


def _stands(match: re.Match[str], domains: frozenset[str]) -> bool:
    """Whether the address that was found is on one of these domains, or below one."""
    host = match.groupdict().get("host")
    labels = host.lower().strip(".").split(".") if host else []
    return not domains.isdisjoint(".".join(labels[place:]) for place in range(len(labels)))


def _bound(entry: Forbidden, marketplace: str, packs: Packs) -> float | None:
    """What the rule says that the entry's number is compared with, by its newest value; None without such a rule."""
    code = entry.above or entry.below
    if not code or entry.unit is None:
        return None
    rule = next((rule for rule in packs.rules_for(marketplace) if rule.code == code), None)
    if rule is None:
        return None
    return in_unit(max(rule.values, key=lambda value: value.since), entry.unit)


def _beyond(match: re.Match[str], entry: Forbidden, bound: float) -> bool:
    number = float(match["number"].replace(",", "."))
    return number > bound if entry.above else number < bound


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> list[tuple[re.Pattern[str], frozenset[str]]]:
    """Each pattern, with the words without one of which it cannot fit."""
    return [(re.compile(pattern, re.IGNORECASE), needed(pattern)) for pattern in patterns]
