"""The label tags on a ticket (`issue_`, `mp_`, `from_`, `lang_`): who set them, and what an agent says with them.

A helpdesk shows which tags a ticket has, not who set them. So Comptoir keeps, for each ticket and label, what it last
wrote (`Mark`): before it writes, what it is about to write, and after it, that this is done. A tag that is neither was
set by somebody else, and one that was written and is gone was taken away by somebody else; a process that dies in
between takes nobody's tag for another's. What stands on a ticket when it is first seen says nothing: an older
version, a merged or a follow-up ticket, may have brought it.

    notice(tags, marks, packs) -> Noticed     what is new, and what holds from now on
    heed(case, said, forced) -> Case          the case as agents say it is
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comptoir.classify.case import OTHER, UNKNOWN, Case, Evidence
from comptoir.gold import LANGUAGES
from comptoir.rules import Packs
from comptoir.thresholds import DOUBTABLE, Thresholds

#: label -> the namespace of its tags
SPACES: Mapping[str, str] = {"issue": "issue", "marketplace": "mp", "sender": "from", "language": "lang"}
MAX_TAG = 80  # characters
MAX_NOTE = 500  # characters of what an agent says about a correction
_NOT_IN_A_TAG = re.compile(r"[^a-z0-9_]+")


@dataclass(frozen=True)
class Mark:
    """What is known of one label's tags on one ticket, as codes."""

    wrote: tuple[str, ...] = ()  # what stood there when Comptoir last wrote
    intends: tuple[str, ...] | None = None  # what it was about to write; None: that is done
    held: str = ""  # what an agent set: it stays until an agent takes it away
    refused: tuple[str, ...] = ()  # what agents took away: it is not set again


@dataclass(frozen=True)
class Word:
    """One thing an agent said of a label. `right` is "" where a tag was only taken away."""

    label: str
    right: str
    wrong: tuple[str, ...] = ()
    withdrawn: str = ""  # what the agent's own tag had said, which is gone


@dataclass(frozen=True)
class Said:
    """All that agents say of a ticket, for the counter."""

    right: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # they set several tags of one label at once
    ours: tuple[str, ...] = ()  # tags that Comptoir wrote, whether they are still there or not

    @property
    def kept(self) -> set[str]:
        """Tags that are people's, and stay."""
        return {label_tag(label, code) for label, codes in self.unclear.items() for code in codes}


@dataclass(frozen=True)
class Noticed:
    """What a look at the tags gave: the marks to keep, what was newly said, and all that is said."""

    marks: Mapping[str, Mark]
    words: tuple[Word, ...]
    said: Said


def tag(*parts: str) -> str:
    """A tag of lower-case letters, digits and `_`, at most 80 characters: what every helpdesk keeps as it is."""
    return _NOT_IN_A_TAG.sub("_", "_".join(parts).lower())[:MAX_TAG]


def label_tag(label: str, code: str) -> str:
    """The tag of a label's value."""
    return tag(SPACES[label], code)


def values(packs: Packs) -> Mapping[str, tuple[str, ...]]:
    """What each label may be; `unknown` is none."""
    return {
        "issue": tuple(packs.issue_codes), "marketplace": tuple(packs.marketplaces),
        "sender": tuple(code for code in packs.senders if code != UNKNOWN), "language": LANGUAGES,
    }


def shown(case: Case, thresholds: Thresholds) -> Mapping[str, str]:
    """The labels of a settled case that get a tag."""
    known = {label: getattr(case, label) for label in ("marketplace", "sender", "language")}
    told = {"issue": case.issue} if thresholds.told(case) else {}
    return {**told, **{label: value for label, value in known.items() if value != UNKNOWN}}


def stray(found: str, packs: Packs) -> bool:
    """Whether a tag stands in a label's namespace and names nothing there: not ours, so not ours to remove."""
    for label, space in SPACES.items():
        if found.startswith(f"{space}_"):
            return found not in {label_tag(label, code) for code in values(packs)[label]}
    return False


def notice(tags: Collection[str], marks: Mapping[str, Mark] | None, packs: Packs) -> Noticed:
    """What the tags say that the marks do not explain. Without marks the ticket is new to us, and they say nothing."""
    here = {label: {code for code in codes if label_tag(label, code) in tags} for label, codes in values(packs).items()}
    if marks is None:
        first = {label: Mark(wrote=tuple(sorted(codes))) for label, codes in here.items()}
        return Noticed(first, (), _said(first, {}))
    kept: dict[str, Mark] = {}
    words: list[Word] = []
    unclear: dict[str, tuple[str, ...]] = {}
    for label, codes in here.items():
        mark = marks.get(label, Mark())
        fresh = tuple(sorted(codes - _ours(mark) - {mark.held}))
        kept[label], word = _weigh(label, mark, codes, fresh)
        if len(fresh) > 1:
            unclear[label] = fresh
        if word:
            words.append(word)
    return Noticed(kept, tuple(words), _said(kept, unclear))


def _weigh(label: str, mark: Mark, here: set[str], fresh: tuple[str, ...]) -> tuple[Mark, Word | None]:
    """One label: its mark from now on, and what was newly said."""
    ours, withdrawn = _ours(mark), ""
    if mark.held and mark.held not in here:
        withdrawn, mark = mark.held, Mark(wrote=tuple(sorted(here & ours)))
    if len(fresh) == 1:
        right = fresh[0]
        wrong = tuple(sorted((ours | set(mark.refused)) - here - {withdrawn}))
        return replace(mark, held=right, refused=wrong), Word(label, right, wrong, withdrawn)
    if withdrawn:
        return mark, Word(label, "", (), withdrawn)
    if not fresh and not mark.held and mark.wrote and not here & ours and mark.intends != ():
        refused = tuple(sorted(ours | set(mark.refused)))
        return Mark(refused=refused), Word(label, "", tuple(sorted(ours)))
    return mark, None


def _ours(mark: Mark) -> set[str]:
    return {*mark.wrote, *(mark.intends or ())}


def _said(marks: Mapping[str, Mark], unclear: Mapping[str, tuple[str, ...]]) -> Said:
    return Said(
        right={label: mark.held for label, mark in marks.items() if mark.held and label not in unclear},
        wrong={label: mark.refused for label, mark in marks.items() if mark.refused},
        unclear=unclear,
        ours=tuple(label_tag(label, code) for label, mark in marks.items() for code in sorted(_ours(mark))),
    )


def before(marks: Mapping[str, Mark], wanted: Mapping[str, str]) -> Mapping[str, Mark]:
    """The marks to keep before the labels `wanted` are written."""
    return {label: replace(mark, intends=None if mark.wrote == _one(wanted, label) else _one(wanted, label))
            for label, mark in marks.items()}


def after(marks: Mapping[str, Mark], wanted: Mapping[str, str]) -> Mapping[str, Mark]:
    """The marks to keep once they are written."""
    return {label: replace(mark, wrote=_one(wanted, label), intends=None) for label, mark in marks.items()}


def _one(wanted: Mapping[str, str], label: str) -> tuple[str, ...]:
    return (wanted[label],) if label in wanted else ()


def heed(case: Case, said: Said, forced: Collection[str]) -> Case:
    """The case as agents say it is. `forced` are the labels that were given to the classifier; they are certain.

    What agents took away, or disagree on, is unknown; the issue then is a guess that cannot be right.
    """
    doubted = [label for label in SPACES if label not in forced and (
        label in said.unclear or getattr(case, label) in said.wrong.get(label, ()))]
    changes: dict[str, Any] = {label: UNKNOWN for label in DOUBTABLE if label in doubted}
    confidences = {**case.confidences, **{label: 1.0 for label in DOUBTABLE if label in forced}}
    also = tuple(issue for issue in case.also if issue not in said.wrong.get("issue", ()))
    if "issue" in doubted:
        left = (*(issue for issue in (case.issue, *also) if issue not in said.wrong.get("issue", ())), OTHER)
        changes |= {"issue": left[0], "confidence": 0.0}
        also, confidences["issues"] = tuple(dict.fromkeys(left[1:-1])), 0.0
    return replace(case, **changes, also=also, confidences=confidences,
                   evidence=(*_testimony(said), *_unrefuted(case, said, (changes.get("issue", case.issue), *also))))


def _testimony(said: Said) -> Iterator[Evidence]:
    """The tags that agents set or took away, as evidence."""
    for label, code in said.right.items():
        yield _evidence(label, code, code, "agent: tag set")
    for label, codes in said.wrong.items():
        if label not in said.right:
            yield from (_evidence(label, UNKNOWN, code, "agent: tag taken away") for code in codes)
    for label, codes in said.unclear.items():
        yield from (_evidence(label, UNKNOWN, code, "agent: several tags set") for code in codes)


def _evidence(label: str, value: str, code: str, rule: str) -> Evidence:
    shown = label_tag(label, code)
    return Evidence(f"{label}={value}", "tags", 0, len(shown), shown, rule)


def _unrefuted(case: Case, said: Said, issues: Collection[str]) -> Iterator[Evidence]:
    """The classifier's own evidence, without that for what an agent says is something else."""
    for one in case.evidence:
        label, _, value = one.label.partition("=")
        if label not in said.right or value == said.right[label] or (label == "issue" and value in issues):
            yield one
