"""Yes-or-no questions: limits that are passed or not, and the same moment on another wall."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from comptoir.formula import Limits, Zones
from comptoir.remedies.arguments import Given
from comptoir.remedies.result import Result


def limits(formula: Limits, given: Given) -> Result:
    steps: tuple[str, ...] = ()
    for check in formula.checks:
        if not given.has(check.of) or not holds(check.when, given):
            continue
        value, passed = given.number(check.of), given.number(check.of) > check.over
        steps += (f"{check.of} {value} {'>' if passed else '≤'} {check.over}",)
        if passed:
            return Result(steps, answer=check.answer)
    return Result(steps, answer=formula.otherwise)


def holds(when: Mapping[str, tuple[str, ...]], given: Given, answer: str = "") -> bool:
    """Whether every argument of `when` was given with one of its values; `answer` is the result's own."""
    return all((answer if name == "answer" else given.values.get(name, "")) in wanted for name, wanted in when.items())


def zones(formula: Zones, given: Given) -> Result:
    moment = given.moment(formula.at).replace(tzinfo=ZoneInfo(formula.there))
    here = moment.astimezone(ZoneInfo(formula.here))
    before, after = moment.isoformat(timespec="minutes"), here.isoformat(timespec="minutes")
    return Result((f"{before} in {formula.there}", f"{after} in {formula.here}"), answer=after)
