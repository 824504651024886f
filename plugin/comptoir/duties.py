"""Which rules hold for a case, and what of them an agent must not overlook though no clock runs: limits and duties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from comptoir.classify.case import OTHER, Case
from comptoir.rules import Rule, Value
from comptoir.ticket import Facts


@dataclass(frozen=True)
class Duty:
    """A limit or a duty that holds for a case: no clock, but what an agent must not overlook."""

    rule: str  # "alibaba_cn.refund_silence"
    title: str  # English message id
    value: Value | None  # what a limit says today; None for a duty
    consequence: str
    source: str
    trust: str
    risks: tuple[str, ...] = ()
    url: str = ""
    opens: str = ""


def duties(case: Case, facts: Facts, rules: Iterable[Rule], day: date) -> tuple[Duty, ...]:
    """The limits and duties that hold on `day`: what brings a risk first, then what has a consequence."""
    held = [rule for rule in holding(case, facts, rules, day) if not rule.starts]
    return tuple(
        Duty(rule.id, rule.title, value if value and value.value is not None else None, rule.consequence,
             str(rule.sources[0]), rule.trust, rule.risks, *opened(rule))
        for rule in sorted(held, key=lambda rule: (not rule.risks, not rule.consequence))
        for value in [rule.value_on(day)]
    )


def holding(case: Case, facts: Facts, rules: Iterable[Rule], day: date) -> tuple[Rule, ...]:
    """The active rules of any kind that hold for this case on `day`: limits and duties too.

    A dated duty holds from its first day on. A condition on a fact that is not known does not hold.
    """
    return tuple(
        rule for rule in rules
        if rule.status == "active" and fits(rule, case, facts)
        and all(facts.get(path) is not None for path in rule.applies.facts)
        and (not rule.values or rule.value_on(day) is not None)
    )


def fits(rule: Rule, case: Case, facts: Facts) -> bool:
    """Whether nothing that is known speaks against the rule."""
    applies = rule.applies
    # "something else, perhaps a damaged item": what waits for nobody must not stop the clock of what may wait
    issues = tuple(issue for issue in case.issues if issue != OTHER) or case.issues
    labels = {"issue": issues, "sender": (case.sender,), "stage": (case.stage,)}
    for label in ("issue", "sender", "stage"):
        if (wanted := getattr(applies, label)) and not set(wanted) & set(labels[label]):
            return False
    if any(_holds(facts.get(path), wanted) is False for path, wanted in applies.facts.items()):
        return False
    return not _switched_off(applies.unless, labels, facts)


def _switched_off(unless: Mapping[str, Any], labels: Mapping[str, tuple[str, ...]], facts: Facts) -> bool:
    for path, wanted in unless.items():
        known = labels[path] if path in labels else (facts.get(path),)
        if any(_holds(one, wanted) for one in known):
            return True
    return False


def _holds(known: object, wanted: object) -> bool | None:
    """Whether a fact has the wanted value, or one of them; None while it is unknown."""
    if known is None:
        return None
    return known in wanted if isinstance(wanted, tuple | list) else known == wanted


def opened(rule: Rule) -> tuple[str, str]:
    """The first source of a rule that has an address: the address, and what it opens."""
    return next(((source.url, str(source)) for source in rule.sources if source.url), ("", ""))
