"""advice(...): what agents are told about a case beside its clocks, from the guide.yaml of every pack that holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from comptoir.classify.case import UNKNOWN, Case
from comptoir.guide import Contact, Entry, Guide
from comptoir.rules import Packs, reach

E = TypeVar("E", bound=Entry)


def advice(packs: Packs, case: Case) -> Guide:
    """The entries that fit: those made for the case's own issue first, then for another of its issues, then for all.

    Within that the marketplace's own come before the included ones and the common ones. A contact that is off is
    never among them.
    """
    guides = [guide for part in reach(packs.packs, case.marketplace) if (guide := packs.packs[part].guide)]
    return Guide(**{
        section.name: _fitting([entry for guide in guides for entry in getattr(guide, section.name)], case)
        for section in fields(Guide)
    })


def advice_json(told: Guide, say: Callable[[str], str]) -> dict[str, Any]:
    """The advice as JSON-ready values, its sentences said in the agent's language by `say`."""
    return {
        "howto": [say(step.do) for step in told.howto],
        "options": [{"offer": say(one.offer), "freight": dict(one.freight), "calculator": one.calculator}
                    for one in told.options],
        "vocabulary": [{"word": term.word, "means": say(term.means)} for term in told.vocabulary],
        "prevention": [say(step.do) for step in told.prevention],
        "contacts": [{"name": say(one.name), "at": one.at, "use": say(one.use)} for one in told.contacts],
        "counts_as_answer": [{"what": one.what, "counts": one.counts, "why": say(one.why)}
                             for one in told.counts_as_answer],
        "metrics": [{"name": metric.name, "moved": say(metric.moved)} for metric in told.metrics],
    }


def sentences(guide: Guide) -> Mapping[str, tuple[str, ...]]:
    """Section -> the message ids in it, in order: what there is to translate."""
    return {
        "howto": tuple(step.do for step in guide.howto),
        "options": tuple(option.offer for option in guide.options),
        "vocabulary": tuple(term.means for term in guide.vocabulary),
        "prevention": tuple(step.do for step in guide.prevention),
        "contacts": tuple(text for contact in guide.contacts for text in (contact.name, contact.use)),
        "counts_as_answer": tuple(answer.why for answer in guide.counts_as_answer),
        "metrics": tuple(metric.moved for metric in guide.metrics),
    }


def _fitting(entries: list[E], case: Case) -> tuple[E, ...]:
    return tuple(sorted((entry for entry in entries if _fits(entry, case)), key=lambda entry: _place(entry, case)))


def _fits(entry: Entry, case: Case) -> bool:
    if isinstance(entry, Contact) and entry.status != "active":
        return False
    return (
        (not entry.issue or bool(set(entry.issue) & set(case.issues)))
        and (not entry.stage or case.stage in (*entry.stage, UNKNOWN))
        and (not entry.sender or case.sender in entry.sender)
    )


def _place(entry: Entry, case: Case) -> int:
    return 0 if case.issue in entry.issue else 1 if entry.issue else 2
