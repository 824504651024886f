"""A platform's own reason, as "Motif : article endommagé": the marketplace's word for an issue beats what else is said.

The reasons are those of packs/*/issues.yaml, what stands before them those of data/reasons.yaml. Where the mail is
about what the platform does (a claim, a decision), the reason is told beside that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

from comptoir import yamlfile
from comptoir.classify.case import OTHER, UNKNOWN, Evidence
from comptoir.classify.parts import Part
from comptoir.classify.phrasefile import comparable
from comptoir.classify.topic import Topic
from comptoir.rules import Packs, reach

_SURE = 0.97
_LONGEST = 80  # characters of a line that a reason is looked for in


class Reasons:
    """Every marketplace's reasons, the longest first."""

    def __init__(self, packs: Packs) -> None:
        data = yamlfile.read(files("comptoir") / "classify" / "data" / "reasons.yaml").data
        before = "|".join(sorted(map(re.escape, map(comparable, data["before"])), key=len, reverse=True))
        self._before = re.compile(rf"(?:{before}) ?[:：] ?[\"'«“ ]{{0,3}}")
        self._stand = frozenset(data["stand"])
        self._known = {id: _of(packs, id) for id in packs.marketplaces}

    def settle(self, topic: Topic, parts: Sequence[Part], marketplace: str, sender: str) -> Topic:
        """The topic of a platform's mail, with the reason that it gives."""
        if sender != "platform" or marketplace == UNKNOWN:
            return topic
        for part in parts:
            for match in self._before.finditer(part.folded):
                line = part.folded[match.end():match.end() + _LONGEST]
                for reason, issue in self._known[marketplace]:
                    if line.startswith(reason):
                        end = match.end() + len(reason)
                        because = part.evidence(f"issue={issue}", match.start(), end, f"{marketplace}: reason {reason}")
                        return self._told(topic, issue, because)
        return topic

    def _told(self, topic: Topic, issue: str, because: Evidence) -> Topic:
        evidence = (because, *topic.evidence)
        if topic.issue == issue:
            return topic._replace(confidence=_SURE, told=_SURE, evidence=evidence)
        if topic.issue in self._stand and issue not in self._stand:
            also = (issue, *(one for one in topic.also if one != issue))
            return topic._replace(also=also, evidence=evidence)
        also = tuple(one for one in (topic.issue, *topic.also) if one not in (issue, OTHER))
        return topic._replace(issue=issue, also=also, confidence=_SURE, told=_SURE, evidence=evidence)


def _of(packs: Packs, marketplace: str) -> list[tuple[str, str]]:
    """(reason as messages are compared with it, issue), the longest reason first."""
    found = {comparable(reason): issue for id in reversed(reach(packs.packs, marketplace))
             for issue, facts in packs.packs[id].issues.items() for reason in facts.reasons}
    return sorted(found.items(), key=lambda one: -len(one[0]))
