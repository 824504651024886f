"""Surcharges that grow with the days of delay."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from comptoir.formula import Interest, Ladder, Rung, Rungs
from comptoir.remedies.arguments import Given, show
from comptoir.remedies.result import ALL, ZERO, Result, rounded


def ladder(formula: Ladder, given: Given) -> Result:
    price, days = given.number(formula.price), int(given.number(formula.days))
    results = {name: _climb(name, rungs, price, days, given) for name, rungs in formula.ladders.items()}
    if not given.has(formula.choose):
        step = f"{formula.choose} is not given: {' or '.join(formula.ladders)} decides which ladder holds"
        return Result((step,), alternatives=tuple(results.values()))
    chosen = results.pop(given.word(formula.choose))
    return replace(chosen, rule="", alternatives=tuple(results.values()),
                   steps=(f"{formula.choose} = {chosen.method}: {chosen.rule}", *chosen.steps))


def _climb(name: str, rungs: Rungs, price: Decimal, days: int, given: Given) -> Result:
    if not days:
        return Result(("0 days late: nothing is due",), ZERO, method=name, rule=rungs.rule)
    rung = next((rung for rung in rungs.rungs if rung.up_to is None or days <= rung.up_to), None)
    if rung is not None and rung.interest is not None:
        return _interest(name, rungs, rung.interest, price, days, given)
    percent, why = _points(rung, rungs, days)
    exact = price * percent / ALL
    amount, said = rounded(exact, given)
    steps = (f"{days} days late: {why}", f"{show(price)} × {percent.normalize():f} % = {show(exact)}", *said)
    return Result(steps, amount, method=name, rule=rungs.rule)


def _points(rung: Rung | None, rungs: Rungs, days: int) -> tuple[Decimal, str]:
    """The percentage after so many days, and why."""
    if rung is not None:
        until = f"up to {rung.up_to} days" if rung.up_to else f"after {_end(rungs.rungs[:-1])} days"
        return rung.percent or ZERO, f"{until}, {rung.percent} %"
    top, climb = rungs.rungs[-1].percent or ZERO, rungs.climb
    if climb is None:
        raise TypeError(f"{rungs.rule}: a ladder without an end and without a climb")
    begun = -(-(days - _end(rungs.rungs)) // climb.every)
    percent = min(top + begun * climb.points, rungs.most)
    return percent, f"{top} % and {climb.points} points for each {climb.every} days begun, {rungs.most} % at most"


def _end(rungs: tuple[Rung, ...]) -> int:
    return max((rung.up_to or 0 for rung in rungs), default=0)


def _interest(name: str, rungs: Rungs, interest: Interest, price: Decimal, days: int, given: Given) -> Result:
    why = f"{days} days late: interest by the day, {interest.rate} is its percentage a year"
    if not given.has(interest.rate):
        return Result((why, f"{interest.rate} is not given"), method=name, rule=rungs.rule)
    rate = given.number(interest.rate)
    exact = price * rate * days / ALL / interest.year
    amount, said = rounded(exact, given)
    steps = (why, f"{show(price)} × {rate} % × {days} ÷ {interest.year} = {show(exact)}", *said)
    return Result(steps, min(amount, price), method=name, rule=rungs.rule)
