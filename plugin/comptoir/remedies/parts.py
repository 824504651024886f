"""Percentages, sums of parts and tables of cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from comptoir.errors import BadInput
from comptoir.formula import Cases, Percent, Row, Sum, Term
from comptoir.remedies.arguments import Given, show
from comptoir.remedies.result import ALL, ZERO, Result, rounded


def percent(formula: Percent, given: Given) -> Result:
    bases = [given.word(formula.base)] if formula.base else [base for base in formula.bases if given.has(base)]
    if not bases:
        raise BadInput(f"{given.name} needs {' or '.join(formula.bases)}, as in: comptoir calc {given.name} "
                       f"{formula.bases[0]}={given.remedy.arguments[formula.bases[0]].example}")
    rate = given.number(formula.rate) if formula.rate and given.has(formula.rate) else formula.percent
    others = [base for base in formula.bases if base not in bases and given.has(base)]
    results = {base: _percent_of(base, rate, formula, given) for base in (*bases, *others)}
    chosen = min(bases, key=lambda base: results[base].amount or ZERO)
    result = results.pop(chosen)
    if results:
        result = replace(result, alternatives=tuple(results.values()))
    return _answered(formula, result, given)


def _percent_of(base: str, rate: Decimal, formula: Percent, given: Given) -> Result:
    value = given.number(base)
    amount, said = rounded(value * rate / ALL, given)
    steps = (f"{base} × {rate.normalize():f} % = {show(value)} × {rate.normalize():f} % = {show(value * rate / ALL)}",
             *said)
    if formula.at_least is not None and amount < formula.at_least:
        amount, steps = formula.at_least, (*steps, f"at least {show(formula.at_least)}")
    if formula.at_most is not None and amount > formula.at_most:
        amount, steps = formula.at_most, (*steps, f"at most {show(formula.at_most)}")
    return Result(steps, amount, method=f"of_{base}" if len(formula.bases) > 1 else "")


def _answered(formula: Percent, result: Result, given: Given) -> Result:
    answers, cap = formula.answers, result.amount
    if answers is None or cap is None:
        return result
    if not cap:
        return replace(result, answer=answers.none)
    if not given.has(formula.request):
        return result
    wish = given.number(formula.request)
    fits = wish <= cap
    step = f"{formula.request} {show(wish)} {'≤' if fits else '>'} {show(cap)}"
    return replace(result, steps=(*result.steps, step), answer=answers.within if fits else answers.over)


def total(formula: Sum, given: Given) -> Result:
    exact = _total(formula.terms, given)
    amount, said = rounded(exact, given)
    return Result((_equation(formula.terms, given), *said), amount)


def cases(formula: Cases, given: Given) -> Result:
    row = _row(formula, given)
    steps = tuple(f"{name} = {given.word(name)}" for name in row.when)
    shares = {who: terms for who, terms in row.shares.items() if not _unknown(terms, given)}
    warnings = tuple(filter(None, (row.note, *_asked(row, given))))
    if row.terms is None:
        return Result((*steps, "no amount is known for this case", *_borne(shares, given)),
                      shares=_amounts(shares, given), warnings=warnings)
    exact = _total(row.terms, given)
    amount, said = rounded(max(exact, ZERO), given)
    steps += (_equation(row.terms, given), *said)
    if exact < 0:
        steps += ("never below 0.00",)
    if row.paid is not None and amount > (paid := _total(row.paid, given)):
        amount, steps = paid, (*steps, f"never above what was paid: {_equation(row.paid, given)}")
    return Result((*steps, *_borne(shares, given)), amount, shares=_amounts(shares, given), warnings=warnings)


def _unknown(terms: Iterable[Term], given: Given) -> set[str]:
    return {term.of for term in terms if term.of and not given.has(term.of)}


def _asked(row: Row, given: Given) -> Iterator[str]:
    """A share that lacks an argument is left out, not guessed: the amount itself stands without it."""
    for who, terms in row.shares.items():
        if missing := _unknown(terms, given):
            yield f"Give {' and '.join(sorted(missing))} to know {who}."


def _amounts(shares: Mapping[str, tuple[Term, ...]], given: Given) -> dict[str, Decimal]:
    return {who: rounded(_total(terms, given), given)[0] for who, terms in shares.items()}


def _borne(shares: Mapping[str, tuple[Term, ...]], given: Given) -> Iterator[str]:
    return (f"{who} = {_equation(terms, given)}" for who, terms in shares.items())


def _row(formula: Cases, given: Given) -> Row:
    """The first row whose conditions hold; a condition on an argument that was not given asks for it."""
    for row in formula.rows:
        if all(given.word(name) in wanted for name, wanted in row.when.items() if given.has(name)):
            for name in row.when:
                given.word(name)
            return row
    raise BadInput(f"{given.name} knows no such case; {'; '.join(_condition(row.when) for row in formula.rows)}")


def _condition(when: Mapping[str, Iterable[str]]) -> str:
    return " ".join(f"{name}={'|'.join(wanted)}" for name, wanted in when.items())


def _total(terms: Iterable[Term], given: Given) -> Decimal:
    return sum((_part(term, given) for term in terms), ZERO)


def _part(term: Term, given: Given) -> Decimal:
    return term.fixed if term.fixed is not None else given.number(term.of) * term.percent / ALL


def _equation(terms: Iterable[Term], given: Given) -> str:
    """`100.00 + 20 % × 1500.00 = 400.00`; a sum that is one amount is only that amount."""
    terms = tuple(terms)
    written = ""
    for term in terms:
        sign = "−" if term.fixed is None and term.percent < 0 else "+"
        factor = "" if term.fixed is not None or abs(term.percent) == ALL else f"{abs(term.percent).normalize():f} % × "
        amount = show(abs(term.fixed if term.fixed is not None else given.number(term.of)))
        written += f" {sign} {factor}{amount}"
    total, sums = show(_total(terms, given)), written.removeprefix(" + ").strip()
    return total if sums in ("", total) else f"{sums} = {total}"
