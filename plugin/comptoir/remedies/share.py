"""The share of a reduction that one item bears, and the re-settlement at purchase prices beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.formula import Resettlement, Share
from comptoir.remedies.arguments import Given, show
from comptoir.remedies.result import ZERO, Result, refuse, rounded


@dataclass(frozen=True)
class _Order:
    """The goods of an order before its reduction, and those that go back."""

    price: Decimal
    goods: Decimal
    reduction: Decimal

    @property
    def paid(self) -> Decimal:
        return self.goods - self.reduction

    @property
    def kept(self) -> Decimal:
        return self.goods - self.price


def share(formula: Share, given: Given) -> Result:
    """The price of what goes back, less its part of the reduction; never above what is left of the payment."""
    total, postage = given.number(formula.order), given.number(formula.postage)
    order = _Order(given.number(formula.price), total - postage, given.number(formula.reduction))
    _check(order, formula)
    sums = f"goods = {formula.order} − {formula.postage} = {show(total)} − {show(postage)} = {show(order.goods)}"
    if other := next((name for name in formula.others if given.has(name) and given.number(name)), ""):
        return Result((sums, f"{other} = {show(given.number(other))}: another reduction, the formula does not hold"))
    paid = (f"paid for the goods = goods − {formula.reduction} = {show(order.goods)} − {show(order.reduction)} = "
            f"{show(order.paid)}")
    result = _part(formula, order, given)
    result = replace(result, steps=(sums, paid, *result.steps))
    return _beside(formula, formula.resettlement, result, order, given) if formula.resettlement else result


def _check(order: _Order, formula: Share) -> None:
    goods = show(order.goods)
    refuse(order.goods <= 0, f"{formula.order} is not above {formula.postage}: no goods are left, {goods}")
    refuse(order.reduction > order.goods,
           f"{formula.reduction} {show(order.reduction)} is above the price of the goods, {goods}")
    refuse(order.price > order.goods,
           f"{formula.price} {show(order.price)} is above the goods of the whole order, {goods}")


def _part(formula: Share, order: _Order, given: Given) -> Result:
    refunded = given.number(formula.refunded)
    refuse(refunded > order.paid, f"{formula.refunded} {show(refunded)} is above what was paid, {show(order.paid)}")
    # one division, at the end: what is exactly half a cent stays exactly half a cent
    exact, left = order.price * order.paid / order.goods, order.paid - refunded
    borne = order.price * order.reduction / order.goods
    amount, said = rounded(exact, given)
    steps: tuple[str, ...] = (
        f"share of {formula.reduction} = {formula.reduction} × {formula.price} ÷ goods = "
        f"{show(order.reduction)} × {show(order.price)} ÷ {show(order.goods)} = {show(borne)}",
        f"{formula.price} − share = {show(order.price)} − {show(borne)} = {show(exact)}", *said)
    if given.word(formula.last) == "yes":
        steps += (f"last refund: paid − {formula.refunded} = {show(order.paid)} − {show(refunded)} = {show(left)}",)
        doubt = f"The remainder {show(left)} is above {formula.price} {show(order.price)}: check {formula.refunded}."
        return Result(steps, left, method="share", warnings=(doubt,) if left > order.price else ())
    if amount > left:
        steps += (f"never above what is left of the payment: {show(left)}",)
    return Result(steps, min(amount, left), method="share")


def _beside(formula: Share, plan: Resettlement, result: Result, order: _Order, given: Given) -> Result:
    """`result` with the second method beside it; both are shown, never mixed."""
    if given.typed & {formula.refunded, formula.last}:
        doubt = "The re-settlement takes all items that go back at once: calculate them together to compare."
        return replace(result, warnings=(*result.warnings, doubt))
    others = _resettled(formula, plan, order, given)
    warnings = result.warnings
    if len(others) > 1:
        warnings += (f"Give {plan.threshold} to know whether what is kept still earns the {formula.reduction}.",)
    if any(other.amount != result.amount for other in others):
        warnings += ("The methods differ: choose one for the whole order, never mix them.",)
    return replace(result, alternatives=others, warnings=warnings)


def _resettled(formula: Share, plan: Resettlement, order: _Order, given: Given) -> tuple[Result, ...]:
    start = f"kept = goods − {formula.price} = {show(order.goods)} − {show(order.price)} = {show(order.kept)}"
    if not order.kept:
        return (_settle(plan, "resettlement", (start,), order, ZERO),)
    if not given.has(plan.threshold):
        still = _settle(plan, "resettlement_threshold_kept", (start,), order, min(order.reduction, order.kept))
        return (still, _settle(plan, "resettlement_threshold_lost", (start,), order, ZERO))
    threshold = given.number(plan.threshold)
    saving = given.number(plan.saving) if given.has(plan.saving) else order.reduction
    refuse(not threshold or not saving, f"{plan.threshold} and {plan.saving} must be above zero")
    times = order.reduction / saving
    refuse(times != int(times), f"{formula.reduction} {show(order.reduction)} is no multiple of {show(saving)}")
    refuse(order.goods < times * threshold,
           f"goods {show(order.goods)} are below {times:f} × {plan.threshold} {show(threshold)}")
    again = min(order.kept // threshold, times)
    step = f"kept reaches {plan.threshold} {show(threshold)} {again:f} of {times:f} times: {show(again * saving)} off"
    return (_settle(plan, "resettlement", (start, step), order, min(again * saving, order.kept)),)


def _settle(plan: Resettlement, method: str, steps: tuple[str, ...], order: _Order, earned: Decimal) -> Result:
    """What was paid, less what the kept goods would have cost by themselves with the saving they earn."""
    costs = order.kept - earned
    steps += (f"kept costs {show(order.kept)} − {show(earned)} = {show(costs)}",
              f"refund = paid − kept = {show(order.paid)} − {show(costs)} = {show(order.paid - costs)}")
    if costs > order.paid:
        steps += ("never below 0.00",)
    return Result(steps, max(order.paid - costs, ZERO), method=method, rule=plan.rule)
