"""Calculators: refunds, caps, freight, fines, surcharges. Arguments in, an amount, its steps and its doubts out.

    names(packs)                           every calculator, `<pack>.<code>`
    describe(name, packs)                  its arguments, an example, its sources
    calculate(name, ["key=value"], packs)  what `comptoir calc` prints
    work_out(name, given, packs)           the same as a value, for templates

A calculator is an entry of a pack's remedies.yaml (shapes: comptoir/remedy.py; keys: docs/reference/calculators.md).
Its kind of formula is worked out by the modules beside this one. Amounts are Decimal from the first digit to the last,
and only ever proposed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from comptoir.errors import BadInput
from comptoir.explain import did_you_mean
from comptoir.formula import Cases, Formula, Ladder, Limits, Percent, Share, Sum, Zones
from comptoir.remedies import answers, ladder, parts, share
from comptoir.remedies.arguments import Given, read, show, usage
from comptoir.remedies.result import Result
from comptoir.remedy import Remedy
from comptoir.rules import Packs

__all__ = ["Result", "Worked", "calculate", "describe", "names", "work_out"]


@dataclass(frozen=True)
class Worked:
    """One calculation. `result.amount` is None when only a person can decide, or when the answer is no amount."""

    name: str
    title: str
    currency: str
    rule: str  # title and rows
    rounding: str
    result: Result


def names(packs: Packs) -> tuple[str, ...]:
    """Every calculator of every pack, sorted."""
    return tuple(sorted(_all(packs)))


def describe(name: str, packs: Packs) -> dict[str, Any]:
    """What a person needs to use it. Raises BadInput for a name that no pack has, with what is near."""
    remedy, currency = _find(name, packs)
    return {
        "name": name,
        "title": remedy.title,
        "currency": currency,
        "rounding": str(remedy.rounding),
        "arguments": {
            key: {"help": argument.help, "kind": argument.kind, "needed": argument.needed, "default": argument.default,
                  "choices": list(argument.choices), "also": list(argument.also)}
            for key, argument in remedy.arguments.items()
        },
        "example": usage(name, remedy).removeprefix("as in: "),
        "sources": [str(source) for source in remedy.sources],
        "verified": remedy.verified.isoformat(),
        "trust": remedy.trust,
        "note": remedy.note,
    }


def work_out(name: str, given: Mapping[str, object], packs: Packs) -> Worked:
    """The calculation `name` with arguments as values: a Decimal, a word. Raises BadInput as `calculate` does."""
    return _work_out(name, [f"{key}={_text(value)}" for key, value in given.items()], packs)


def calculate(name: str, arguments: Sequence[str], packs: Packs) -> dict[str, Any]:
    """The calculation `name` with arguments as typed, `price=30.00`, ready for JSON.

    `{name, amount, currency, rule, steps[], warnings[]}` and `rounding`; where they say something, `answer`, `manual`,
    `method`, `shares{}` and `alternatives[{method, amount, rule, steps[]}]`. Amounts are decimal strings, null where
    there is none. Raises BadInput with one line: which argument, why, what is allowed.
    """
    worked = _work_out(name, arguments, packs)
    result = worked.result
    money = not result.answer or result.amount is not None
    more = {
        "answer": result.answer,
        "manual": result.manual,
        "method": result.method,
        "shares": {who: show(amount) for who, amount in result.shares.items()},
        "alternatives": [
            {"method": other.method, "amount": _amount(other.amount), "rule": other.rule or worked.rule,
             "steps": list(other.steps)} for other in result.alternatives],
    }
    return {
        "name": name,
        "amount": _amount(result.amount),
        "currency": worked.currency if money else None,
        "rule": worked.rule,
        "steps": list(result.steps),
        "warnings": list(result.warnings),
        "rounding": worked.rounding if money else None,
        **{key: value for key, value in more.items() if value},
    }


def _all(packs: Packs) -> dict[str, Remedy]:
    return {f"{pack.id}.{code}": remedy for pack in packs.packs.values() for code, remedy in pack.remedies.items()}


def _find(name: str, packs: Packs) -> tuple[Remedy, str]:
    """The calculator and the currency it counts in."""
    known = _all(packs)
    if name not in known:
        raise BadInput(f"no calculator {name!r}; {did_you_mean(name, sorted(known))}")
    remedy = known[name]
    return remedy, remedy.currency or packs.packs[name.partition(".")[0]].currency


def _work_out(name: str, arguments: Sequence[str], packs: Packs) -> Worked:
    remedy, currency = _find(name, packs)
    given = read(name, remedy, currency, arguments)
    result = _formula(remedy.formulas[0], given)
    doubts = _doubts(remedy, given, result)
    result = replace(result, steps=given.steps + result.steps, warnings=result.warnings + doubts)
    rows = ", ".join(source.row or source.url for source in remedy.sources)
    return Worked(name, remedy.title, currency, f"{remedy.title} ({rows})", str(remedy.rounding), result)


def _formula(formula: Formula, given: Given) -> Result:
    match formula:
        case Share():
            return share.share(formula, given)
        case Percent():
            return parts.percent(formula, given)
        case Sum():
            return parts.total(formula, given)
        case Cases():
            return parts.cases(formula, given)
        case Limits():
            return answers.limits(formula, given)
        case Ladder():
            return ladder.ladder(formula, given)
        case Zones():
            return answers.zones(formula, given)


def _doubts(remedy: Remedy, given: Given, result: Result) -> tuple[str, ...]:
    """The warnings of the pack whose conditions hold."""
    return tuple(
        doubt.text for doubt in remedy.warnings
        if answers.holds(doubt.when, given, result.answer)
        and all(given.has(name) and given.number(name) > over for name, over in doubt.over.items())
        and not given.typed.intersection(doubt.without)
    )


def _text(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else show(amount)
