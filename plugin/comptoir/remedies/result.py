"""What a formula gives, and rounding: the one place where an exact amount becomes money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from comptoir.errors import BadInput
from comptoir.remedies.arguments import Given, show

ZERO, ALL = Decimal(0), Decimal(100)
_MODES = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN}


@dataclass(frozen=True)
class Result:
    """What a formula gives. No amount and no answer: nothing is known for sure and a person decides."""

    steps: tuple[str, ...]
    amount: Decimal | None = None
    answer: str = ""
    method: str = ""  # where there are several; the others stand in `alternatives`
    shares: Mapping[str, Decimal] = field(default_factory=dict)  # who else pays or gets what
    alternatives: tuple[Result, ...] = ()
    warnings: tuple[str, ...] = ()
    rule: str = ""  # of an alternative that rests on another rule

    @property
    def manual(self) -> bool:
        return self.amount is None and not self.answer


def rounded(exact: Decimal, given: Given) -> tuple[Decimal, tuple[str, ...]]:
    """The amount, and the step that says what rounding did to it; no step where it did nothing."""
    rounding = given.remedy.rounding
    amount = (exact / rounding.to).quantize(Decimal(1), _MODES[rounding.mode]) * rounding.to
    said = () if amount == exact else (f"{show(exact)} rounded {rounding}: {show(amount)}",)
    return amount, said


def refuse(wrong: bool, message: str) -> None:
    """Raises BadInput when arguments contradict each other."""
    if wrong:
        raise BadInput(message)
