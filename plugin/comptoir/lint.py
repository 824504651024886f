"""lint(...): what a message to a buyer may not say. The marketplaces forbid contact details and payment elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from comptoir.pack import Forbidden
from comptoir.rules import Packs, reach


@dataclass(frozen=True)
class Finding:
    """Words that may not stand in a message, at `start:end` of its text."""

    start: int
    end: int
    text: str
    code: str  # the entry in lint.yaml
    reason: str  # English message id


def lint(text: str, marketplace: str, locale: str, packs: Packs) -> list[Finding]:
    """What the marketplace's packs forbid in `text`, in order of place. `locale` limits entries made for one language.

    An unknown marketplace has what is common to all.
    """
    findings = [
        Finding(found.start(), found.end(), found.group(), code, entry.reason)
        for part in reach(packs.packs, marketplace)
        for code, entry in packs.packs[part].lint.items()
        if not entry.locales or locale in entry.locales
        for found in _pattern(entry).finditer(text)
    ]
    return sorted(findings, key=lambda finding: (finding.start, finding.code))


def _pattern(entry: Forbidden) -> re.Pattern[str]:
    return _compiled("|".join(f"(?:{pattern})" for pattern in entry.patterns))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
